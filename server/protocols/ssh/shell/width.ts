const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** East Asian wide and full-width blocks, and pictures: two columns in terminals. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const zero = /^[\p{Mark}\p{Format}\p{Control}]/u;

/** A text's graphemes, each with the columns that it takes in a terminal. */
export function cells(text: string): { grapheme: string; columns: number }[] {
  return [...segmenter.segment(text)].map(({ segment }) => ({
    grapheme: segment,
    columns: zero.test(segment) ? 0 : wide.test(segment) ? 2 : 1,
  }));
}

/** The columns that a text without escape sequences takes. */
export function widthOf(text: string): number {
  return cells(text).reduce((sum, { columns }) => sum + columns, 0);
}

/** Cuts a text to at most so many columns, with an ellipsis where something is left out. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let used = 1;
  let kept = "";
  for (const cell of cells(text)) {
    used += cell.columns;
    if (used > columns) break;
    kept += cell.grapheme;
  }
  return `${kept}…`;
}

/** Lines of at most so many columns, broken between words; a word that is longer is left to the terminal. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let used = 0;
  for (const word of text.split(" ")) {
    const width = widthOf(word);
    const last = lines.length - 1;
    if (last >= 0 && used + 1 + width <= columns) {
      lines[last] += ` ${word}`;
      used += 1 + width;
    } else {
      lines.push(word);
      used = width;
    }
  }
  return lines;
}

/** Makes a text harmless to print: no control, escape or direction characters. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Control}\p{Bidi_Control}\u2028\u2029]/gu, " ");
}
