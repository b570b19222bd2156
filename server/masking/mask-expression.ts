import type { MaskRule } from "../../shared/nouns/catalog.ts";
import { maskedJson, wholeHidden } from "./mask-json.ts";
import { enoughToKeep, hexToken, hiddenText, keyedDigits, maskedText } from "./mask-text.ts";
import { maskedType, type MaskedColumn } from "./mask-types.ts";

/** The least values of PostgreSQL's integers: a bucket must not fall below them. */
const smallest: Readonly<Record<string, string>> = {
  int2: "-32768",
  int4: "-2147483648",
  int8: "-9223372036854775808",
};
/** Digits that every int8 can hold. */
const safeDigits = 18;

/**
 * The SQL expression that stands for a hidden column. It keeps the column's type (a domain becomes what it rests on, so
 * that no check of its own fails), is immutable, cannot fail for any value, names everything with its schema, and
 * keeps NULL as NULL. `visible`: false where a value that is not NULL turns into NULL too. `source` is the quoted
 * reference to the real column; `key` keys a token.
 */
export function maskExpression(
  column: MaskedColumn,
  rule: MaskRule,
  source: string,
  key: string,
): { sql: string; visible: boolean } {
  const nothing = { sql: `(CASE WHEN FALSE THEN ${source} END)`, visible: false };
  const type = maskedType(column);
  if (type === undefined || rule.kind === "null") return nothing;
  const { kind, name, cast, width } = type;
  const value = type.value(source);
  const unlessNull = (branches: string) => ({
    sql: `(CASE WHEN ${source} IS NULL THEN NULL ${branches} END)${cast === "pg_catalog.text" ? "" : `::${cast}`}`,
    visible: true,
  });
  const orNull = (condition: string, then: string) => ({
    sql: `(CASE WHEN ${condition} THEN ${then} END)::${cast}`,
    visible: false,
  });
  const redacted = () => {
    if (kind === "json" || kind === "jsonb") return unlessNull(`ELSE ${wholeHidden}`);
    return kind === "texts" ? unlessNull(`ELSE ARRAY['${hiddenText}']`) : nothing;
  };
  // bpchar must lose its padding and name its limit; text and varchar are taken as they are.
  const text =
    kind === "text" && (name === "text" || name === "varchar") ? value : `${value}::pg_catalog.text`;
  if (kind === "text") return unlessNull(maskedText(rule, text, key, width));
  if (kind === "jsonb" && rule.kind === "json")
    return { sql: maskedJson(rule.paths, value, key), visible: true };
  switch (rule.kind) {
    case "last":
      if (kind !== "integer") return redacted();
      return orNull(
        `pg_catalog.abs(${value}::pg_catalog.numeric) OPERATOR(pg_catalog.>=) 1e${enoughToKeep(rule.count) - 1}`,
        `${value} OPERATOR(pg_catalog.%) 1${"0".repeat(rule.count)}`,
      );
    case "date": {
      const cut = (moment: string) => `pg_catalog.date_trunc('${rule.to}', ${moment})`;
      if (kind === "date" || kind === "timestamp")
        return { sql: `(${cut(`${value}::pg_catalog.timestamp`)})::${cast}`, visible: true };
      if (kind === "timestamptz")
        return {
          sql: `pg_catalog.timezone('UTC', ${cut(`pg_catalog.timezone('UTC', ${value})`)})`,
          visible: true,
        };
      return redacted();
    }
    case "bucket": {
      if (kind !== "integer" && kind !== "number") return redacted();
      const least = smallest[name];
      const via = name === "float4" || name === "float8" ? "pg_catalog.float8" : "pg_catalog.numeric";
      const size = `${rule.size}::${via}`;
      const floor = `pg_catalog.floor(${value}::${via} OPERATOR(pg_catalog./) ${size}) OPERATOR(pg_catalog.*) ${size}`;
      return {
        sql: `(${least === undefined ? floor : `GREATEST(${floor}, ${least})`})::${cast}`,
        visible: true,
      };
    }
    case "token":
      if (kind === "uuid") return unlessNull(`ELSE ${hexToken(text, key, 32)}`);
      if (name === "int8")
        return unlessNull(
          `ELSE ('x' OPERATOR(pg_catalog.||) ${hexToken(text, key, 15)})::pg_catalog.bit(60)`,
        );
      return redacted();
    case "digits":
      if (name !== "int8") return redacted();
      // A leading zero would go missing and the number's length with it.
      return orNull(
        `${value} OPERATOR(pg_catalog.>) 0 AND ${value} OPERATOR(pg_catalog.<) 1${"0".repeat(safeDigits)}`,
        `pg_catalog.regexp_replace(${keyedDigits(text, key, rule.keep ?? 0)}, '^0', '1')`,
      );
    default:
      return redacted();
  }
}
