/** The most bytes of a script that can be run from what was read: one argument of `exec` holds 128 KiB. */
export const maxCopyBytes = 120 * 1024;

/** Where a line names a script, and how it runs it. Offsets are UTF-16, as JavaScript slices. */
export type ScriptUse =
  /** `bash -x file args`: the file's word. */
  | { how: "argument"; start: number; end: number }
  /** `./file args`: the command's word, and the shell that its first line names. */
  | { how: "program"; start: number; end: number; shell: "bash" | "sh" | "zsh" | "dash" }
  /** `. file args` or `source file args`: the file's word. */
  | { how: "source"; start: number; end: number };

/**
 * The line that runs the bytes that were read and judged, where `line` would have had the shell read the file again.
 * `$0` and the arguments stay; `BASH_SOURCE` of a sourced file does not.
 */
export function lineWithCopy(line: string, use: ScriptUse): string {
  const word = line.slice(use.start, use.end);
  const replacement =
    use.how === "source"
      ? '<(builtin printf %s "$__g_copy")'
      : `${use.how === "program" ? `${use.shell} ` : ""}-c "$__g_copy" ${word}`;
  return line.slice(0, use.start) + replacement + line.slice(use.end);
}
