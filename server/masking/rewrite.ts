import { createHmac } from "node:crypto";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Catalog, Relation } from "../../shared/nouns/catalog.ts";
import type { Mask } from "../../shared/nouns/decision.ts";
import type { Lookup } from "../../shared/nouns/facts.ts";
import type {
  Meaning,
  Parsed,
  RelationSite,
  Span,
  StatementMeaning,
} from "../protocols/postgres/facts/meaning.ts";
import { indexOf } from "./catalog-index.ts";
import { keepGrouping } from "./grouping.ts";
import { hiddenColumns, hiding, nameOf, type Hidden } from "./hidden.ts";
import { hasPlainEquality, maskExpression } from "./mask-expression.ts";
import { outputOrigins, type OutputOrigin } from "./origins.ts";
import { sampleOf } from "./sample.ts";
import {
  fromBytes,
  splice,
  toBytes,
  tokenReader,
  quoteName,
  type Splice,
  type TokenReader,
} from "./sql-text.ts";
import { list, names, offset, walk, type Node } from "./tree.ts";
import { refuseWhatCannotBeMasked } from "./unmaskable.ts";

export type RewriteInput = {
  parsed: Parsed;
  meaning: Meaning;
  catalog: Catalog;
  hidden: Hidden;
  /** Whether known-value look-ups are granted for this command. */
  lookups: boolean;
  /** Secret of the session: equal values give equal tokens within it. */
  tokenKey: string;
};

/** What the rewritten text must be when it is parsed again. */
export type Edit = { splice: Splice } & (
  | {
      kind: "relation";
      relation: Relation;
      only: boolean;
      alias: string;
      columns: string[];
      conjuncts: number;
    }
  | { kind: "lookup"; alias: string; column: string }
  | { kind: "grouping"; anchor: number; alias: string; columns: string[] }
  | { kind: "reference"; fields: string[] }
  | { kind: "sample"; of: Splice }
);

export type Rewritten = {
  /** The exact text to run. */
  sql: string;
  /** The same text with token keys taken out: for the actor, recordings and logs. */
  display: string;
  statements: { span: Span }[];
  masks: Mask[];
  lookups: Lookup[];
  /** By statement: which result fields draw from which masked columns. */
  fields: OutputOrigin[][];
  original: Parsed;
  edits: Edit[];
  moved: (offset: number) => number;
  /** Where a position that the target names in its error (characters, from 1) is in the text that the user wrote. */
  positionInOriginal(position: number): number;
};

/**
 * Replaces, at its position in the text, each reference to a relation with hidden columns by a sub-select that carries
 * masks in their place, so that everything around it works on masked values. Pure.
 *
 * Throws `masking_refused`, naming the column or function, why, and what would work.
 */
export function rewrite(input: RewriteInput): Rewritten {
  const { parsed, meaning, catalog, hidden } = input;
  const edits: Edit[] = [];
  const masks = new Map<string, Mask>();
  const lookups: Lookup[] = [];
  const keys = new Set<string>();
  const fields: OutputOrigin[][] = [];
  const protectedRelations = new Map(
    indexOf(catalog)
      .classified.filter((relation) => hiddenColumns(relation, hidden).length > 0)
      .map((relation) => [relation.oid, relation]),
  );
  meaning.statements.forEach((statement, index) => {
    const tree = list(parsed.tree as Node, "stmts")[index];
    const before = masks.size;
    if (protectedRelations.size > 0) {
      refuseWhatCannotBeMasked(statement, tree, protectedRelations, input);
      const editor = editStatement(statement, tree, protectedRelations, input, keys);
      edits.push(...editor.edits);
      lookups.push(...editor.lookups);
      for (const mask of editor.masks) masks.set(`${mask.relation} ${mask.column}`, mask);
    }
    fields.push(
      masks.size === before && masks.size === 0 ? [] : outputOrigins(tree, statement, catalog, hidden),
    );
  });
  const { text, moved, origin } = splice(
    parsed.text,
    edits.map((edit) => edit.splice),
  );
  let display = text;
  for (const key of keys) display = display.replaceAll(key, "•••");
  return {
    sql: text,
    display,
    statements: meaning.statements.map(({ span }) => ({
      span: { start: moved(span.start), end: moved(span.end) },
    })),
    masks: [...masks.values()],
    lookups,
    fields,
    original: parsed,
    edits,
    moved,
    positionInOriginal(position) {
      const before = [...text].slice(0, position - 1).join("");
      const place = origin(Buffer.byteLength(before));
      return [...fromBytes(toBytes(parsed.text).slice(0, place))].length + 1;
    },
  };
}

