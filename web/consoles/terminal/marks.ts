/** Where a line was entered: a place in the terminal's scrollback that moves with it. */
export type Mark = { command: string; marker: { readonly line: number; readonly isDisposed: boolean } };
export type ShownMark = { command: string; row: number };

/** A window onto the scrollback, in rows. */
type Viewport = { top: number; rows: number };

/** Marks whose rows can be seen, by row; the later of two on one row. */
export function shownMarks(marks: readonly Mark[], { top, rows }: Viewport): ShownMark[] {
  const byRow = new Map<number, string>();
  for (const { command, marker } of marks) {
    const row = marker.line - top;
    if (!marker.isDisposed && row >= 0 && row < rows) byRow.set(row, command);
  }
  return [...byRow].map(([row, command]) => ({ command, row })).toSorted((a, b) => a.row - b.row);
}

/** The row in which a line begins that ends in `row`: a long line wraps. */
export function firstRow(row: number, isWrapped: (row: number) => boolean): number {
  let first = row;
  while (first > 0 && isWrapped(first)) first--;
  return first;
}

/**
 * How far a terminal of `height` moves up so that a strip under `row` can be seen whole, and the line above it stays
 * in sight. In pixels.
 */
export function liftFor(
  row: number,
  { rowHeight, height, strip }: { rowHeight: number; height: number; strip: number },
): number {
  const needed = (row + 1) * rowHeight + strip - height;
  return Math.max(0, Math.min(needed, row * rowHeight));
}
