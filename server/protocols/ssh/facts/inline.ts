import type { ScriptUse, ShellMeaning } from "./meaning.ts";

/** A script that a command runs, and its text as it was read. */
export type ReadScript = { use: ScriptUse; text: string };

/** One argument of a process holds 128 KiB on Linux, and the whole command is one. */
const maxInlined = 96 * 1024;
const shells = /^(?:r?bash|sh|dash|zsh)$/;
/** What may stand before a script on the very host, in the very directory, on which its file was read. */
const nearWrappers = new Set([
  "command",
  "exec",
  "ionice",
  "nice",
  "nohup",
  "setsid",
  "stdbuf",
  "sudo",
  "time",
  "timeout",
]);
const movers = new Set(["cd", "pushd", "popd", "chroot"]);

/**
 * The scripts of a command whose files can be read where the shell will look for them. `from`: where relative paths
 * start, "" for the login's home, as for a command that is sent; undefined where it is not known.
 */
export function readable({ facts, scripts }: ShellMeaning, from: string | undefined): ScriptUse[] {
  if (facts.wrappers.some((wrapper) => !nearWrappers.has(wrapper))) return [];
  const moves = facts.programs.some((program) => movers.has(program));
  return scripts.filter(
    ({ path, span }) =>
      span !== undefined &&
      (/^(?:\/|~\/)/.test(path) || (from !== undefined && !moves && !/^[~$]/.test(path))),
  );
}

/**
 * The command that runs the texts that were read, where it would have had the host read the files again. Undefined
 * where one of them is no shell's, or all of it is too long. `$0` and the arguments stay; `BASH_SOURCE` does not.
 */
export function inlined(command: string, scripts: readonly ReadScript[]): string | undefined {
  let text = command;
  const fromTheEnd = scripts.toSorted((a, b) => (b.use.span?.start ?? 0) - (a.use.span?.start ?? 0));
  for (const { use, text: script } of fromTheEnd) {
    const { span, sourced, interpreter } = use;
    if (span === undefined || script.includes("\0")) return undefined;
    const word = text.slice(span.start, span.end);
    const quoted = `'${script.replaceAll("'", "'\\''")}'`;
    const own = interpreter === "" ? firstLine(script) : interpreter;
    if (!sourced && !shells.test(own.split(" ")[0] ?? "")) return undefined;
    const inPlace = sourced
      ? `<(printf %s ${quoted})`
      : `${interpreter === "" ? `${own} ` : ""}-c ${quoted} ${word}`;
    text = text.slice(0, span.start) + inPlace + text.slice(span.end);
  }
  return Buffer.byteLength(text) <= maxInlined ? text : undefined;
}

/** `#!/usr/bin/env bash` and `#!/bin/bash -e` as `bash`, `bash -e`; without such a line the shell runs it itself. */
function firstLine(script: string): string {
  const [, line = "bash"] = /^#!\s*([^\n]*)/.exec(script) ?? [];
  const [program = "", ...options] = line.trim().split(/\s+/);
  const words = /(?:^|\/)env$/.test(program) ? options : [program, ...options];
  return words.map((word, at) => (at === 0 ? word.replace(/^.*\//, "") : word)).join(" ");
}
