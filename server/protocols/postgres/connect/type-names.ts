import type { Connection } from "./connection.ts";

/** A schema with more types than this shows the rest by number. */
const MAX_TYPES = 50_000;

/** Names of the target's types by oid, as `format_type` prints them. */
export async function loadTypeNames(connection: Connection): Promise<Map<number, string>> {
  const rows = await connection.query(
    `SELECT oid, pg_catalog.format_type(oid, NULL) FROM pg_catalog.pg_type LIMIT ${MAX_TYPES}`,
  );
  return new Map(rows.map(([oid, name]) => [Number(oid), name ?? ""]));
}
