import { fit, printable, widthOf, wrap } from "./width.ts";

const [save, restore, clearLine, dim, plain] = ["\u001b7", "\u001b8", "\u001b[2K", "\u001b[2m", "\u001b[22m"];
/** Escape sequences of a prompt, which take no columns. */
// oxlint-disable-next-line no-control-regex
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])/g;
const maxPromptLength = 4096;

/**
 * What the viewer sees of a line while it waits. Readline takes its line from the screen before it asks, and draws it
 * again afterwards; ZLE leaves it where it is. So for bash the gate draws what it saw of the prompt, with the line, and
 * takes it away before the shell draws.
 */
export type HeldLine = {
  /** The shell's own output between the end of a command and the end of its prompt. */
  promptBegins(): void;
  promptOutput(bytes: Uint8Array): void;
  promptEnds(): void;
  /** Bytes for the viewer. */
  notice(text: string, note: string): string;
  remove(): string;
  /** The line as it stood, for good, with words under it. */
  leave(text: string, words: string): string;
};

export function createHeldLine(input: { drawsLine: boolean; columns(): number }): HeldLine {
  let prompt = "";
  let collecting = false;
  let collected: Uint8Array[] = [];
  let drawn: { rows: number } | undefined;

  const line = (text: string): string =>
    input.drawsLine ? prompt + text.split("\n").map(printable).join("\r\n") : "";
  const rowsOf = (text: string): number =>
    (prompt.replaceAll(sequences, "") + text)
      .split("\n")
      .reduce((rows, one) => rows + Math.max(1, Math.ceil(widthOf(one) / input.columns())), 0);
  const remove = (): string => {
    if (!drawn) return "";
    const { rows } = drawn;
    drawn = undefined;
    const noteGone = `${save}\r\n${clearLine}${restore}`;
    if (!input.drawsLine) return noteGone;
    return `${noteGone}\r${rows > 1 ? `\u001b[${rows - 1}A` : ""}\u001b[J`;
  };

  return {
    promptBegins() {
      collecting = true;
      collected = [];
    },
    promptOutput(bytes) {
      if (!collecting) return;
      collected.push(bytes);
      if (collected.reduce((sum, one) => sum + one.length, 0) > maxPromptLength) collecting = false;
    },
    promptEnds() {
      if (!collecting) return;
      collecting = false;
      prompt =
        Buffer.concat(collected)
          .toString("utf8")
          .split(/[\r\n]/)
          .at(-1) ?? "";
    },
    notice(text, note) {
      const again = remove();
      drawn = { rows: rowsOf(text) };
      const words = dim + fit(printable(note), input.columns() - 1) + plain;
      return `${again}${line(text)}\n\u001b[A${save}\r\n${clearLine}${words}${restore}`;
    },
    remove,
    leave(text, words) {
      const told = words === "" ? "" : `${wrap(printable(words), input.columns()).join("\r\n")}\r\n`;
      return input.drawsLine ? `${remove()}${line(text)}\r\n${told}` : remove() + told;
    },
  };
}