function editStatement(
  statement: StatementMeaning,
  tree: unknown,
  protectedRelations: ReadonlyMap<number, Relation>,
  input: RewriteInput,
  keys: Set<string>,
): { edits: Edit[]; masks: Mask[]; lookups: Lookup[] } {
  const edits: Edit[] = [];
  const masks: Mask[] = [];
  const lookups: Lookup[] = [];
  const reader = tokenReader(input.parsed);
  for (const site of statement.sites) {
    const relation = protectedRelations.get(site.relation);
    if (relation === undefined) continue;
    const found = lookupsOf(site, relation, input);
    if (site.role === "target" || site.role === "from")
      for (const { column, class: name } of found)
        lookups.push({ relation: nameOf(relation), column, class: name });
    if (site.role !== "from" || !isRead(statement, site, relation, input.hidden)) continue;
    const alias = site.alias ?? relation.name;
    const sample = sampleOf(tree, site, reader);
    const body = subSelect({
      statement,
      site,
      relation,
      found,
      input,
      keys,
      reader,
      masks,
      sample: sample && reader.text(sample),
    });
    const table = tableKeyword(reader, site);
    const named = site.alias === undefined ? `${body} AS ${quoteName(relation.name)}` : body;
    const place =
      table === undefined
        ? { span: site.span, text: named }
        : { span: { start: table, end: site.span.end }, text: `SELECT * FROM ${named}` };
    if (sample !== undefined) edits.push({ kind: "sample", splice: { span: sample, text: "" }, of: place });
    edits.push({
      kind: "relation",
      splice: place,
      relation,
      only: site.only,
      alias,
      columns: carried(site, relation),
      conjuncts: found.length,
    });
    for (const { conjunct, column, visible } of found) {
      const name = outerName(site, relation, column);
      // Beside an outer join the row may be missing: the mask of a value that was found is never NULL.
      const text = visible ? `(${quoteName(alias)}.${quoteName(name)} IS NOT NULL)` : "(TRUE)";
      edits.push({ kind: "lookup", splice: { span: conjunct, text }, alias, column: visible ? name : "" });
    }
    edits.push(
      ...keepGrouping(tree, site, relation, alias, (column) => outerName(site, relation, column), reader),
    );
    if (site.alias === undefined)
      for (const edit of shortenReferences(tree, relation, reader, found))
        if (!edits.some(({ splice }) => splice.span.start === edit.splice.span.start)) edits.push(edit);
  }
  return { edits, masks, lookups };
}

/** DML and DDL that reach no hidden column through this site; only DML is rewritten, so nothing is stored as masked. */
function isRead(
  statement: StatementMeaning,
  site: RelationSite,
  relation: Relation,
  hidden: Hidden,
): boolean {
  if (!statement.actions.includes("sql.ddl")) return true;
  const reached = hiddenColumns(relation, hidden).some(
    ({ name }) => site.columns === "all" || site.columns.includes(name),
  );
  if (!reached) return false;
  throw new Refusal(
    "masking_refused",
    `${nameOf(relation)} holds values that you may not see, and this would keep them.`,
  );
}

const systemTypes = new Set(["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"]);

function carried(site: RelationSite, relation: Relation): string[] {
  return [
    ...relation.columns.map(({ name }) => name),
    ...site.systemColumns.filter((name) => systemTypes.has(name)),
  ];
}

type FoundLookup = RelationSite["equalities"][number] & { class: string; visible: boolean };

