import { createHmac } from "node:crypto";
import type { Column, Relation } from "../../shared/nouns/catalog.ts";
import type { Mask } from "../../shared/nouns/decision.ts";
import type { Equality, RelationSite, StatementMeaning } from "../protocols/postgres/facts/meaning.ts";
import { hiding, nameOf } from "./hidden.ts";
import { maxGiven } from "./looked-for.ts";
import { maskExpression } from "./mask-expression.ts";
import { isKeyed, withoutKey } from "./mask-text.ts";
import { elementType, hasPlainEquality } from "./mask-types.ts";
import type { RewriteInput } from "./rewrite.ts";
import { quoteName, type TokenReader } from "./sql-text.ts";

/** An equality that is applied to the real, hidden column. */
export type AppliedLookup = Equality & {
  class: string;
  /** The schema of citext, where it compares. */
  citext: string | undefined;
  /** Whether the mask of a value that was found is never NULL. */
  visible: boolean;
  /** The array in a parameter that the column is held to, with its type, as SQL. */
  given: string | undefined;
};

/**
 * Which equalities of a site may be applied: the class allows it, and the comparison is PostgreSQL's own or citext's. A
 * value that is cast to another type than citext would be compared as that type.
 */
export function lookupsOf(
  site: Pick<RelationSite, "equalities" | "role">,
  relation: Relation,
  input: RewriteInput,
  reader: TokenReader,
): AppliedLookup[] {
  if (!input.lookups) return [];
  const found: AppliedLookup[] = [];
  for (const equality of site.equalities) {
    const column = relation.columns.find(({ name }) => name === equality.column);
    const how = column && hiding(column, input.hidden);
    if (!column || !how?.class.lookup || column.derived || !hasPlainEquality(column)) continue;
    const { parameter } = equality;
    // How much it holds is bounded in the sub-select, which the target of a write has not.
    if (parameter !== undefined && site.role !== "from") continue;
    const citext = column.base?.citext;
    const spans = [...equality.values, ...(equality.array === undefined ? [] : [equality.array])];
    if (citext !== undefined && spans.some((span) => otherCast.test(reader.text(span)))) continue;
    const { visible } = maskExpression(column, how.rule, "x", "");
    // Literals in an array are text, which citext does not compare with.
    const array = citext === undefined || parameter !== undefined ? equality.array : undefined;
    const given =
      parameter === undefined || array === undefined ? undefined : givenArray(reader.text(array), column);
    found.push({ ...equality, array, class: how.class.name, citext, visible, given });
  }
  return found;
}
const otherCast = /::\s*(?!citext\b)/i;

const givenArray = (text: string, column: Column): string =>
  text.includes("::") ? text : `${text}::${elementType(column)}[]`;

/** An array of too many elements is none, and holds nothing: what the gate counts is all that is looked for. */
const bounded = (array: string): string =>
  `(CASE WHEN pg_catalog.cardinality(${array}) OPERATOR(pg_catalog.<=) ${maxGiven} THEN ${array} END)`;

const systemColumns = new Set(["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"]);

export type SubSelect = {
  sql: string;
  /** Its columns by name: all of the relation's in order, then the system columns that are used. */
  columns: string[];
  masks: Mask[];
  /** Keys of tokens that stand in it. */
  keys: string[];
};

/** The sub-select that stands for a site: all columns in order, under their names and types, hidden ones masked. */
export function subSelect(
  site: RelationSite,
  relation: Relation,
  statement: StatementMeaning,
  input: RewriteInput,
  around: { lookups: readonly AppliedLookup[]; sample: string; reader: TokenReader },
): SubSelect {
  // Under the same name inside, so that plans say which reference they speak of.
  const from = quoteName(site.alias ?? relation.name);
  const masks: Mask[] = [];
  const keys: string[] = [];
  const outputs = relation.columns.map((column) => {
    const real = `${from}.${quoteName(column.name)}`;
    const how = hiding(column, input.hidden);
    if (how === undefined) return real;
    // A plan shows constants and, with ANALYZE, how many rows met them: a key in it would tell values by and by.
    const rule = statement.actions.includes("sql.explain") ? withoutKey(how.rule) : how.rule;
    const named = (sql: string) => `${sql} AS ${quoteName(column.name)}`;
    // A column that the statement does not name stays in its place, without a mask to read past.
    if (site.columns !== "all" && !site.columns.includes(column.name))
      return named(maskExpression(column, { kind: "null" }, real, "").sql);
    masks.push({ relation: nameOf(relation), column: column.name, class: how.class.name, rule });
    if (!isKeyed(rule)) return named(maskExpression(column, rule, real, "").sql);
    const key = tokenKeyOf(input.tokenKey, how.class.name);
    keys.push(key);
    return named(maskExpression(column, rule, real, key).sql);
  });
  const system = site.systemColumns.filter((name) => systemColumns.has(name));
  const conditions = around.lookups.map(({ column, values, array, citext, given }) => {
    const schema = citext === undefined ? "pg_catalog" : quoteName(citext);
    const cast = citext === undefined ? "" : `::${schema}."citext"`;
    const compared = (to: string) => `${from}.${quoteName(column)} OPERATOR(${schema}.=) ${to}`;
    if (given !== undefined) return compared(`ANY (${bounded(given)})`);
    if (array !== undefined) return compared(`ANY (${around.reader.text(array)})`);
    const each = values.map((value) => compared(`(${around.reader.text(value)})${cast}`)).join(" OR ");
    return values.length > 1 ? `(${each})` : each;
  });
  const list = [...outputs, ...system.map((name) => `${from}.${name}`)].join(", ");
  const named = `${quoteName(relation.schema)}.${quoteName(relation.name)}`;
  const renamed = site.alias === undefined || site.alias === relation.name ? "" : ` AS ${from}`;
  const source = `${site.only ? "ONLY " : ""}${named}${renamed}${around.sample}`;
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  return {
    sql: `(SELECT ${list} FROM ${source}${where})`,
    columns: [...relation.columns.map(({ name }) => name), ...system],
    masks,
    keys,
  };
}

/** Each class has a key of its own, so that tokens of different classes say nothing of each other. */
const tokenKeyOf = (tokenKey: string, className: string): string =>
  createHmac("sha256", tokenKey).update(`sluice token\n${className}`).digest("hex");
