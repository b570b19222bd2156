import type { ShellFacts } from "../../../../shared/nouns/facts.ts";
import { isPlain, strangeInZsh } from "./dialect.ts";
import { type Findings, newFindings, noteOpaque } from "./findings.ts";
import {
  type Dialect,
  maxCommandBytes,
  maxScriptBytes,
  type ScriptUse,
  type ShellMeaning,
  type ShellWords,
} from "./meaning.ts";
import { type Operand, plainOperand } from "./operand.ts";
import { checkText, readText } from "./read.ts";
import type { Scope } from "./runner.ts";
import { subjectOf, summaryOf } from "./summary.ts";
import { createWalker } from "./walk.ts";
import { asBash } from "./zsh/forms.ts";

const nothingKnown: ShellWords = { aliases: {}, functions: {}, programs: {} };

/**
 * What a command means to a shell that is known by `known`. Pure; the same text and words give the same facts.
 *
 * Throws `shell_unparseable` for what is no text of the shell's language, `shell_too_large` beyond 64 KiB and for
 * deep nesting. What has not ended is no error: `complete` is false, and the facts are those of what stands there.
 */
export function describeShell(
  text: string,
  known: ShellWords = nothingKnown,
  dialect: Dialect = "bash",
): ShellMeaning {
  return meaningOf(text, newFindings(known, dialect), { maxBytes: maxCommandBytes, live: true });
}

/**
 * What a script means that was read, run by `interpreter` (`bash`, `python3`; "" for the script's own first line),
 * with its arguments. What is no shell's language is opaque. `sourced` ones run in the live shell that `known` tells of.
 *
 * Throws `shell_unparseable` and `shell_too_large` (beyond 256 KiB).
 */
export function describeScript(
  text: string,
  interpreter: string,
  {
    arguments: words = [],
    sourced = false,
    known = nothingKnown,
    dialect = "bash",
  }: { arguments?: readonly string[]; sourced?: boolean; known?: ShellWords; dialect?: Dialect } = {},
): ShellMeaning {
  const [name, ...own] = sourced ? [dialect] : interpreter === "" ? shebangOf(text) : [interpreter];
  const grammar = /^(r?bash|sh|dash|ash|ksh|mksh|r?zsh|source)$/.exec(name ?? "")?.[1];
  if (name !== "other" && grammar === undefined) {
    const findings = newFindings(known, dialect);
    noteOpaque(
      findings,
      name === undefined ? "the script is a program, not a text" : `${name} runs code that is not shell`,
    );
    return { facts: factsOf(findings), complete: true, words: [], scripts: [] };
  }
  const shell: Dialect =
    name === "other"
      ? "other"
      : /zsh$/.test(grammar ?? "")
        ? "zsh"
        : /bash$/.test(grammar ?? "")
          ? "bash"
          : "sh";
  const findings = newFindings(
    sourced
      ? known
      : { ...nothingKnown, ...(known.directory === undefined ? {} : { directory: known.directory }) },
    shell,
  );
  if (own.some((option) => /^-\w*c/.test(option)))
    noteOpaque(findings, "the script's first line gives a command of its own");
  return meaningOf(text, findings, {
    maxBytes: maxScriptBytes,
    live: sourced,
    positional: words.map(plainOperand),
  });
}

