import type { Parsed, Span } from "./meaning.ts";

/** A command's text by bytes and tokens: where references stand. */
export type SourceText = {
  /** The index of the token that starts at the byte; -1: none does. */
  tokenAt(byte: number): number;
  /** A token's text, "" past the end. */
  token(index: number): string;
  start(index: number): number;
  end(index: number): number;
  /** Bytes of the statement without the space and comments around it. */
  statement(location: number, length: number): Span;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function sourceText({ text, tokens }: Parsed): SourceText {
  const bytes = encoder.encode(text);
  // Byte offsets are character offsets in plain ASCII, which nearly every command is.
  const slice =
    bytes.length === text.length
      ? (start: number, end: number) => text.slice(start, end)
      : (start: number, end: number) => decoder.decode(bytes.subarray(start, end));
  const count = tokens.length / 2;
  const start = (index: number) => tokens[index * 2] ?? bytes.length;
  const end = (index: number) => tokens[index * 2 + 1] ?? bytes.length;
  /** The first token that starts at the byte or after it. */
  const from = (byte: number): number => {
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (start(middle) < byte) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    tokenAt(byte) {
      const index = from(byte);
      return index < count && start(index) === byte ? index : -1;
    },
    token: (index) => (index >= 0 && index < count ? slice(start(index), end(index)) : ""),
    start,
    end,
    statement(location, length) {
      const limit = length === 0 ? bytes.length : location + length;
      const first = from(location);
      let last = from(limit) - 1;
      while (last > first && slice(start(last), end(last)) === ";") last -= 1;
      return { start: Math.min(start(first), limit), end: last < first ? limit : Math.min(end(last), limit) };
    },
  };
}

/** True where the token is a name: an identifier or a keyword, quoted or not. */
const isName = (token: string): boolean =>
  /^(u&)?"/i.test(token) || (/^[\p{L}_\u0080-\uffff]/u.test(token) && !/^(e|b|x|n|u&)'/i.test(token));

/** The index after a name, which may carry `UESCAPE '!'`. */
function afterName(source: SourceText, index: number): number {
  const escaped = /^u&"/i.test(source.token(index)) && source.token(index + 1).toLowerCase() === "uescape";
  return index + (escaped ? 3 : 1);
}

/** The index after `name(.name)*`. */
export function afterQualified(source: SourceText, index: number): number {
  let next = afterName(source, index);
  while (source.token(next) === "." && isName(source.token(next + 1))) next = afterName(source, next + 1);
  return next;
}

/** The bytes of a relation's reference, without its alias, and the token behind it. */
export function referenceSpans(
  source: SourceText,
  location: number,
  only: boolean,
): { span: Span; next: number } | undefined {
  const first = source.tokenAt(location);
  if (first === -1) return undefined;
  let [begin, next] = [first, afterQualified(source, first)];
  if (only) {
    const parenthesised = source.token(begin - 1) === "(";
    begin -= parenthesised ? 2 : 1;
    if (source.token(begin).toLowerCase() !== "only") return undefined;
    if (parenthesised && source.token(next++) !== ")") return undefined;
  } else if (source.token(next) === "*") next += 1;
  return { span: { start: source.start(begin), end: source.end(next - 1) }, next };
}

/** The bytes of `[AS] alias [(columns)]` at a token. */
export function aliasSpan(source: SourceText, index: number, columns: boolean): Span | undefined {
  const name = source.token(index).toLowerCase() === "as" ? index + 1 : index;
  if (!isName(source.token(name))) return undefined;
  let next = afterName(source, name);
  if (columns) {
    if (source.token(next) !== "(") return undefined;
    while (source.token(next) !== ")" && source.token(next) !== "") next += 1;
    next += 1;
  }
  return { start: source.start(index), end: source.end(next - 1) };
}
