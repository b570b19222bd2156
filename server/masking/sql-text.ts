import type { Parsed, Span } from "../protocols/postgres/facts/meaning.ts";

/** Always quoted, so that case, keywords and odd characters keep their meaning. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string =>
  text.includes("\\")
    ? ` E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`;

/** SQL whose every character is one byte of its UTF-8, so that the parser's byte offsets index it. */
export const toBytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
export const fromBytes = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

/** Replaces `span` by `text`. An empty span inserts. */
export type Splice = { span: Span; text: string };

/**
 * Applies splices that do not overlap. Answers the text, where a byte outside the splices has moved to (`moved`), and
 * where a byte of the new text was (`origin`; inside a splice: its start).
 */
export function splice(
  text: string,
  splices: readonly Splice[],
): { text: string; moved: (offset: number) => number; origin: (offset: number) => number } {
  const ordered = [...splices].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  const source = toBytes(text);
  const parts: string[] = [];
  /** `by`: what the splices so far, this one included, move the text behind them by. */
  const shifts: { start: number; end: number; newStart: number; newEnd: number; by: number }[] = [];
  let at = 0;
  let by = 0;
  for (const { span, text } of ordered) {
    if (span.start < at) throw new RangeError("splices overlap");
    const bytes = toBytes(text);
    parts.push(source.slice(at, span.start), bytes);
    const newStart = span.start + by;
    at = span.end;
    by += bytes.length - (span.end - span.start);
    shifts.push({ ...span, newStart, newEnd: newStart + bytes.length, by });
  }
  parts.push(source.slice(at));
  const moved = (offset: number): number =>
    offset + (shifts[lastIndex(shifts, ({ end }) => end <= offset)]?.by ?? 0);
  const origin = (offset: number): number => {
    const before = shifts[lastIndex(shifts, ({ newStart }) => newStart <= offset)];
    if (before === undefined) return offset;
    return offset < before.newEnd ? before.start : offset - before.by;
  };
  return { text: fromBytes(parts.join("")), moved, origin };
}

/** Index of the last item for which `holds`, where it holds for a first part of the list; -1 for none. */
export function lastIndex<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  for (let high = items.length; low < high;) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Whether one of the spans, ordered by their start and apart from each other, holds an offset. */
export function isIn(spans: readonly Span[], offset: number): boolean {
  const span = spans[lastIndex(spans, ({ start }) => start <= offset)];
  return span !== undefined && offset < span.end;
}

/** Where tokens stand: PostgreSQL's own scanner found them, comments left out. */
export function tokenReader(parsed: Parsed) {
  const { tokens } = parsed;
  const bytes = toBytes(parsed.text);
  const count = tokens.length / 2;
  const at = (index: number) => {
    const start = tokens[2 * index] ?? -1;
    const end = tokens[2 * index + 1] ?? -1;
    return { start, end, text: index < 0 || index >= count ? "" : bytes.slice(start, end) };
  };
  /** Index of the first token that starts at `offset` or after it. */
  const indexFrom = (offset: number): number => {
    let low = 0;
    for (let high = count; low < high;) {
      const middle = (low + high) >> 1;
      if ((tokens[2 * middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  /** The text of a span. */
  const text = ({ start, end }: Span): string => fromBytes(bytes.slice(start, end));
  return { at, indexFrom, text };
}
export type TokenReader = ReturnType<typeof tokenReader>;
