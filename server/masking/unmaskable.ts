import { Refusal } from "../../shared/contract/errors.ts";
import type { Relation } from "../../shared/nouns/catalog.ts";
import type { RelationSite, StatementMeaning } from "../protocols/postgres/facts/meaning.ts";
import { endangered, isQuery, objectionTo } from "./definitions.ts";
import { hiddenColumns, nameOf } from "./hidden.ts";
import { isKeyed } from "./mask-text.ts";
import type { RewriteInput } from "./rewrite.ts";
import { isIn, type TokenReader } from "./sql-text.ts";
import { lookupsOf } from "./sub-select.ts";
import type { Survey } from "./survey.ts";
import type { Node } from "./tree.ts";
import { refuseUpserts } from "./upserts.ts";

const refuse = (detail: string, hint?: string): never => {
  throw new Refusal("masking_refused", detail, hint === undefined ? {} : { hint });
};

/** Functions and views that show the text which runs, and with it the keys of tokens, beside those that facts know. */
const showsItsText = new Set([
  "current_query",
  "pg_stat_get_activity",
  "pg_stat_get_backend_activity",
  "pg_prepared_statement",
  "pg_cursor",
  "pg_stat_statements",
  "pg_backend_memory_contexts",
  "pg_get_backend_memory_contexts",
]);

const dml = new Set(["sql.insert", "sql.update", "sql.delete", "sql.merge"]);

/** Throws `masking_refused` for what a sub-select cannot make safe in one statement. */
export function refuseWhatCannotBeMasked(
  statement: StatementMeaning,
  found: Survey,
  protectedRelations: ReadonlyMap<number, Relation>,
  input: RewriteInput,
  reader: TokenReader,
): void {
  const read = statement.readsByFunction.find(({ classes }) =>
    classes.some((name) => input.hidden.has(name)),
  );
  if (read !== undefined) {
    const classes = read.classes.filter((name) => input.hidden.has(name)).join(", ");
    if (read.by !== undefined)
      refuse(
        `Hidden values could come out unmasked: a write to ${read.by} runs function ${read.function}, which reads ${classes}.`,
        `Somebody who may see ${classes} can write to ${read.by}.`,
      );
    refuse(
      `Hidden values could come out unmasked: function ${read.function} reads ${classes}.`,
      `Select from the tables that ${read.function} reads, whose columns are masked, or ask for the right to see ${classes}.`,
    );
  }
  const [stands] = statement.unmaskable;
  if (stands !== undefined)
    refuse(`Hidden values could come out unmasked: ${stands.reason}.`, stands.instead);
  if (!isQuery(found.kind)) return refuseDefinition(found.kind, found.body, protectedRelations, input);
  refuseOwnText(found, input);
  refuseUnknownReferences(statement, found, protectedRelations);
  if (found.sampledByQuery)
    refuse(
      `TABLESAMPLE with a query in its arguments cannot be masked, as on ${found.tables[0]?.name}.`,
      "Write TABLESAMPLE's percentage as a number.",
    );
  const stores = storing(statement, found);
  for (const site of statement.sites) {
    const relation = protectedRelations.get(site.relation);
    if (relation === undefined) continue;
    const isLookedUp = onlyLookedUp(found, site, relation, input, reader);
    const reached = reachedHidden(site.columns, relation, input).filter(
      (column) => site.role === "from" && !isLookedUp(column),
    );
    const [column] = reached;
    if (stores !== undefined && column !== undefined)
      refuse(
        `${nameOf(relation)}.${column} is hidden from you, and ${stores} would keep or act on its masked value.`,
        `Leave ${reached.join(", ")} of ${nameOf(relation)} out${site.columns === "all" ? ": name its columns instead of *" : ""}.`,
      );
    if (site.role === "other") refuseOther(statement, relation, input);
    if (site.role === "from") refuseShape(site, relation);
  }
  refuseTargetReads(statement, found, protectedRelations, input, reader);
  refuseUpserts({ [found.kind]: found.body }, statement, protectedRelations, input);
}

function refuseOwnText({ functions, tables }: Survey, { hidden }: RewriteInput): void {
  if (![...hidden.values()].some(({ mask }) => isKeyed(mask))) return;
  for (const name of [...functions, ...tables.map((table) => table.name)])
    if (showsItsText.has(name))
      refuse(
        `${name} shows the text that runs, which holds the keys of what stands for hidden values.`,
        `Leave ${name} out; the journal shows your commands as they ran.`,
      );
}

