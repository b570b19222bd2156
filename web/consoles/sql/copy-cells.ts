import type { ChunkStore } from "./chunk-store.ts";
import { csvField } from "./csv.ts";

export type Cell = { row: number; column: number };
/** Both corners are in it. */
export type Rectangle = { from: Cell; to: Cell };

/** From one cell to another, in any order. */
export const rectangle = (one: Cell, other: Cell): Rectangle => ({
  from: { row: Math.min(one.row, other.row), column: Math.min(one.column, other.column) },
  to: { row: Math.max(one.row, other.row), column: Math.max(one.column, other.column) },
});

export const wholeOf = ({ rowCount, columns }: ChunkStore): Rectangle => ({
  from: { row: 0, column: 0 },
  to: { row: rowCount - 1, column: columns.length - 1 },
});

export const rowsIn = ({ from, to }: Rectangle): number => to.row - from.row + 1;
export const cellsIn = (all: Rectangle): number => rowsIn(all) * (all.to.column - all.from.column + 1);

/** `text`: tab separated, as spreadsheets take it; `csv` with the columns' names, formulas made inert, as exported. */
export const copyFormats = ["text", "csv", "json", "sql"] as const;
export type CopyFormat = (typeof copyFormats)[number];

/** Cells for the clipboard as they are shown: masked stays masked. */
export function cellsAs(format: CopyFormat, store: ChunkStore, { from, to }: Rectangle): string {
  const columns = store.columns.slice(from.column, to.column + 1);
  const names = columns.map(({ name }) => name);
  const rows: (string | null)[][] = [];
  for (let row = from.row; row <= to.row; row++)
    rows.push(columns.map((_, index) => store.cell(row, from.column + index) ?? null));
  switch (format) {
    case "text":
      return rows.map((row) => row.map(tabField).join("\t")).join("\n");
    case "csv":
      return `${[names, ...rows].map((row) => row.map(csvField).join(",")).join("\r\n")}\r\n`;
    case "json":
      return JSON.stringify(
        rows.map((row) => Object.fromEntries(row.map((value, index) => [keyOf(names, index), value]))),
        null,
        2,
      );
    case "sql": {
      const kinds = columns.map(({ type }) => type);
      return `VALUES\n${rows.map((row) => `  (${row.map((value, index) => literal(value, kinds[index])).join(", ")})`).join(",\n")}`;
    }
  }
}

const tabField = (value: string | null): string => (value ?? "").replace(/[\t\r\n]+/gu, " ");

/** Names of a result may come twice, keys of an object may not: `id`, `id 2`. */
function keyOf(names: readonly string[], index: number): string {
  const name = names[index] ?? "";
  const before = names.slice(0, index).filter((other) => other === name).length;
  return before === 0 ? name : `${name} ${before + 1}`;
}

const numericTypes = /^(?:smallint|integer|bigint|numeric|int[248]|real|double precision)\b/u;

/** As PostgreSQL reads it with standard_conforming_strings: numbers bare, all else in quotes. */
function literal(value: string | null, type = ""): string {
  if (value === null) return "NULL";
  if (numericTypes.test(type) && /^-?\d+(?:\.\d+)?$/u.test(value)) return value;
  return `'${value.replaceAll("'", "''")}'`;
}
