import type { ChunkStore } from "./chunk-store.ts";

/**
 * What a spreadsheet would take for a formula (OWASP, CSV injection), also where it trims what stands before it: white
 * space, invisible characters, quotes; and in full-width form. A tab or line end at the beginning may start a cell.
 */
const formula = /^(?:[\t\r\n]|["'\s\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/u;

/** One CSV field (RFC 4180). Null is empty; a formula gets a leading apostrophe, so that it stays text. */
export function csvField(value: string | null): string {
  if (value === null) return "";
  const inert = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/u.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** The rows of a result as they are shown: masked stays masked. CR LF line ends, names first. */
export function toCsv(store: ChunkStore): string {
  const lines = [store.columns.map(({ name }) => csvField(name)).join(",")];
  for (let row = 0; row < store.rowCount; row++)
    lines.push(store.columns.map((_, column) => csvField(store.cell(row, column) ?? null)).join(","));
  return `${lines.join("\r\n")}\r\n`;
}
