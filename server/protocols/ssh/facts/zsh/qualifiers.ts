import type { ZshWord } from "./words.ts";
import { NotFollowed } from "./words.ts";

/** Qualifiers that only choose files and order them (zshexpn, Glob Qualifiers): none that runs or rewrites. */
const harmless =
  /^(?:[-./@=p*%rwxRWXAIEsStNDnTMF^,]|[oO][nNLlamcd]|[amc][Mwhms]?[-+]?\d+|L[KkMmPp]?[-+]?\d+|l[-+]?\d+|d\d+|Y\d+|\[-?\d+(?:,-?\d+)?\])*$/;
const alternatives = /^[\w.*?-]*(?:\|[\w.*?-]*)+$/;
const isGlob = /[*?[]/;

export type PlainWord = {
  /** The word as bash has it: a pattern that means no less. */
  text: string;
  /** With `(N)`: there may be no such word. */
  perhaps: boolean;
  /** A group whose meaning is not judged. */
  strange: string | undefined;
};

/** A word with groups as a pattern without them. Throws NotFollowed. */
export function withoutGroups(text: string, word: ZshWord): PlainWord {
  let plain = "";
  let at = word.start;
  let perhaps = false;
  let strange: string | undefined;
  for (const { start, end } of word.groups) {
    plain += text.slice(at, start);
    at = end;
    const inside = text.slice(start + 1, end - 1);
    if (alternatives.test(inside)) {
      plain += "*";
      continue;
    }
    // Only the last group of a word chooses files.
    if (end !== word.end) throw new NotFollowed();
    if (!harmless.test(inside)) strange = text.slice(word.start, word.end);
    perhaps = strange !== undefined || inside.includes("N");
    if (!isGlob.test(plain)) plain += "*";
  }
  plain += text.slice(at, word.end);
  // An assignment keeps its text as it stands.
  if (plain.includes("=")) throw new NotFollowed();
  return { text: plain, perhaps, strange };
}
