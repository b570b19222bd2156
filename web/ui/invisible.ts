/**
 * Characters that a reader cannot see or that turn the text around: controls but tab and line ends, format characters
 * (zero width, bidirectional, tags), unusual spaces and separators, fillers and variation selectors.
 */
const hidden =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u00a0\u115f\u1160\u1680\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufffc]|\p{Cf}|\p{Co}|\p{Cs}|[\u{e0100}-\u{e01ef}]/gu;

const names: Record<number, string> = {
  0x00: "null",
  0x07: "bell",
  0x08: "backspace",
  0x0c: "form feed",
  0x1b: "escape",
  0x7f: "delete",
  0xa0: "no-break space",
  0xad: "soft hyphen",
  0x200b: "zero width space",
  0x200c: "zero width non-joiner",
  0x200d: "zero width joiner",
  0x200e: "left-to-right mark",
  0x200f: "right-to-left mark",
  0x2028: "line separator",
  0x2029: "paragraph separator",
  0x202a: "left-to-right embedding",
  0x202b: "right-to-left embedding",
  0x202c: "pop directional formatting",
  0x202d: "left-to-right override",
  0x202e: "right-to-left override",
  0x2060: "word joiner",
  0x2066: "left-to-right isolate",
  0x2067: "right-to-left isolate",
  0x2068: "first strong isolate",
  0x2069: "pop directional isolate",
  0x3000: "ideographic space",
  0x3164: "hangul filler",
  0xfeff: "zero width no-break space",
};

/** `U+202E right-to-left override`; the code point alone where it has no everyday name. */
export function characterName(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const code = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  const name = names[point];
  return name === undefined ? code : `${code} ${name}`;
}

export type VisiblePart = { text: string; hidden: boolean };

/** The text in parts, each either plain or one character that cannot be seen. */
export function visibleParts(text: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  let at = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > at) parts.push({ text: text.slice(at, match.index), hidden: false });
    parts.push({ text: match[0], hidden: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), hidden: false });
  return parts;
}

/** The hidden characters of a text with their lines, from 1. */
export function hiddenCharacters(text: string): { line: number; name: string }[] {
  return text
    .split("\n")
    .flatMap((content, index) =>
      [...content.matchAll(hidden)].map((match) => ({ line: index + 1, name: characterName(match[0]) })),
    );
}
