import { sqlTokens } from "../../ui/sql-tokens.ts";

/** A statement's place in a text: from its first token to before its semicolon, `end` exclusive. */
export type StatementSpan = { start: number; end: number };

/** The statements of a text, without leading comments, trailing space and semicolons. Empty ones are left out. */
export function statementSpans(text: string): StatementSpan[] {
  const spans: StatementSpan[] = [];
  let start: number | undefined;
  let end = 0;
  for (const token of sqlTokens(text)) {
    if (token.kind === "semicolon") {
      if (start !== undefined) spans.push({ start, end });
      start = undefined;
    } else if (token.kind !== "space" && token.kind !== "comment") {
      start ??= token.start;
      end = token.end;
    }
  }
  if (start !== undefined) spans.push({ start, end });
  return spans;
}

/** The statement that the cursor is in, right behind, or in the comment or space before; the last one after all. */
export function statementAt(text: string, offset: number): StatementSpan | undefined {
  const spans = statementSpans(text);
  // Right behind a semicolon one still means the statement that it ends.
  return spans.find(({ end }) => offset <= end + 1) ?? spans.at(-1);
}

/** Where PostgreSQL's `position`, in characters from 1, is in a string, which counts UTF-16 units from 0. */
export function offsetOf(text: string, position: number): number {
  let offset = 0;
  let before = position - 1;
  for (const character of text) {
    if (before-- <= 0) break;
    offset += character.length;
  }
  return offset;
}

/** Numbers of the parameters `$1`, `$2`... that a text uses, in order. */
export function parameterNumbers(text: string): number[] {
  const numbers = new Set<number>();
  for (const token of sqlTokens(text))
    if (token.kind === "parameter") numbers.add(Number(text.slice(token.start + 1, token.end)));
  return [...numbers].filter((number) => number > 0 && number <= 1000).toSorted((a, b) => a - b);
}