/** Every name of a protected relation must have become a site, or be a common table expression. */
function refuseUnknownReferences(
  statement: StatementMeaning,
  { tables, expressions }: Survey,
  protectedRelations: ReadonlyMap<number, Relation>,
): void {
  const protectedNames = new Map<string, Relation[]>();
  for (const relation of protectedRelations.values())
    protectedNames.set(relation.name, [...(protectedNames.get(relation.name) ?? []), relation]);
  const spans = statement.sites.map(({ span }) => span).sort((a, b) => a.start - b.start);
  for (const { schema, name, at } of tables) {
    const meant = protectedNames
      .get(name)
      ?.some((relation) => schema === undefined || schema === relation.schema);
    if (!meant || (schema === undefined && expressions.has(name)) || isIn(spans, at)) continue;
    refuse(
      `It cannot be told which relation ${name} is here.`,
      `Write ${name} with its schema, and give a WITH query of that name another.`,
    );
  }
}

/** In words, what would store or act on the values that the statement reads. */
function storing(statement: StatementMeaning, { into }: Survey): string | undefined {
  if (statement.actions.some((action) => dml.has(action))) return "a statement that writes";
  if (statement.actions.includes("sql.ddl")) return "a definition";
  return into ? "SELECT INTO" : undefined;
}

function reachedHidden(columns: "all" | string[], relation: Relation, { hidden }: RewriteInput): string[] {
  const reached = hiddenColumns(relation, hidden).map(({ name }) => name);
  return columns === "all" ? reached : reached.filter((name) => columns.includes(name));
}

/** Whether a hidden column stands in known-value look-ups alone: every mention of its name is one of them. */
function onlyLookedUp(
  { mentions, natural, keepsQuery }: Survey,
  site: RelationSite,
  relation: Relation,
  input: RewriteInput,
  reader: TokenReader,
): (column: string) => boolean {
  if (natural || keepsQuery || site.columns === "all" || site.columnAliases.length > 0) return () => false;
  const counts = new Map<string, number>();
  for (const { column } of lookupsOf(site, relation, input, reader))
    counts.set(column, (counts.get(column) ?? 0) + 1);
  return (name) => counts.has(name) && mentions.get(name) === counts.get(name);
}

/** A write's own target is not rewritten: what it reads back of the target must not be hidden. */
function refuseTargetReads(
  statement: StatementMeaning,
  found: Survey,
  protectedRelations: ReadonlyMap<number, Relation>,
  input: RewriteInput,
  reader: TokenReader,
): void {
  for (const { relation: oid, columns } of statement.targetReads) {
    const relation = protectedRelations.get(oid);
    if (relation === undefined) continue;
    const site = statement.sites.find(({ role, relation }) => role === "target" && relation === oid);
    const isLookedUp =
      site === undefined ? () => false : onlyLookedUp(found, { ...site, columns }, relation, input, reader);
    const [column] = reachedHidden(columns, relation, input).filter((name) => !isLookedUp(name));
    if (column === undefined) continue;
    refuse(
      `${nameOf(relation)}.${column} is hidden from you, and this write reads it back in SET, WHERE or RETURNING.`,
      columns === "all"
        ? `Name the columns of ${nameOf(relation)} that you need instead of *, without ${column}.`
        : `Choose the rows by a column that you may see${keyOf(relation)}, and leave ${column} out of SET and RETURNING.`,
    );
  }
}

function refuseOther(statement: StatementMeaning, relation: Relation, { hidden }: RewriteInput): void {
  const names = hiddenColumns(relation, hidden).map(({ name }) => name);
  if (statement.node === "CopyStmt" && !statement.writes)
    refuse(
      `COPY ${nameOf(relation)} TO would export ${names.join(", ")}, which you may not see.`,
      `Write COPY (SELECT ... FROM ${nameOf(relation)}) TO STDOUT.`,
    );
}

function refuseDefinition(
  kind: string,
  body: Node,
  protectedRelations: ReadonlyMap<number, Relation>,
  { hidden, catalog }: RewriteInput,
): void {
  const relations = [...protectedRelations.values()];
  const relation = endangered(kind, body, { relations, catalog, hidden });
  if (relation === undefined) return;
  const columns = hiddenColumns(relation, hidden).map(({ name }) => name);
  const { detail, hint } = objectionTo(kind, body, nameOf(relation), columns);
  refuse(detail, hint);
}

const keyOf = ({ primaryKey }: Relation): string =>
  primaryKey.length === 0 ? "" : `, such as ${primaryKey.join(", ")}`;

/** Whole rows hold every column in order, and a system column more would change them. */
function refuseShape(site: RelationSite, relation: Relation): void {
  if (site.systemColumns.length > 0 && site.columns === "all")
    refuse(
      `${site.systemColumns[0]} of ${nameOf(relation)} cannot be had beside its whole rows while columns are masked.`,
      `Name the columns of ${nameOf(relation)} instead of * or the whole row.`,
    );
}