/** `#!/usr/bin/env -S bash -e` gives `bash -e`; a text without a first line of that kind is run by sh. */
function shebangOf(text: string): string[] {
  const [, line] = /^#!\s*([^\n]*)/.exec(text) ?? [];
  if (line === undefined) return text.includes("\0") ? [] : ["sh"];
  const words = line.trim().split(/\s+/);
  const rest = /(^|\/)env$/.test(words[0] ?? "")
    ? words.slice(1).filter((word) => !/^(-\w+|\w+=.*)$/.test(word))
    : words;
  return [(rest[0] ?? "").replace(/^.*\//, ""), ...rest.slice(1)];
}

function meaningOf(
  text: string,
  findings: Findings,
  { maxBytes, live, positional }: { maxBytes: number; live: boolean; positional?: readonly Operand[] },
): ShellMeaning {
  checkText(text, maxBytes);
  if (findings.dialect === "other" && !isPlain(text)) {
    noteOpaque(findings, "of this shell nothing but plain words is known");
    return { facts: factsOf(findings), complete: true, words: [], scripts: [] };
  }
  const [form = text, ...others] = findings.dialect === "zsh" ? formsOfZsh(text, findings) : [text];
  const { script, complete, comments } = readText(form, roomForForms * maxBytes);
  if (findings.dialect === "zsh" && live && comments.length > 0)
    noteOpaque(findings, "zsh runs what stands after # unless it is told not to");
  const scopeOf = (source: string): Scope => ({
    source,
    own: source === text,
    shell: findings.dialect,
    live,
    depth: 0,
    expanding: new Set(),
    variables: new Map(),
    rounds: 1,
    positional,
    certain: true,
  });
  const walk = createWalker(findings);
  for (const other of others) {
    const { commands, directories } = findings;
    walk(readText(other, roomForForms * maxBytes).script, scopeOf(other));
    Object.assign(findings, { commands, directories });
  }
  walk(script, scopeOf(form));
  return {
    facts: factsOf(findings),
    complete,
    words: [...findings.unknownWords].sort(),
    scripts: [...findings.scripts.values()],
  };
}

/** Words of the grammar take more room in bash. */
const roomForForms = 4;

/** Each text that zsh may run, as bash has it; the whole one first. */
function formsOfZsh(text: string, findings: Findings): string[] {
  const { texts, strange } = asBash(text);
  for (const what of strange) noteOpaque(findings, strangeInZsh(what));
  return texts;
}

const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();
const byKey = <T>(map: ReadonlyMap<string, T>): T[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);

function factsOf(findings: Findings): ShellFacts {
  const facts = {
    kind: "shell" as const,
    actions: [...findings.actions].sort(),
    writes: findings.writes,
    commands: findings.commands,
    programs: sorted(findings.programs),
    wrappers: sorted(findings.wrappers),
    reads: byKey(findings.reads),
    changes: byKey(findings.changes),
    deletes: byKey(findings.deletes),
    network: byKey(findings.network),
    secrets: sorted(findings.secrets),
    persistence: sorted(findings.persistence),
    effects: sorted(findings.effects),
    opensInterpreter: findings.interpreters.size > 0,
    runsScript: findings.scripts.size > 0,
    scripts: sorted([...findings.scripts.values()].map(({ path }) => path)),
    opaque: findings.opaque.size > 0,
    opaqueReasons: sorted(findings.opaque),
    tampers: sorted(findings.tampers),
  };
  return {
    ...facts,
    summary: summaryOf(facts, sorted(findings.interpreters)),
    subject: subjectOf(findings.subjects, facts.programs),
  };
}

/** A command's meaning with those of the scripts that it runs, as they were read. */
export function withScripts(meaning: ShellMeaning, scripts: readonly ShellMeaning[]): ShellMeaning {
  const all = [meaning, ...scripts];
  const union = (of: (facts: ShellFacts) => readonly string[]): string[] =>
    sorted(all.flatMap(({ facts }) => of(facts)));
  const merged = <T>(of: (facts: ShellFacts) => readonly T[]): T[] =>
    byKey(new Map(all.flatMap(({ facts }) => of(facts)).map((each) => [JSON.stringify(each), each])));
  const { facts } = meaning;
  return {
    facts: {
      ...facts,
      actions: [...new Set(all.flatMap((each) => each.facts.actions))].sort(),
      writes: all.some((each) => each.facts.writes),
      commands: all.reduce((sum, each) => sum + each.facts.commands, 0),
      programs: union((each) => each.programs),
      wrappers: union((each) => each.wrappers),
      reads: merged((each) => each.reads),
      changes: merged((each) => each.changes),
      deletes: merged((each) => each.deletes),
      network: merged((each) => each.network),
      secrets: union((each) => each.secrets),
      persistence: union((each) => each.persistence),
      effects: union((each) => each.effects),
      opensInterpreter: all.some((each) => each.facts.opensInterpreter),
      runsScript: all.some((each) => each.facts.runsScript),
      scripts: union((each) => each.scripts),
      opaque: all.some((each) => each.facts.opaque),
      opaqueReasons: union((each) => each.opaqueReasons),
      tampers: union((each) => each.tampers),
      summary: [facts.summary, ...scripts.map((each) => `the script ${each.facts.summary}`)].join("; "),
    },
    complete: all.every(({ complete }) => complete),
    words: sorted(all.flatMap(({ words }) => words)),
    scripts: distinct(all.flatMap((each) => each.scripts)),
  };
}

const distinct = (scripts: readonly ScriptUse[]): ScriptUse[] =>
  byKey(new Map(scripts.map((each) => [JSON.stringify(each), each])));
