import type { MaskRule } from "../../shared/nouns/catalog.ts";
import { quoteText } from "./sql-text.ts";

/** What stands where a value is hidden. */
export const hiddenText = "•••";
const bullets = "••••";

/** Oids of PostgreSQL's own types (pg_type.dat); they never change. */
const kinds = new Map<
  number,
  "text" | "json" | "integer" | "number" | "date" | "timestamp" | "timestamptz" | "uuid" | "texts"
>([
  [25, "text"],
  [1043, "text"],
  [1042, "text"],
  [19, "text"],
  [114, "json"],
  [3802, "json"],
  [21, "integer"],
  [23, "integer"],
  [20, "integer"],
  [1700, "number"],
  [700, "number"],
  [701, "number"],
  [1082, "date"],
  [1114, "timestamp"],
  [1184, "timestamptz"],
  [2950, "uuid"],
  [1009, "texts"],
  [1015, "texts"],
]);
// A temporary table named "text" makes a type that shadows text: types are always written with their schema.
const typeNames = new Map<number, string>([
  [25, "text"],
  [1043, "varchar"],
  [1042, "bpchar"],
  [19, "name"],
  [114, "json"],
  [3802, "jsonb"],
  [21, "int2"],
  [23, "int4"],
  [20, "int8"],
  [1700, "numeric"],
  [700, "float4"],
  [701, "float8"],
  [1082, "date"],
  [1114, "timestamp"],
  [1184, "timestamptz"],
  [2950, "uuid"],
  [1009, "_text"],
  [1015, "_varchar"],
]);
const smallest = new Map<number, string>([
  [21, "-32768"],
  [23, "-2147483648"],
  [20, "-9223372036854775808"],
]);

/** Whether an equality on a column of this type means what it says in every search path: PostgreSQL's own types. */
export const hasPlainEquality = (typeOid: number): boolean => {
  const kind = kinds.get(typeOid);
  return kind !== undefined && kind !== "json";
};

export type MaskedColumn = { type: string; typeOid: number };

/**
 * The SQL expression that stands for a hidden column. It keeps the column's type, is immutable (or stable, for a
 * token), cannot fail for any value, names everything with its schema, and keeps NULL as NULL.
 * `visible`: false where a value that is not NULL turns into NULL too. `source` is the quoted reference to the real
 * column; `key` keys a token.
 */
