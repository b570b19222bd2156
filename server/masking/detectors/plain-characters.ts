import type { Detector } from "./detector.ts";

/**
 * Characters beyond ASCII that print as digits, blanks, hyphens or letters of ASCII do, or as nothing: digits of other
 * scripts, no-break spaces, dashes, full-width and mathematical forms; zero widths and marks.
 */
const other = /[\u{80}-\u{10ffff}]/u;
const foldable =
  /(?![\0-\x7f])[\p{Nd}\p{No}\p{Zs}\p{Pd}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}\u2212\uff01-\uff5e\u{1d400}-\u{1d7ff}]/gu;
const nothing = /[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/u;
const blank = /\p{Zs}/u;
const hyphen = /[\p{Pd}\u2212]/u;
const digit = /\p{Nd}/u;

/** What a character is printed like, of ASCII; itself where that is none. */
function plainForm(character: string): string {
  if (nothing.test(character)) return "";
  if (blank.test(character)) return " ";
  if (hyphen.test(character)) return "-";
  const compatible = character.normalize("NFKC");
  if (/^[\x21-\x7e]$/.test(compatible)) return compatible;
  if (!digit.test(character)) return character;
  // Digits stand in tens, from zero to nine.
  const code = character.codePointAt(0) ?? 0;
  let zero = code;
  while (digit.test(String.fromCodePoint(zero - 1))) zero--;
  return String((code - zero) % 10);
}

type Plain = {
  text: string;
  /** Where in the original each character of it stands, and its end; undefined where they are the same. */
  places: readonly number[] | undefined;
};

function plainCharacters(text: string): Plain {
  if (!other.test(text) || text.search(foldable) < 0) return { text, places: undefined };
  const places: number[] = [];
  let plain = "";
  let done = 0;
  const keep = (to: number) => {
    plain += text.slice(done, to);
    for (; done < to; done++) places.push(done);
  };
  for (const { 0: character, index } of text.matchAll(foldable)) {
    keep(index);
    const form = plainForm(character);
    plain += form;
    for (let unit = 0; unit < form.length; unit++) places.push(index);
    done = index + character.length;
  }
  keep(text.length);
  places.push(text.length);
  return { text: plain, places };
}

/** All detectors look at one text, one after the other. */
let last: { of: string; plain: Plain } | undefined;
function plainOf(text: string): Plain {
  if (last?.of !== text) last = { of: text, plain: plainCharacters(text) };
  return last.plain;
}

/** A detector that sees a text's characters in their plain form, and finds them where they stand. */
export const inPlainCharacters = ({ mayHold, find, ...rest }: Detector): Detector => ({
  ...rest,
  mayHold: (text) => mayHold(plainOf(text).text),
  *find(text) {
    const { text: plain, places } = plainOf(text);
    for (const { start, end } of find(plain))
      yield { start: places?.[start] ?? start, end: places?.[end] ?? end };
  },
});
