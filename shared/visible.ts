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
/** Full-width forms read as the ASCII characters that they imitate. */
const fullWidth = /[\uFF01-\uFF5E]/u;
/** Alphabets with letters that are drawn as Latin ones (Unicode TR 39), looked at within a word that mixes them. */
const imitating =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;
const latin = /\p{Script=Latin}/u;
const word = /[\p{L}\p{M}\p{N}_]+/gu;

/** What needs looking at at all; most texts have none of it. */
const suspect = /[^\t\n\x20-\x5B\x5D-\x7E]/;

/**
 * A text with everything that cannot be seen, or can be taken for something else, written as `\u{202E}`: control,
 * format and bidirectional characters, zero widths, odd spaces, full-width forms, and letters of an alphabet that
 * imitates Latin within a word that has Latin letters. New line and tab stay. A backslash before `u{` becomes
 * `\u{5C}`, so that no text can pretend to have been escaped. A word wholly in another alphabet stays as it is.
 */
export function visible(text: string): { text: string; hidden: HiddenCharacter[] } {
  if (!suspect.test(text)) return { text, hidden: [] };
  const imitated = lookAlikes(text);
  const hidden: HiddenCharacter[] = [];
  let shown = "";
  let index = 0;
  let line = 1;
  let lineStart = 0;
  for (const character of text) {
    const why = reason(character, imitated.has(index));
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
  return imitates || fullWidth.test(character) ? "look-alike" : undefined;
}

/** Indexes of letters that imitate Latin ones within a word that has Latin letters too. */
function lookAlikes(text: string): ReadonlySet<number> {
  const indexes = new Set<number>();
  for (const match of text.matchAll(word)) {
    if (!latin.test(match[0]) || !imitating.test(match[0])) continue;
    let index = match.index;
    for (const character of match[0]) {
      if (imitating.test(character)) indexes.add(index);
      index += character.length;
    }
  }
  return indexes;
}
