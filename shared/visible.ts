/** One character that a reader could not see or could mistake. `index` counts UTF-16 units, lines and columns from 1. */
export type HiddenCharacter = {
  index: number;
  line: number;
  column: number;
  /** `U+202E`. */
  character: string;
  why: "invisible" | "white-space" | "look-alike";
};

/**
 * - `\p{C}`: controls, format and bidirectional characters, lone surrogates, private use, unassigned;
 * - `\p{Default_Ignorable_Code_Point}`: fillers, joiners, variation selectors, tags (Unicode, section 5.21);
 * - U+2800 is drawn as nothing although it is a symbol.
 */
const invisible = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** Every space and line break but the plain one. */
const whiteSpace = /[\p{Z}]/u;
/** Alphabets with letters that are drawn as Latin ones (Unicode TR 39). */
const imitating =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;
const latin = /\p{Script=Latin}/u;
const word = /[\p{L}\p{M}\p{N}_]+/gu;
/**
 * Their letters that most fonts draw as a Latin letter (TR 39, confusables): of Cyrillic, Greek, Armenian, Cherokee and
 * Lisu. A word of nothing else reads as a Latin word.
 */
const twins = [
  "\u0430\u0435\u043A\u043E\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0475\u04BB\u04CF\u0501\u051B\u051D",
  "\u0410\u0412\u0415\u041A\u041C\u041D\u041E\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408\u0474\u04AE\u04C0\u050C\u051A\u051C",
  "\u03B1\u03B3\u03B9\u03BA\u03BD\u03BF\u03C1\u03C5\u03C7\u03F2\u03F3",
  "\u0391\u0392\u0395\u0396\u0397\u0399\u039A\u039C\u039D\u039F\u03A1\u03A4\u03A5\u03A7\u03F9\u037F",
  "\u0566\u0570\u0578\u057D\u0581\u0585\u053C\u054D\u054F\u0555",
  "\u13A0-\u13A2\u13A5\u13A9-\u13AC\u13B3\u13B7\u13BB\u13BD\u13C0\u13C3\u13D9\u13DA\u13DE\u13DF\u13E2\u13E6\u13E7\u13F4",
  "\uA4D0\uA4D1\uA4D3\uA4D4\uA4D6\uA4D7\uA4D9\uA4DA\uA4DC\uA4DD\uA4DF-\uA4E3\uA4E6\uA4E7\uA4EA-\uA4EC\uA4EE\uA4F0\uA4F2-\uA4F4",
].join("");
const twinWord = new RegExp(
  `(?<![\\p{L}\\p{N}_])[${twins}\\p{Nd}_]*[${twins}][${twins}\\p{Nd}_]*(?![\\p{L}\\p{N}_])`,
  "gu",
);
/** Of Latin script themselves, and drawn as a plain letter or sign: alpha, script g, iota, clicks. */
const latinTwins = /[\u0251\u0261\u0269\u01C0\u01C3]/;
/** Marks that cross or enclose what they stand on. */
const covering = /[\u0334-\u0338\p{Me}]/u;
const mark = /\p{M}/u;
/** Marks that one character may carry; more of them pile up over the lines beside. */
const maxMarks = 2;

/** What needs looking at at all; most texts have none of it. */
const suspect = /[^\t\n\x20-\x5B\x5D-\x7E]/;

/**
 * A text with everything that cannot be seen, or can be taken for something else, written as `\u{202E}`: control,
 * format and bidirectional characters, zero widths, odd spaces, other forms of plain characters (full-width,
 * mathematical, ligatures), piled up marks, letters of an alphabet that imitates Latin within a word that has Latin
 * letters, and words of nothing but such letters: better a Russian preposition that is marked than a name that is not.
 * Other words in other alphabets stay as they are, and so do new line and tab. A backslash before `u{` becomes
 * `\u{5C}`, so that no text can pretend to have been escaped.
 */
export function visible(text: string): { text: string; hidden: HiddenCharacter[] } {
  if (!suspect.test(text)) return { text, hidden: [] };
  const imitated = lookAlikes(text);
  const hidden: HiddenCharacter[] = [];
  let shown = "";
  let index = 0;
  let line = 1;
  let lineStart = 0;
  let marks = 0;
  for (const character of text) {
    marks = mark.test(character) ? marks + 1 : 0;
    const why = reason(character, imitated.has(index) || marks > maxMarks);
    if (why !== undefined) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
      shown += `\\u{${code}}`;
      hidden.push({
        index,
        line,
        column: index - lineStart + 1,
        character: `U+${code.padStart(4, "0")}`,
        why,
      });
    } else if (character === "\\" && text.startsWith("u{", index + 1)) shown += "\\u{5C}";
    else shown += character;
    index += character.length;
    if (character === "\n") {
      line++;
      lineStart = index;
    }
  }
  return { text: shown, hidden };
}

function reason(character: string, imitates: boolean): HiddenCharacter["why"] | undefined {
  if (character === "\n" || character === "\t" || character === " ") return undefined;
  if (whiteSpace.test(character)) return "white-space";
  if (invisible.test(character)) return "invisible";
  const alike =
    imitates || isAnotherForm(character) || latinTwins.test(character) || covering.test(character);
  return alike ? "look-alike" : undefined;
}

/**
 * Whether it is another form of plain letters, or of one plain digit or sign (Unicode, annex 15: NFKC). Superscripts,
 * fractions and symbols are seen for what they are.
 */
function isAnotherForm(character: string): boolean {
  if (character <= "\u007F" || /[\p{No}\p{So}]/u.test(character)) return false;
  const plain = character.normalize("NFKC");
  return /^[\x21-\x7E]$/.test(plain) || (/^[A-Za-z]+$/.test(plain) && /\p{L}|\p{Nl}/u.test(character));
}

/** Indexes of letters that imitate Latin ones: within a word that has Latin letters too, or as a whole word. */
function lookAlikes(text: string): ReadonlySet<number> {
  const indexes = new Set<number>();
  const add = ({ 0: found, index: start }: RegExpMatchArray & { index: number }) => {
    let index = start;
    for (const character of found) {
      if (imitating.test(character)) indexes.add(index);
      index += character.length;
    }
  };
  for (const match of text.matchAll(word)) if (latin.test(match[0]) && imitating.test(match[0])) add(match);
  for (const match of text.matchAll(twinWord)) add(match);
  return indexes;
}
