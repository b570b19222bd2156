/** Where a terminal prints next, as far as that can be told from what it was sent. */
export type Cursor = {
  /** By its number; one that was reached otherwise has a sign of its own. */
  row: number | symbol;
  column: number;
  /** Whether the column counts from the screen's edge, or from where nothing was known any more. */
  atEdge: boolean;
};

export const somewhere = (): Cursor => ({ row: Symbol(), column: 0, atEdge: false });
/** The first column of a row that is not known. */
export const newLine = (): Cursor => ({ row: Symbol(), column: 1, atEdge: true });

/** Columns between two parts that are still read as one: a blank's. */
const maxGap = 1;

/** Where it stands once a text without control sequences is printed; a line break goes to the edge. */
export function printed(cursor: Cursor, text: string): Cursor {
  const lineBreak = text.lastIndexOf("\n");
  const last = text.slice(lineBreak + 1);
  // What takes two columns, or goes to the next tab stop, is not followed.
  if (!oneColumnEach.test(last)) return somewhere();
  const from = lineBreak < 0 ? cursor : newLine();
  return { ...from, column: from.column + last.length };
}
const oneColumnEach = /^[ -~]*$/;

/** Where it stands behind a control that moves it, given as it was sent. */
export function moved(cursor: Cursor, control: string): Cursor {
  const edge = cursor.atEdge ? cursor : newLine();
  if (control === "\r") return { ...edge, column: 1 };
  // oxlint-disable-next-line no-control-regex -- the two forms of CSI
  const csi = /^(?:\u001b\[|\u009b)(\d*)(?:;(\d*))?([CDGHaf`])$/.exec(control);
  const [, first = "", second, final] = csi ?? [];
  const count = Math.max(1, Number(first));
  switch (final) {
    case "H":
    case "f":
      return { row: count, column: Math.max(1, Number(second ?? "")), atEdge: true };
    case "G":
    case "`":
      return { ...edge, column: count };
    case "C":
    case "a":
      return { ...cursor, column: cursor.column + count };
    case "D":
      return { ...cursor, column: cursor.column - count };
    default:
      return somewhere();
  }
}

/** What a reader sees between two places: nothing, or a blank; undefined where they are apart. */
export function gapBetween(before: Cursor, after: Cursor): string | undefined {
  const columns = after.column - before.column;
  return before.row === after.row && columns >= 0 && columns <= maxGap ? " ".repeat(columns) : undefined;
}