export function maskExpression(
  column: MaskedColumn,
  rule: MaskRule,
  source: string,
  key: string,
): { sql: string; visible: boolean } {
  const kind = kinds.get(column.typeOid);
  const name = typeNames.get(column.typeOid);
  const nothing = { sql: `(CASE WHEN FALSE THEN ${source} END)`, visible: false };
  if (kind === undefined || name === undefined) return nothing;
  const width = kind === "text" ? widthOf(column) : undefined;
  const type = `pg_catalog.${name}${width === undefined || name === "name" ? "" : `(${width})`}`;
  const cast = name === "text" ? "" : `::${type}`;
  const unlessNull = (value: string) => ({
    sql: `(CASE WHEN ${source} IS NULL THEN NULL ${value} END)${cast}`,
    visible: true,
  });
  const always = (value: string) => unlessNull(`ELSE ${value}`);
  const redacted = () => {
    if (kind === "text") return always(quoteText(hiddenText.slice(0, width)));
    if (kind === "json") return always(`'{"${hiddenText}": "${hiddenText}"}'`);
    if (kind === "texts") return always(`'{${hiddenText}}'`);
    return nothing;
  };
  // bpchar must lose its padding and name its limit; text and varchar are taken as they are.
  const text = name === "text" || name === "varchar" ? source : `${source}::pg_catalog.text`;
  switch (rule.kind) {
    case "null":
      return nothing;
    case "redact":
      return redacted();
    case "last":
    case "first": {
      const count = rule.count;
      const enough = Math.max(2 * count, count + bullets.length);
      if (kind === "integer" && rule.kind === "last")
        return {
          sql: `(CASE WHEN pg_catalog.abs(${source}::pg_catalog.numeric) OPERATOR(pg_catalog.>=) 1e${enough - 1} THEN ${source} OPERATOR(pg_catalog.%) 1${"0".repeat(count)} END)::${type}`,
          visible: false,
        };
      if (kind !== "text" || (width !== undefined && width < enough)) return redacted();
      const kept =
        rule.kind === "last"
          ? `${quoteText(bullets)} OPERATOR(pg_catalog.||) pg_catalog.right(${text}, ${count})`
          : `pg_catalog.left(${text}, ${count}) OPERATOR(pg_catalog.||) ${quoteText(bullets)}`;
      return unlessNull(
        `WHEN pg_catalog.char_length(${text}) OPERATOR(pg_catalog.>=) ${enough} THEN ${kept} ELSE ${quoteText(hiddenText)}`,
      );
    }
    case "email-domain":
      if (kind !== "text" || (width !== undefined && width < 8)) return redacted();
      return unlessNull(
        `WHEN ${text} OPERATOR(pg_catalog.~~) '_%@_%._%' AND ${text} OPERATOR(pg_catalog.!~~) '%@%@%' AND ${text} OPERATOR(pg_catalog.!~~) '% %' THEN ${quoteText(`${hiddenText}@`)} OPERATOR(pg_catalog.||) pg_catalog.split_part(${text}, '@', 2) ELSE ${quoteText(hiddenText)}`,
      );
    case "date": {
      const cut = (value: string) => `pg_catalog.date_trunc('${rule.to}', ${value})`;
      if (kind === "date" || kind === "timestamp")
        return { sql: `(${cut(`${source}::pg_catalog.timestamp`)})::${type}`, visible: true };
      if (kind === "timestamptz")
        return {
          sql: `pg_catalog.timezone('UTC', ${cut(`pg_catalog.timezone('UTC', ${source})`)})`,
          visible: true,
        };
      return redacted();
    }
    case "bucket": {
      if (kind !== "integer" && kind !== "number") return redacted();
      const least = smallest.get(column.typeOid);
      const via = name === "float4" || name === "float8" ? "pg_catalog.float8" : "pg_catalog.numeric";
      const size = `${rule.size}::${via}`;
      const value = `pg_catalog.floor(${source}::${via} OPERATOR(pg_catalog./) ${size}) OPERATOR(pg_catalog.*) ${size}`;
      return {
        sql: `(${least === undefined ? value : `GREATEST(${value}, ${least})`})::${type}`,
        visible: true,
      };
    }
    case "token":
      return token(kind, name, text, key, width, always) ?? redacted();
  }
}

/** Characters that the type holds: `character varying(20)` -> 20; undefined where it has no bound. */
function widthOf(column: MaskedColumn): number | undefined {
  if (column.typeOid === 19) return 63;
  const written = /^character(?: varying)?\((\d+)\)$/.exec(column.type)?.[1];
  return written === undefined ? undefined : Number(written);
}

/** Fewest hex digits that keep tokens of different values apart. */
const shortestToken = 12;

function token(
  kind: string,
  name: string,
  text: string,
  key: string,
  width: number | undefined,
  always: (value: string) => { sql: string; visible: boolean },
): { sql: string; visible: boolean } | undefined {
  // The key has a fixed length and SHA-256 is taken twice, so no value can be built that continues another's hash.
  const digest = (input: string) => `pg_catalog.sha256(${input})`;
  const keyed = digest(
    `pg_catalog.convert_to(${quoteText(key)} OPERATOR(pg_catalog.||) pg_catalog.encode(${digest(`pg_catalog.convert_to(${quoteText(key)} OPERATOR(pg_catalog.||) ${text}, 'UTF8')`)}, 'hex'), 'UTF8')`,
  );
  const hex = (digits: number) => `pg_catalog.left(pg_catalog.encode(${keyed}, 'hex'), ${digits})`;
  if (kind === "text") {
    if (width !== undefined && width < shortestToken) return undefined;
    return always(hex(Math.min(width ?? 24, 24)));
  }
  if (kind === "uuid") return always(hex(32));
  if (name === "int8") return always(`('x' OPERATOR(pg_catalog.||) ${hex(15)})::pg_catalog.bit(60)`);
  return undefined;
}
