import { isAscii } from "./ascii.ts";

/**
 * How many marks may stand on one character: as many as the Stream-Safe Text Format has (UAX #15, section 13). A screen
 * keeps all of them in one cell, however many come.
 */
const maxMarks = 30;
/** What takes no cell of its own on a screen: marks, formats, and vowels and finals of Hangul. */
const marks = /[\p{M}\p{Cf}\u1160-\u11ff]+/gu;
const lastMarks = /[\p{M}\p{Cf}\u1160-\u11ff]{1,30}$/u;
const nothingSuch = /^[\0-\u02ff]*$/;

/** Leaves out marks beyond that bound, of a text that comes piece by piece. */
export function createMarkBound(): (piece: string) => string {
  /** Marks at the end of what came so far. */
  let standing = 0;
  return (piece) => {
    if (isAscii(piece) || nothingSuch.test(piece)) {
      if (piece !== "") standing = 0;
      return piece;
    }
    const bounded = piece.replaceAll(marks, (run, at: number) => {
      const room = maxMarks - (at === 0 ? standing : 0);
      return run.length <= room ? run : [...run].slice(0, room).join("");
    });
    const ending = [...(lastMarks.exec(bounded)?.[0] ?? "")].length;
    standing = ending === [...bounded].length ? standing + ending : ending;
    return bounded;
  };
}