/** Equalities of this site that may be applied to the real, hidden column. */
function lookupsOf(site: RelationSite, relation: Relation, input: RewriteInput): FoundLookup[] {
  if (!input.lookups) return [];
  const found: FoundLookup[] = [];
  for (const equality of site.equalities) {
    const column = relation.columns.find(({ name }) => name === equality.column);
    const how = column && hiding(column, input.hidden);
    if (!column || !how?.class.lookup || column.derived || !hasPlainEquality(column.typeOid)) continue;
    const { visible } = maskExpression(column, how.rule, "x", "");
    found.push({ ...equality, class: how.class.name, visible });
  }
  return found;
}

function subSelect(of: {
  statement: StatementMeaning;
  site: RelationSite;
  relation: Relation;
  found: readonly FoundLookup[];
  input: RewriteInput;
  keys: Set<string>;
  reader: TokenReader;
  masks: Mask[];
  sample: string | undefined;
}): string {
  const { statement, site, relation, found, input, keys, reader, masks, sample } = of;
  const from = quoteName(relation.name);
  const columns = relation.columns.map((column) => {
    const real = `${from}.${quoteName(column.name)}`;
    const how = hiding(column, input.hidden);
    if (how === undefined) return real;
    // A column that the statement does not name stays in its place, without a mask to read past.
    if (site.columns !== "all" && !site.columns.includes(column.name))
      return `${maskExpression(column, { kind: "null" }, real, "").sql} AS ${quoteName(column.name)}`;
    masks.push({ relation: nameOf(relation), column: column.name, class: how.class.name, rule: how.rule });
    if (how.rule.kind !== "token")
      return `${maskExpression(column, how.rule, real, "").sql} AS ${quoteName(column.name)}`;
    // A plan shows constants, so it never holds the session's key.
    const secret = statement.actions.includes("sql.explain") ? "plan" : input.tokenKey;
    const key = tokenKeyFor(secret, how.class.name);
    keys.add(key);
    return `${maskExpression(column, how.rule, real, key).sql} AS ${quoteName(column.name)}`;
  });
  const system = site.systemColumns.filter((name) => systemTypes.has(name)).map((name) => `${from}.${name}`);
  const where = found.map(
    ({ column, value }) => `${from}.${quoteName(column)} OPERATOR(pg_catalog.=) (${reader.text(value)})`,
  );
  return (
    `(SELECT ${[...columns, ...system].join(", ")} FROM ${site.only ? "ONLY " : ""}${quoteName(relation.schema)}.${from}` +
    `${sample === undefined ? "" : ` ${sample}`}${where.length === 0 ? "" : ` WHERE ${where.join(" AND ")}`})`
  );
}

/** Each class has a key of its own, so that tokens of different classes say nothing of each other. */
const tokenKeyFor = (tokenKey: string, className: string): string =>
  createHmac("sha256", tokenKey).update(`sluice token\n${className}`).digest("hex");

function outerName(site: RelationSite, relation: Relation, column: string): string {
  return site.columnAliases[relation.columns.findIndex(({ name }) => name === column)] ?? column;
}

/** Where `TABLE customers` starts, for a site that is written so. */
function tableKeyword(reader: TokenReader, site: RelationSite): number | undefined {
  const before = reader.at(reader.indexFrom(site.span.start) - 1);
  return before.text.toLowerCase() === "table" ? before.start : undefined;
}

/** `public.customers.email` names a table, which a sub-select is not: the schema is taken out. */
function shortenReferences(
  tree: unknown,
  relation: Relation,
  reader: TokenReader,
  found: readonly FoundLookup[],
): Edit[] {
  const edits: Edit[] = [];
  walk(tree, (kind, body) => {
    if (kind !== "ColumnRef") return;
    const fields = names(list(body, "fields"));
    if (fields.length < 3 || fields[0] !== relation.schema || fields[1] !== relation.name) return;
    const start = offset(body);
    if (found.some(({ conjunct }) => conjunct.start <= start && start < conjunct.end)) return;
    const index = reader.indexFrom(start);
    if (reader.at(index).start !== start || reader.at(index + 1).text !== ".")
      throw new Refusal("masking_refused", `The reference ${fields.join(".")} cannot be rewritten.`, {
        hint: `Write ${fields.slice(1).join(".")}.`,
      });
    const end = reader.at(index + 2).start;
    edits.push({ kind: "reference", splice: { span: { start, end }, text: "" }, fields: fields.slice(1) });
  });
  return edits;
}
