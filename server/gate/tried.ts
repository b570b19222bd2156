import { type CommandInput, ShellCommandInput, SqlCommandInput } from "../../shared/nouns/command.ts";
import type { Target } from "../../shared/nouns/target.ts";
import type { TriedCommand } from "../../shared/nouns/tried-command.ts";
import { sent, type Asking } from "./understand.ts";
import { rawContext, rawText } from "./understand-shell.ts";

/** No bytes have this hash that anybody could find. */
const noContent = "0".repeat(64);

/** What is to be understood, where nothing is to run. A text alone is a command of the target's kind. */
export function askedBy({ kind }: Target, tried: TriedCommand | string): Asking {
  if (typeof tried === "string")
    return {
      input:
        kind === "ssh" ? ShellCommandInput.parse({ command: tried }) : SqlCommandInput.parse({ sql: tried }),
    };
  if ("terminal" in tried)
    return tried.terminal === "raw"
      ? { input: ShellCommandInput.parse({ command: rawText }), shell: rawContext }
      : { input: ShellCommandInput.parse({ command: tried.command }), shell: sent };
  if ("bytes" in tried) {
    const { file, path, bytes } = tried;
    return { input: { file, path, content: { bytes, sha256: noContent } } satisfies CommandInput };
  }
  return { input: tried };
}
