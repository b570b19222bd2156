import type { Column } from "../../shared/nouns/catalog.ts";
import { quoteName } from "./sql-text.ts";

type Kind =
  | "text"
  | "json"
  | "jsonb"
  | "integer"
  | "number"
  | "date"
  | "timestamp"
  | "timestamptz"
  | "uuid"
  | "texts";

/**
 * PostgreSQL's own types by oid (pg_type.dat; they never change), with the name that is written in SQL: always with
 * its schema, for a temporary table named "text" makes a type that shadows text.
 */
const types = new Map<number, readonly [Kind, name: string]>([
  [25, ["text", "text"]],
  [1043, ["text", "varchar"]],
  [1042, ["text", "bpchar"]],
  [19, ["text", "name"]],
  [114, ["json", "json"]],
  [3802, ["jsonb", "jsonb"]],
  [21, ["integer", "int2"]],
  [23, ["integer", "int4"]],
  [20, ["integer", "int8"]],
  [1700, ["number", "numeric"]],
  [700, ["number", "float4"]],
  [701, ["number", "float8"]],
  [1082, ["date", "date"]],
  [1114, ["timestamp", "timestamp"]],
  [1184, ["timestamptz", "timestamptz"]],
  [2950, ["uuid", "uuid"]],
  [1009, ["texts", "_text"]],
  [1015, ["texts", "_varchar"]],
]);

export type MaskedColumn = Pick<Column, "type" | "typeOid" | "base">;

/** What a mask is made for: the type itself, what a domain rests on, or text for citext. */
export type MaskedType = {
  kind: Kind;
  name: string;
  /** The type as it is written to cast to, with its bound. */
  cast: string;
  /** Characters that it holds; undefined where it has no bound. */
  width: number | undefined;
  /** The real column as a value of this type. */
  value(source: string): string;
};

/** Undefined for types that have no masks but NULL. */
export function maskedType(column: MaskedColumn): MaskedType | undefined {
  const { type, typeOid, base } = { base: undefined, ...column, ...column.base };
  const known = types.get(typeOid);
  if (known === undefined) return undefined;
  const [kind, name] = known;
  const width = kind === "text" ? widthOf(type, name) : undefined;
  const bound = width === undefined || name === "name" ? "" : `(${width})`;
  const own = `pg_catalog.${name}${bound}`;
  return {
    kind,
    name,
    cast: base?.citext === undefined ? own : `${quoteName(base.citext)}."citext"`,
    width,
    value: (source) => (base === undefined ? source : `${source}::pg_catalog.${name}`),
  };
}

function widthOf(type: string, name: string): number | undefined {
  if (name === "name") return 63;
  const written = /^character(?: varying)?\((\d+)\)$/.exec(type)?.[1];
  return written === undefined ? undefined : Number(written);
}

/** Whether its own equality means the same in every search path and runs no code of the target's users. */
export function hasPlainEquality(column: MaskedColumn): boolean {
  const kind = maskedType(column)?.kind;
  return kind !== undefined && kind !== "json" && kind !== "jsonb";
}

/** The type of an array's elements that a column compares with, as PostgreSQL would take it for a bare parameter. */
export function elementType(column: MaskedColumn): string | undefined {
  if (column.base?.citext !== undefined) return `${quoteName(column.base.citext)}."citext"`;
  const type = maskedType(column);
  return type && `pg_catalog.${type.name === "varchar" ? "text" : type.name}`;
}
