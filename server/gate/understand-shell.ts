import { createHash } from "node:crypto";
import { canonicalJson } from "../../shared/canonical.ts";
import type { ShellCommandInput } from "../../shared/nouns/command.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { SshTarget } from "../../shared/nouns/target.ts";
import type { Hidden } from "../masking/hidden.ts";
import { decide } from "../policy/policies.ts";
import { describeShell } from "../protocols/ssh/facts/describe.ts";
import type { Dialect, ShellMeaning, ShellWords } from "../protocols/ssh/facts/meaning.ts";
import type { Rooms } from "./rooms.ts";
import type { Ask } from "./understand.ts";

/** A shell command, and whether it was typed in the session's terminal. */
export type ShellInput = ShellCommandInput & { terminal: boolean };

/** The shell that will read it, and what it has told of its words. */
export type ShellContext = { dialect: Dialect; words: ShellWords };

/** All that is known about a shell command before anything of it runs. */
export type ShellUnderstanding = {
  kind: "shell";
  input: ShellInput;
  context: ShellContext;
  target: SshTarget;
  meaning: ShellMeaning;
  decision: Decision;
  /** What is hidden in what comes back. */
  hidden: Hidden;
  /** Hash of what its words stand for in its shell: an approval is bound to it. */
  resolved: string;
  /** A shell command runs as it was asked or not at all. */
  refusal: undefined;
};

export type ShellAsk = Ask & { target: SshTarget; input: ShellInput; context: ShellContext };

/** Facts and decision of a shell command: its bytes stay as they are. Throws `shell_unparseable`, `shell_too_large`. */
export function createUnderstandShell({
  policies,
  targets,
  now,
}: Pick<Rooms, "now"> & {
  policies: Pick<Rooms["policies"], "current">;
  targets: Pick<Rooms["targets"], "dataClasses">;
}) {
  return async function understandShell(ask: ShellAsk): Promise<ShellUnderstanding> {
    const { actor, target, input, session, context } = ask;
    const [set, dataClasses] = await Promise.all([ask.policies ?? policies.current(), targets.dataClasses()]);
    const meaning = describeShell(input.command, context.words, context.dialect);
    const decision = decide(set, {
      actor,
      target,
      session,
      facts: meaning.facts,
      dataClasses,
      recentLookups: 0,
      now: now(),
    });
    const hidden = new Map(dataClasses.map((dataClass) => [dataClass.name, dataClass]));
    const stands = canonicalJson({ terminal: input.terminal, context });
    const resolved = createHash("sha256").update(stands, "utf8").digest("hex");
    return { kind: "shell", input, context, target, meaning, decision, hidden, resolved, refusal: undefined };
  };
}
