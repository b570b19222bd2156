import { visible } from "../../shared/visible.ts";

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

/** The text in parts, each either plain or one character that a reader cannot see or could mistake. */
export function visibleParts(text: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  let at = 0;
  for (const { index } of visible(text).hidden) {
    const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
    if (index > at) parts.push({ text: text.slice(at, index), hidden: false });
    parts.push({ text: character, hidden: true });
    at = index + character.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), hidden: false });
  return parts;
}

/** The lines, from 1, of the characters that a reader cannot see or could mistake; one entry a character. */
export function hiddenLines(text: string): number[] {
  return visible(text).hidden.map(({ line }) => line);
}
