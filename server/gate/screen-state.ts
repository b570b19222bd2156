import { SerializeAddon } from "@xterm/addon-serialize";
import headless, { type IBuffer, type IMarker } from "@xterm/headless";
import type { CommandId } from "../../shared/ids.ts";
import { controlCharacter, isPlain, readControl } from "../masking/control-sequences.ts";

/**
 * What stands on a terminal's screen. Text is read only once it is asked for, or too much of it waits; lines without
 * control sequences that have scrolled out by then are never read: a flood of them costs next to nothing.
 */
export type ScreenState = {
  /** Takes whole control sequences alone. Resolves once no more than a bound waits to be read. */
  write(text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /**
   * Keeps in which row the line stands that was just entered: the cursor's, or the one above it. None on the screen that
   * programs draw on.
   */
  mark(command: CommandId, above: boolean): Promise<void>;
  /** As text that draws it. */
  serialize(): Promise<DrawnScreen>;
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

/** What draws a screen, and the rows of it, from 0, in which lines were entered. */
export type DrawnScreen = { screen: string; marks: { command: CommandId; row: number }[] };

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
  let marks: { command: CommandId; marker: IMarker }[] = [];
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
    async mark(command, above) {
      await readAll();
      const buffer = terminal.buffer.active;
      if (buffer.type === "alternate") return;
      const row = firstRow(buffer, buffer.baseY + buffer.cursorY - (above ? 1 : 0));
      // Of two in one row the later one is meant.
      marks = marks.filter(({ marker }) => !marker.isDisposed && marker.line !== row);
      const marker = terminal.registerMarker(row - (buffer.baseY + buffer.cursorY));
      if (marker !== undefined) marks.push({ command, marker });
    },
    async serialize() {
      await readAll();
      const { baseY } = terminal.buffer.normal;
      return {
        screen: serializer.serialize(),
        marks: marks
          .map(({ command, marker }) => ({ command, row: marker.line - baseY }))
          .filter(({ row }) => row >= 0),
      };
    },
    dispose: () => terminal.dispose(),
  };
}

/** Where the line begins that goes on in this row: a long one wraps. */
function firstRow(buffer: IBuffer, at: number): number {
  let row = Math.max(0, at);
  while (row > 0 && buffer.getLine(row)?.isWrapped === true) row--;
  return row;
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
