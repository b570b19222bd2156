/** One figure that was aimed at. */
export type Aim = { what: string; aim: string; figure: string; met: boolean };

/** Three digits that count, as one reads them. */
export function round(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(value < 1 ? 2 : 3)));
}

/** Columns of text under each other. */
export function table(rows: readonly string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Aims beside what was found; what was missed says so. */
export function printAims(aims: readonly Aim[]): string {
  return [
    table([
      ["", "aim", "figure", ""],
      ...aims.map(({ what, aim, figure, met }) => [what, aim, figure, met ? "met" : "MISSED"]),
    ]),
    "",
    `${aims.filter(({ met }) => met).length} of ${aims.length} aims met`,
  ].join("\n");
}
