import { controlCharacter, isPlain, readControl } from "./control-sequences.ts";
import { type Cursor, gapBetween, moved, newLine, printed, somewhere } from "./cursor.ts";

/** Stands where the cursor was moved away: no value reaches across it. */
export const apart = "\u0000";

/** Text as a reader has it before him, and where in the piece each stretch of it stands. */
export type Printed = { text: string; stretches: { at: number; from: number; to: number }[] };

/** A control sequence of the piece that the viewer gets. */
export type Kept = { at: number; end: number };

/** Where the cursor stands, and where it stood behind the last character that was printed. */
export type Place = { cursor: Cursor; reached: Cursor };
const start = somewhere();
export const unplaced: Place = { cursor: start, reached: start };

export type Scanned = {
  printed: Printed;
  controls: Kept[];
  /** Controls were left out. */
  drops: boolean;
  incompleteFrom: number;
  place: Place;
};

/**
 * Behind a space it stands where the space stood, on the next line where that was past the last column: so pagers and
 * line editors go over a screen's edge, and a value with them.
 */
const wrapping = new Set(["\u0008", "\r"]);

/**
 * Tells text from control sequences and from what takes no place on a screen. What was placed right behind the last
 * character, or one column on, is read as one with it. Controls that are not kept are left out of `controls`.
 */
export function scan(piece: string, from: Place): Scanned {
  if (from.cursor === from.reached && isPlain(piece)) {
    const stretches = piece === "" ? [] : [{ at: 0, from: 0, to: piece.length }];
    const cursor = printed(from.cursor, piece);
    return {
      ...{ printed: { text: piece, stretches }, controls: [], drops: false, incompleteFrom: piece.length },
      place: { cursor, reached: cursor },
    };
  }
  const stretches: Printed["stretches"] = [];
  const controls: Kept[] = [];
  const parts: string[] = [];
  let length = 0;
  let drops = false;
  let { cursor, reached } = from;
  const add = (part: string) => {
    parts.push(part);
    length += part.length;
  };
  const addStretch = (begin: number, end: number) => {
    if (end <= begin) return;
    stretches.push({ at: length, from: begin, to: end });
    add(piece.slice(begin, end));
  };
  const print = (begin: number, end: number) => {
    if (end <= begin) return;
    if (cursor !== reached) add(gapBetween(reached, cursor) ?? apart);
    addStretch(begin, end);
    cursor = printed(cursor, piece.slice(begin, end));
    reached = cursor;
  };
  /** Takes back the space that stands right before `place`; false where there is none. */
  const unprintSpace = (place: number): boolean => {
    const last = stretches.at(-1);
    if (last?.to !== place || piece.charAt(place - 1) !== " ") return false;
    const part = parts.pop() ?? "";
    length -= part.length;
    stretches.pop();
    addStretch(last.from, place - 1);
    cursor = piece.charAt(place) === "\r" ? newLine() : { ...cursor, column: cursor.column - 1 };
    reached = cursor;
    return true;
  };
  const scanned = (incompleteFrom: number): Scanned => ({
    ...{ printed: { text: parts.join(""), stretches }, controls, incompleteFrom, place: { cursor, reached } },
    drops: drops || incompleteFrom < piece.length,
  });
  const characters = new RegExp(controlCharacter);
  let at = 0;
  for (let next = characters.exec(piece); next !== null; next = characters.exec(piece)) {
    print(at, next.index);
    const control = readControl(piece, next.index);
    if (!control.complete) return scanned(next.index);
    const wraps = wrapping.has(next[0]) && unprintSpace(next.index);
    if (control.kept) controls.push({ at: next.index - (wraps ? 1 : 0), end: control.end });
    else drops = true;
    // Whatever is left out moves nothing.
    if (control.kept && control.moves && !wraps) cursor = moved(cursor, piece.slice(next.index, control.end));
    at = control.end;
    characters.lastIndex = at;
  }
  print(at, piece.length);
  return scanned(piece.length);
}

/** Where in the piece the printed character with this index stands. */
export function placeOf({ stretches }: Printed, index: number, end: number): number {
  const stretch = stretches.findLast(({ at }) => at <= index);
  if (stretch === undefined) return stretches[0]?.from ?? end;
  const place = stretch.from + (index - stretch.at);
  return place < stretch.to ? place : (stretches.find(({ at }) => at >= index)?.from ?? end);
}

/** How much of the printed text stands before a place in the piece. */
export function shownLength({ text, stretches }: Printed, cut: number): number {
  const next = stretches.find(({ to }) => to > cut);
  return next === undefined ? text.length : next.at + Math.max(0, cut - next.from);
}
