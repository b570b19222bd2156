import { Refusal } from "../../shared/contract/errors.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { CommandInput, SqlCommandInput } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { Target } from "../../shared/nouns/target.ts";
import type { PolicySet } from "../policy/policies.ts";
import type { ReadScriptText } from "./read-scripts.ts";
import type { FilePlace } from "../protocols/ssh/connect/executable.ts";
import { createUnderstandFile, type FileUnderstanding } from "./understand-file.ts";
import { createUnderstandShell, type ShellContext, type ShellUnderstanding } from "./understand-shell.ts";
import { createUnderstandSql, type SqlUnderstood } from "./understand-sql.ts";

/** All that is known about one command before anything of it runs. */
export type Understanding = SqlUnderstanding | ShellUnderstanding | FileUnderstanding;
export type SqlUnderstanding = SqlUnderstood & { input: SqlCommandInput };

/** Who asks for what, where. Without a session (a dry run) keyed tokens belong to the actor's dry runs alone. */
export type Ask = {
  actor: Actor;
  target: Target;
  session: Pick<Session, "id" | "reason" | "openedAt"> | undefined;
  /** How many hidden values the actor has looked for in the last hour, where this command looks for so many more. */
  lookups: (values: number) => Promise<number>;
  /** Judged by these instead of those in force; not remembered. */
  policies?: PolicySet;
};

/** `shell`: the terminal's own shell, where the command was typed in one. */
export type Asking = {
  input: CommandInput;
  shell?: ShellContext | undefined;
  /** Where a file command's path led when it was judged first: the host is not asked again. */
  place?: FilePlace | undefined;
  /** See `ShellAsk`. */
  readScript?: ReadScriptText | undefined;
};
export type Understand = (ask: Ask & Asking) => Promise<Understanding>;

/**
 * Half of a surrogate pair is no character, and none can be sent: what ran in its place would be another text than the
 * one that was shown and hashed. Of SQL the parser says where it stands.
 */
function refuseHalves(input: CommandInput): void {
  const texts =
    "sql" in input ? input.parameters : "command" in input ? [input.command, input.stdin] : [input.path];
  if (texts.some((text) => typeof text === "string" && /\p{Cs}/u.test(text)))
    throw new Refusal("invalid", "The command holds half of a surrogate pair, which is no valid Unicode.");
}

/** What was asked, to be understood again: while it runs, or when it is approved. */
export function againOf(understanding: Understanding): Asking {
  if (understanding.kind === "sql") return { input: understanding.input };
  if (understanding.kind === "file") return { input: understanding.input, place: understanding.place };
  const { terminal, ...input } = understanding.input;
  return { input, ...(terminal && { shell: understanding.context }) };
}

/** A command that is sent is read by the host's login shell, without aliases and functions of a terminal. */
export const sent: ShellContext = { dialect: "bash", words: { aliases: {}, functions: {}, programs: {} } };

type Rooms = Parameters<typeof createUnderstandSql>[0] &
  Parameters<typeof createUnderstandShell>[0] &
  Parameters<typeof createUnderstandFile>[0];

/** Facts, decision and final bytes, in the way of the target's kind. Throws `target_kind` where the command is for another. */
export function createUnderstand(rooms: Rooms): Understand {
  const understandSql = createUnderstandSql(rooms);
  const understandShell = createUnderstandShell(rooms);
  const understandFile = createUnderstandFile(rooms);
  return async ({ input, shell, place, readScript, ...ask }) => {
    const { target } = ask;
    refuseHalves(input);
    if (target.kind === "postgres" && "sql" in input) {
      const understood = await understandSql({ ...ask, target, ...input });
      return { ...understood, input };
    }
    if (target.kind === "ssh" && "command" in input) {
      const terminal = shell !== undefined;
      return understandShell({
        ...ask,
        target,
        input: { ...input, terminal },
        context: shell ?? sent,
        readScript,
      });
    }
    if (target.kind === "ssh" && "file" in input) return understandFile({ ...ask, target, input, place });
    const wanted = target.kind === "ssh" ? "command" : "sql";
    throw new Refusal("target_kind", `A command for ${target.name} is given as "${wanted}".`, {
      hint: `Send {"${wanted}": "..."}.`,
    });
  };
}
