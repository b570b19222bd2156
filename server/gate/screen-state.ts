import { SerializeAddon } from "@xterm/addon-serialize";
import headless from "@xterm/headless";
import { controlCharacter, isPlain, readControl } from "../masking/control-sequences.ts";

/**
 * What stands on a terminal's screen. Text is read only once it is asked for, or too much of it waits; lines without
 * control sequences that have scrolled out by then are never read: a flood of them costs next to nothing.
 */
export type ScreenState = {
  /** Takes whole control sequences alone. Resolves once no more than a bound waits to be read. */
  write(text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** As text that draws it. */
  serialize(): Promise<string>;
  dispose(): void;
};

/** Characters that wait to be read. */
const maxPending = 64 * 1024;
/**
 * Cells that what is read at once may touch, where each few characters touch all: the terminal lets others have their
 * turn between two such pieces, and not within one.
 */
const maxCellsAtOnce = 1024 * 1024;
/** DECRQSS for DECSTBM: which rows scroll. */
const askMargins = "\u001bP$qr\u001b\\";
const newLine = "\r\n";

export function createScreenState(size: { columns: number; rows: number }): ScreenState {
  const terminal = new headless.Terminal({
    ...{ cols: size.columns, rows: size.rows },
    ...{ scrollback: 0, allowProposedApi: true },
  });
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  let pending = "";
  let margins = "";
  /** Every row scrolls, so that lines which scroll out leave nothing behind; false: it is not known. */
  let scrollsWhole = false;
  terminal.onData((answer) => (margins = answer));

  // Where links lead is not drawn again, and each would be kept for as long as its line.
  terminal.parser.registerOscHandler(8, () => true);

  const read = (text: string) =>
    new Promise<void>((resolve) => {
      const length = Math.max(16, Math.floor(maxCellsAtOnce / (terminal.cols * terminal.rows)));
      for (let at = 0; at < text.length; at += length) terminal.write(text.slice(at, at + length));
      terminal.write("", resolve);
    });
  const readAll = () => {
    const text = pending;
    pending = "";
    scrollsWhole = false;
    return read(text);
  };
  /** Reads what has an effect beyond its line, and keeps of the lines behind it those that can still be seen. */
  const settle = async () => {
    const linesFrom = endOfControls(pending);
    // The rows below the cursor may hold something, which the first screenful draws over and the second scrolls out.
    const seenFrom = lastLines(pending, 2 * terminal.rows + 1);
    if (seenFrom <= linesFrom) return readAll();
    const lines = newLine + pending.slice(seenFrom);
    if (linesFrom > 0 || !scrollsWhole) {
      await read(pending.slice(0, linesFrom) + askMargins);
      pending = pending.slice(linesFrom);
      scrollsWhole = margins === `\u001bP1$r1;${terminal.rows}r\u001b\\`;
      if (!scrollsWhole) return readAll();
    }
    pending = lines;
  };

  return {
    async write(text) {
      pending += text;
      if (pending.length > maxPending) await settle();
    },
    async resize(columns, rows) {
      await readAll();
      terminal.resize(columns, rows);
    },
    async serialize() {
      await readAll();
      return serializer.serialize();
    },
    dispose: () => terminal.dispose(),
  };
}

/** Behind the last control sequence; line breaks and tabs are none. The text's end where it ends within one. */
function endOfControls(text: string): number {
  if (isPlain(text)) return 0;
  let end = 0;
  const characters = new RegExp(controlCharacter);
  for (let next = characters.exec(text); next !== null; next = characters.exec(text)) {
    ({ end } = readControl(text, next.index));
    characters.lastIndex = end;
  }
  return end;
}

/** Where the last `count` lines begin; 0 where there are fewer, or one of them ends without going to its start. */
function lastLines(text: string, count: number): number {
  let at = text.length;
  for (let line = 0; line < count; line++) {
    at = text.lastIndexOf("\n", at - 1);
    if (at <= 0 || text.charAt(at - 1) !== "\r") return 0;
  }
  return at + 1;
}
