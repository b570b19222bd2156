import { createHash } from "node:crypto";
import { canonicalJson } from "../../shared/canonical.ts";
import type { ShellCommandInput } from "../../shared/nouns/command.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { SshTarget } from "../../shared/nouns/target.ts";
import type { Hidden } from "../masking/hidden.ts";
import { decide } from "../policy/policies.ts";
import { describeScript, describeShell, withScripts } from "../protocols/ssh/facts/describe.ts";
import { inlined, readable, type ReadScript } from "../protocols/ssh/facts/inline.ts";
import type { Dialect, ShellMeaning, ShellWords } from "../protocols/ssh/facts/meaning.ts";
import type { ReadScriptText } from "./read-scripts.ts";
import type { Rooms } from "./rooms.ts";
import type { Ask } from "./understand.ts";

/** Scripts of one command that are read. */
const maxScripts = 4;

/** A shell command, and whether it was typed in the session's terminal. */
export type ShellInput = ShellCommandInput & { terminal: boolean };

/** The shell that will read it, and what it has told of its words. */
export type ShellContext = {
  dialect: Dialect;
  words: ShellWords;
  /** Not a line: the whole of a terminal that nobody judges line by line. */
  raw?: true;
};

/** How such a terminal is asked for, and what it stands in. */
export const rawText = "raw terminal";
export const rawContext: ShellContext = {
  dialect: "other",
  words: { aliases: {}, functions: {}, programs: {} },
  raw: true,
};
const rawMeaning: ShellMeaning = {
  facts: {
    ...describeShell(":").facts,
    actions: ["shell.raw"],
    writes: true,
    programs: [],
    opensInterpreter: true,
    opaque: true,
    opaqueReasons: ["what is typed in it is recorded, and judged by nobody"],
    summary: "opens a terminal that is recorded only",
    subject: rawText,
  },
  complete: true,
  words: [],
  scripts: [],
};

/** All that is known about a shell command before anything of it runs. */
export type ShellUnderstanding = {
  kind: "shell";
  input: ShellInput;
  context: ShellContext;
  target: SshTarget;
  meaning: ShellMeaning;
  decision: Decision;
  /** What will run: the command, with the scripts in it as they were read. */
  final: string;
  /** What is hidden in what comes back. */
  hidden: Hidden;
  /** Hash of what its words stand for in its shell: an approval is bound to it. */
  resolved: string;
  /** A shell command runs as it was asked or not at all. */
  refusal: undefined;
};

export type ShellAsk = Ask & {
  target: SshTarget;
  input: ShellInput;
  context: ShellContext;
  /** Left out, nothing is read, as in a dry run. */
  readScript?: ReadScriptText | undefined;
};

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
    const hidden = new Map(dataClasses.map((dataClass) => [dataClass.name, dataClass]));
    const judge = ({ facts }: ShellMeaning) =>
      decide(set, { actor, target, session, facts, dataClasses, recentLookups: 0, now: now() });
    const known = { kind: "shell" as const, input, context, target, hidden, refusal: undefined };

    const described = context.raw ? rawMeaning : describeShell(input.command, context.words, context.dialect);
    const meaning = input.terminal ? described : unhooked(described);
    const decision = judge(meaning);
    // What is blocked whatever its scripts say needs no look at them.
    const read = decision.effect === "block" ? [] : await readScripts(ask, meaning, hidden);
    const final = inlined(input.command, read);
    const stands = canonicalJson({ terminal: input.terminal, context });
    const resolved = createHash("sha256").update(stands, "utf8").digest("hex");
    if (read.length === 0 || final === undefined)
      return { ...known, meaning, decision, final: input.command, resolved };
    const whole = withScripts(
      meaning,
      read.map(({ use, text }) =>
        describeScript(text, use.interpreter, {
          arguments: use.arguments,
          sourced: use.sourced,
          known: context.words,
          dialect: context.dialect,
        }),
      ),
    );
    return { ...known, meaning: whole, decision: judge(whole), final, resolved };
  };
}

/** A command that is sent runs in a shell without a hook: there is nothing to lay hands on. */
const unhooked = (meaning: ShellMeaning): ShellMeaning => ({
  ...meaning,
  facts: {
    ...meaning.facts,
    actions: meaning.facts.actions.filter((action) => action !== "shell.tamper"),
    tampers: [],
  },
});

/** The scripts that can be read, all of them or none: what one of them does decides for all. */
async function readScripts(
  { input, context, readScript }: ShellAsk,
  meaning: ShellMeaning,
  hidden: Hidden,
): Promise<ReadScript[]> {
  const from = input.terminal ? context.words.directory : "";
  const uses = readable(meaning, from);
  if (readScript === undefined || uses.length === 0 || uses.length > maxScripts) return [];
  const read: ReadScript[] = [];
  for (const use of uses) {
    const isRelative = from !== undefined && from !== "" && !/^[/~]/.test(use.path);
    const text = await readScript(isRelative ? `${from}/${use.path}` : use.path, hidden);
    if (text === undefined) return [];
    read.push({ use, text });
  }
  return read;
}
