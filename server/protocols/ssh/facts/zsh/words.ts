/** A group in a word: `(N)` in `*.txt(N)`, `(a|b)` in `*.(a|b)`. */
export type Group = { start: number; end: number };
export type ZshWord = { start: number; end: number; groups: Group[] };

/** Where a text is not followed any further: then it is left as it is, for the grammar of bash to refuse. */
export class NotFollowed extends Error {}

const breaksWord = /[\s;&|<>()]/;

/** One word of zsh's grammar, whose first character stands at `start`. Throws NotFollowed. */
export function readWord(text: string, start: number): ZshWord {
  const groups: Group[] = [];
  let braces = 0;
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    const isGroup = at > start && text.charAt(at + 1) !== ")" && text.charAt(at - 1) !== "=";
    if (character === "(" && isGroup) {
      const end = groupEnd(text, at);
      groups.push({ start: at, end });
      at = end;
      continue;
    }
    if (breaksWord.test(character) || (character === "}" && braces === 0)) break;
    if (character === "{") braces += 1;
    if (character === "}") braces -= 1;
    at = pieceEnd(text, at);
  }
  if (braces !== 0 || at === start) throw new NotFollowed();
  return { start, end: at, groups };
}

/** Where what begins at `at` ends: a character, an escape, a quote, an expansion. */
function pieceEnd(text: string, at: number): number {
  switch (text.charAt(at)) {
    case "\\":
      return at + 2;
    case "'":
      return behind(text, "'", at + 1);
    case '"':
      return quoteEnd(text, at + 1);
    case "`":
      return escapedEnd(text, "`", at + 1);
    case "$":
      break;
    default:
      return at + 1;
  }
  switch (text.charAt(at + 1)) {
    case "'":
      return escapedEnd(text, "'", at + 2);
    case "(":
      return bracketEnd(text, "(", ")", at + 2);
    case "{":
      return bracketEnd(text, "{", "}", at + 2);
    case "[":
      return bracketEnd(text, "[", "]", at + 2);
    default:
      return at + 1;
  }
}

/** Where the text that stands in brackets ends, behind the closing one. */
export function bracketEnd(text: string, open: string, close: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at = pieceEnd(text, at)) {
    const character = text.charAt(at);
    if (character === open) depth += 1;
    if (character === close) depth -= 1;
    if (depth === 0) return at + 1;
    // Here a quote may be one, or a comment's, or a pattern's.
    if (character === "#" && /\s/.test(text.charAt(at - 1))) throw new NotFollowed();
  }
  throw new NotFollowed();
}

function groupEnd(text: string, open: number): number {
  const end = bracketEnd(text, "(", ")", open + 1);
  if (text.slice(open, end).includes("\n")) throw new NotFollowed();
  return end;
}

function behind(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  if (at < 0) throw new NotFollowed();
  return at + mark.length;
}

function escapedEnd(text: string, mark: string, from: number): number {
  for (let at = from; at < text.length; at += text.charAt(at) === "\\" ? 2 : 1)
    if (text.charAt(at) === mark) return at + 1;
  throw new NotFollowed();
}

function quoteEnd(text: string, from: number): number {
  for (let at = from; at < text.length;) {
    const character = text.charAt(at);
    if (character === '"') return at + 1;
    at = character === "'" ? at + 1 : pieceEnd(text, at);
  }
  throw new NotFollowed();
}
