import { cells } from "./width.ts";

/** The most graphemes of one line, and lines of history. */
const maxLength = 16 * 1024;
const maxHistory = 1000;

/** What a key asks of whoever owns the editor. */
export type EditorSignal = "enter" | "interrupt" | "end";

/**
 * A line editor with the keys of Emacs and a history, for hosts whose shell has none that asks. Pure: keys go in,
 * bytes for a terminal come out.
 */
export type LineEditor = {
  /** Takes keys up to the first that is a signal. `rest` are the keys after it, or the beginning of a longer key. */
  feed(keys: string): { screen: string; signal: EditorSignal | undefined; rest: string };
  /** Draws the prompt with an empty line. */
  begin(): string;
  /** Goes on with the same line, and a line break in it. */
  goOn(): string;
  /** Moves below the line. */
  leave(): string;
  remember(line: string): void;
  readonly text: string;
};

/** One key at the head of the input: a whole escape sequence, or one grapheme's first character. */
const wholeKey = /^(?:\u001b(?:\[[0-?]*[ -/]*[@-~]|O[A-Z]|[^[O])|\r\n|[^\u001b])/u; // oxlint-disable-line no-control-regex
/** How long an escape sequence may get before its first character is taken for a key. */
const maxKeyLength = 32;
const names: Record<string, string> = {
  "\u0001": "home",
  "\u001b[H": "home",
  "\u001bOH": "home",
  "\u001b[1~": "home",
  "\u0005": "end",
  "\u001b[F": "end",
  "\u001bOF": "end",
  "\u001b[4~": "end",
  "\u0002": "left",
  "\u001b[D": "left",
  "\u001bOD": "left",
  "\u0006": "right",
  "\u001b[C": "right",
  "\u001bOC": "right",
  "\u001bb": "word-left",
  "\u001b[1;5D": "word-left",
  "\u001bf": "word-right",
  "\u001b[1;5C": "word-right",
  "\u0010": "up",
  "\u001b[A": "up",
  "\u001bOA": "up",
  "\u000e": "down",
  "\u001b[B": "down",
  "\u001bOB": "down",
  "\u0008": "backspace",
  "\u007f": "backspace",
  "\u001b[3~": "delete",
  "\u000b": "kill-end",
  "\u0015": "kill-start",
  "\u0017": "kill-word",
  "\u001b\u007f": "kill-word",
  "\u0019": "yank",
  "\u000c": "clear",
  "\u001b[200~": "paste",
  "\u001b[201~": "pasted",
};

export function createLineEditor(input: { prompt: string; columns(): number }): LineEditor {
  let line: string[] = [];
  let cursor = 0;
  let cursorRow = 0;
  let killed: string[] = [];
  let isPasting = false;
  const history: string[] = [];
  let at = 0;
  let draft = "";

  const set = (text: string): void => {
    line = cells(text).map(({ grapheme }) => grapheme);
    cursor = line.length;
  };
  const insert = (text: string): void => {
    const before = line.slice(0, cursor).join("") + text;
    if (line.length + text.length > maxLength) return;
    const after = line.slice(cursor).join("");
    set(before);
    line.push(...cells(after).map(({ grapheme }) => grapheme));
  };
  const kill = (from: number, to: number): void => {
    killed = line.splice(from, to - from);
    cursor = from;
  };
  const word = (step: -1 | 1): number => {
    let place = cursor;
    const next = (): string => line[step < 0 ? place - 1 : place] ?? "";
    while (next() !== "" && /^\s/.test(next())) place += step;
    while (next() !== "" && !/^\s/.test(next())) place += step;
    return place;
  };
  const recall = (step: -1 | 1): void => {
    const place = at + step;
    if (place < 0 || place > history.length) return;
    if (at === history.length) draft = line.join("");
    at = place;
    set(history[at] ?? draft);
  };

  /** Where a text ends on the screen, in rows and columns from the prompt's first cell. */
  const placeOf = (text: string): { row: number; column: number } => {
    let [row, column] = [0, 0];
    for (const cell of cells(text)) {
      if (column + cell.columns > input.columns()) [row, column] = [row + 1, 0];
      column += cell.columns;
    }
    return column >= input.columns() ? { row: row + 1, column: 0 } : { row, column };
  };
  const shown = (graphemes: readonly string[]): string =>
    input.prompt + graphemes.join("").replaceAll("\n", "⏎");
  const up = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : "");
  const draw = (): string => {
    const end = placeOf(shown(line));
    const place = placeOf(shown(line.slice(0, cursor)));
    const text = `\r${up(cursorRow)}\u001b[J${shown(line)}${end.column === 0 && end.row > 0 ? "\r\n" : ""}`;
    cursorRow = place.row;
    return `${text}\r${up(end.row - place.row)}${place.column > 0 ? `\u001b[${place.column}C` : ""}`;
  };

  const edit = (key: string): void => {
    switch (names[key]) {
      case "home":
        cursor = 0;
        break;
      case "end":
        cursor = line.length;
        break;
      case "left":
        cursor = Math.max(0, cursor - 1);
        break;
      case "right":
        cursor = Math.min(line.length, cursor + 1);
        break;
      case "word-left":
        cursor = word(-1);
        break;
      case "word-right":
        cursor = word(1);
        break;
      case "up":
        recall(-1);
        break;
      case "down":
        recall(1);
        break;
      case "backspace":
        if (cursor > 0) line.splice((cursor -= 1), 1);
        break;
      case "delete":
        line.splice(cursor, 1);
        break;
      case "kill-end":
        kill(cursor, line.length);
        break;
      case "kill-start":
        kill(0, cursor);
        break;
      case "kill-word":
        kill(word(-1), cursor);
        break;
      case "yank":
        insert(killed.join(""));
        break;
      case "paste":
        isPasting = true;
        break;
      case "pasted":
        isPasting = false;
        break;
      default:
        if (/^(?:\P{Control}|\p{Format})/u.test(key)) insert(key);
    }
  };
  const signalOf = (key: string): EditorSignal | undefined => {
    if (key === "\r" || key === "\n" || key === "\r\n") return isPasting ? undefined : "enter";
    if (key === "\u0003") return "interrupt";
    return key === "\u0004" && line.length === 0 ? "end" : undefined;
  };

  return {
    feed(keys) {
      let rest = keys;
      let cleared = "";
      while (rest !== "") {
        const key = wholeKey.exec(rest)?.[0] ?? (rest.length > maxKeyLength ? rest.slice(0, 1) : undefined);
        if (key === undefined) break;
        rest = rest.slice(key.length);
        const signal = signalOf(key);
        if (signal) return { screen: cleared + draw(), signal, rest };
        if (names[key] === "clear") {
          cleared = "\u001b[H\u001b[2J";
          cursorRow = 0;
        } else if (/^[\r\n]/.test(key)) insert("\n");
        else if (key === "\u0004") edit("\u001b[3~");
        else edit(key);
      }
      return { screen: cleared + draw(), signal: undefined, rest };
    },
    begin() {
      set("");
      cursorRow = 0;
      isPasting = false;
      at = history.length;
      return `\u001b[?2004h${draw()}`;
    },
    goOn() {
      cursor = line.length;
      insert("\n");
      return draw();
    },
    leave() {
      cursor = line.length;
      const text = draw();
      cursorRow = 0;
      return `${text}\r\n\u001b[?2004l`;
    },
    remember(text) {
      if (text.trim() !== "" && history.at(-1) !== text) history.push(text);
      if (history.length > maxHistory) history.shift();
    },
    get text() {
      return line.join("");
    },
  };
}
