import type { Column, Relation } from "../../shared/nouns/catalog.ts";

/** Rows that are looked at of each relation. */
export const sampledRows = 500;
/** Values of all columns together: of a wide relation fewer rows are read. */
const maxValues = 50_000;
const fewestRows = 50;
/** Characters of a value that are read: all of an address, the beginning of a text. */
const valueLength = 512;
const documentLength = 8_192;
/** Up to here the first rows are as good as any, and cost less. */
const smallRelation = 10_000;
/** Pages hold many rows, and estimates are old: some more are drawn than are read. */
const drawnFor = 4;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * The text that samples columns of a relation, out of the catalog's names alone. `drawn`: at random pages, so that old
 * and new rows are among them.
 */
export function sampleText(relation: Relation, columns: readonly Column[], drawn: boolean): string {
  const values = columns.map(({ name, type }) => {
    const length = type === "json" || type === "jsonb" ? documentLength : valueLength;
    return `pg_catalog.left(${quoted(name)}::pg_catalog.text, ${length})`;
  });
  const rows = Math.min(sampledRows, Math.max(fewestRows, Math.floor(maxValues / columns.length)));
  const percent = Math.min(100, (100 * drawnFor * rows) / Math.max(1, relation.estimatedRows));
  const sample = drawn ? ` tablesample system (${percent.toFixed(7)})` : "";
  return `select ${values.join(", ")} from ${quoted(relation.schema)}.${quoted(relation.name)}${sample} limit ${rows}`;
}

/** Whether a relation is large enough to draw from it at random. */
export const isLarge = ({ estimatedRows }: Relation): boolean => estimatedRows > smallRelation;
