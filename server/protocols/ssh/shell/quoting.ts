/** A text that a shell quoted cannot be read: an unknown escape, an open quote, bytes that are not UTF-8. */
export class QuotingError extends Error {}

const named: Record<string, number> = {
  a: 7,
  b: 8,
  e: 27,
  E: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  "'": 39,
  '"': 34,
  "?": 63,
  // Of zsh, which would expand it where it reads it back.
  "!": 33,
};
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads words as bash's `${x@Q}` and zsh's `${(qqqq)x}` write them in the C locale: `'...'`, `$'...'`, `\c` and plain
 * characters, separated by one space. The words' bytes are read as UTF-8. Throws QuotingError.
 */
export function unquoteWords(quoted: string): string[] {
  return wordBytes(quoted).map((bytes) => {
    try {
      return strict.decode(Uint8Array.from(bytes));
    } catch (cause) {
      throw new QuotingError("The shell's text is not UTF-8.", { cause });
    }
  });
}

/** The same, as bytes: what was typed ahead need not be text. */
export function unquoteBytes(quoted: string): Uint8Array {
  return Uint8Array.from(wordBytes(quoted).flat());
}

function wordBytes(quoted: string): number[][] {
  const words: number[][] = [];
  let at = 0;
  const next = (): string => {
    const character = quoted[at++];
    if (character === undefined) throw new QuotingError("The shell's text ends inside a quote.");
    return character;
  };
  let word: number[] | undefined;
  while (at < quoted.length) {
    const character = next();
    if (character === " ") {
      if (word === undefined) throw new QuotingError("The shell's text has an empty word.");
      words.push(word);
      word = undefined;
      continue;
    }
    word ??= [];
    if (character === "'") for (let one = next(); one !== "'"; one = next()) word.push(plain(one));
    else if (character === "\\") word.push(plain(next()));
    else if (character === "$" && quoted[at] === "'") {
      at += 1;
      for (let one = next(); one !== "'"; one = next())
        word.push(one === "\\" ? escape(next, () => quoted[at]) : plain(one));
    } else word.push(plain(character));
  }
  if (word !== undefined) words.push(word);
  return words;
}

function plain(character: string): number {
  const code = character.charCodeAt(0);
  if (code < 32 || code > 126)
    throw new QuotingError("The shell's text holds a byte that it should have quoted.");
  return code;
}

/** One escape after its backslash: a name, `x` with two hexadecimal digits, or up to three octal ones. */
function escape(next: () => string, peek: () => string | undefined): number {
  const first = next();
  const byName = named[first];
  if (byName !== undefined) return byName;
  const isHexadecimal = first === "x";
  const digit = isHexadecimal ? /[0-9a-fA-F]/ : /[0-7]/;
  let digits = isHexadecimal ? "" : first;
  if (!isHexadecimal && !digit.test(first))
    throw new QuotingError(`The shell's text has the escape \\${first}.`);
  while (digits.length < (isHexadecimal ? 2 : 3)) {
    const more = peek();
    if (more === undefined || !digit.test(more)) break;
    digits += next();
  }
  const code = Number.parseInt(digits, isHexadecimal ? 16 : 8);
  if (!(code <= 255)) throw new QuotingError("The shell's text has an escape out of range.");
  return code;
}

/** A text as `printf %b` reads it back, in printable ASCII without `;` and space: what can pass a terminal's input unharmed. */
export function escapeForPrintf(bytes: Uint8Array): string {
  let escaped = "";
  for (const byte of bytes)
    escaped +=
      byte <= 32 || byte > 126 || byte === 0x5c || byte === 0x3b
        ? `\\0${byte.toString(8).padStart(3, "0")}`
        : String.fromCharCode(byte);
  return escaped;
}
