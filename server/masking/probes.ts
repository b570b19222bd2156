import type { Catalog, Column, Relation } from "../../shared/nouns/catalog.ts";
import type { StatementMeaning } from "../protocols/postgres/facts/meaning.ts";
import { hiddenColumns, hiding, indexOf, nameOf, type Hidden } from "./hidden.ts";
import type { MadeLookup } from "./looked-for.ts";
import { list, offset, open, part, walk, word, type Node } from "./tree.ts";

/** What a write is taken to try where its values come from a query: more than a person looks for in an hour. */
export const valuesOfQuery = 100;

/** A column that is written, and the values that it gets: undefined where they are not to be counted. */
type Written = { column: string | undefined; place: number; values: readonly unknown[] | undefined };
/** A hidden column whose uniqueness, or a foreign key to it, says whether a value is there. */
type Telling = { relation: Relation; column: Column; class: string };

/**
 * Guesses that a write makes: a value that is written to a hidden, unique column fails or not by whether it is there,
 * and so does one with a foreign key to such a column. They count as look-ups do, also where the class allows none.
 */
export function probesOf(
  tree: unknown,
  statement: StatementMeaning,
  catalog: Catalog,
  hidden: Hidden,
): MadeLookup[] {
  const probes: MadeLookup[] = [];
  walk(tree, (kind, body) => {
    const written = writtenBy(kind, body, statement.node === "PrepareStmt");
    if (written.length === 0) return;
    const at = offset(part(body, "relation"));
    const site = statement.sites.find(
      ({ role, span }) => role === "target" && span.start <= at && at < span.end,
    );
    const target = site && indexOf(catalog).relation(site.relation);
    if (target === undefined) return;
    for (const { column, place, values } of written) {
      const name = column ?? target.columns[place]?.name;
      const count = values?.filter((value) => !isNothing(value)).length ?? valuesOfQuery;
      if (name === undefined || count === 0) continue;
      for (const { relation, column, class: found } of tellingOf(target, name, catalog, hidden))
        probes.push({ relation: nameOf(relation), column: column.name, class: found, values: count });
    }
  });
  return probes;
}

function writtenBy(kind: string, body: Node, isPrepared: boolean): Written[] {
  switch (kind) {
    case "InsertStmt":
      return [...inserted(body, isPrepared), ...assigned(part(body, "onConflictClause"), isPrepared)];
    case "UpdateStmt":
      return assigned(body, isPrepared);
    case "MergeStmt":
      return list(body, "mergeWhenClauses").flatMap((clause) => {
        const when = open(clause)?.body ?? {};
        if (word(when, "commandType") !== "CMD_INSERT") return assigned(when, isPrepared);
        return rowsOf(list(when, "targetList"), [list(when, "values")], (value) =>
          isKnown(value, isPrepared),
        );
      });
    default:
      return [];
  }
}

function inserted(body: Node, isPrepared: boolean): Written[] {
  const columns = list(body, "cols");
  const rows = list(open(body["selectStmt"])?.body ?? {}, "valuesLists");
  if (rows.length > 0)
    return rowsOf(
      columns,
      rows.map((row) => list(open(row)?.body ?? {}, "items")),
      // Each row is written once, whatever its values are computed from.
      () => !isPrepared,
    );
  if (body["selectStmt"] === undefined) return [];
  if (columns.length > 0)
    return columns.map((target, place) => ({ column: nameIn(target), place, values: undefined }));
  return Array.from({ length: maxColumns }, (_, place) => ({ column: undefined, place, values: undefined }));
}
/** PostgreSQL's bound on the columns of a table. */
const maxColumns = 1_600;

function rowsOf(
  columns: readonly unknown[],
  rows: readonly (readonly unknown[])[],
  counts: (value: unknown) => boolean,
): Written[] {
  const width = Math.max(columns.length, ...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, place) => {
    const values = rows.map((row) => row[place]);
    return { column: nameIn(columns[place]), place, values: values.every(counts) ? values : undefined };
  });
}

/** SET: a literal or a parameter is one guess, an expression another one in each row. */
function assigned(body: Node, isPrepared: boolean): Written[] {
  return list(body, "targetList").map((target, place) => {
    const value = open(target)?.body["val"];
    return { column: nameIn(target), place, values: isKnown(value, isPrepared) ? [value] : undefined };
  });
}

const nameIn = (target: unknown): string | undefined => word(open(target)?.body ?? {}, "name");

function isKnown(value: unknown, isPrepared: boolean): boolean {
  const opened = open(value);
  if (opened?.kind === "TypeCast") return isKnown(opened.body["arg"], isPrepared);
  if (opened?.kind === "ParamRef") return !isPrepared;
  return opened?.kind === "A_Const" || opened?.kind === "SetToDefault";
}

/** NULL and DEFAULT guess nothing. */
function isNothing(value: unknown): boolean {
  const opened = open(value);
  if (opened?.kind === "TypeCast") return isNothing(opened.body["arg"]);
  return (
    opened === undefined ||
    opened.kind === "SetToDefault" ||
    (opened.kind === "A_Const" && opened.body["isnull"] === true)
  );
}

function tellingOf(target: Relation, name: string, catalog: Catalog, hidden: Hidden): Telling[] {
  const found: Telling[] = [];
  const note = (relation: Relation, column: Column | undefined) => {
    const how = column && hiding(column, hidden);
    if (column !== undefined && how !== undefined) found.push({ relation, column, class: how.class.name });
  };
  const own = target.columns.find((column) => column.name === name);
  // What a view writes to is not followed: any of its hidden columns may be unique below it.
  if (target.kind === "view" || inTree(target, catalog).some((each) => isUnique(each, name)))
    note(target, own);
  for (const { columns, references, referencedColumns } of target.foreignKeys) {
    const referenced = catalog.relations.find((relation) => nameOf(relation) === references);
    const column = referencedColumns[columns.indexOf(name)];
    if (referenced !== undefined && column !== undefined)
      note(
        referenced,
        hiddenColumns(referenced, hidden).find((each) => each.name === column),
      );
  }
  return found;
}

/** A relation with its partitions and inheritance children, which may be unique on their own. */
function inTree(relation: Relation, catalog: Catalog): Relation[] {
  const tree = [relation];
  for (const each of tree)
    tree.push(...catalog.relations.filter(({ parents }) => parents.includes(each.oid)));
  return tree;
}

const isUnique = ({ primaryKey, indexes }: Relation, name: string): boolean =>
  primaryKey.includes(name) ||
  indexes.some(({ unique, columns }) => unique && columns.some((column) => isOver(column, name)));

/** An index names columns as SQL does, and expressions in parentheses. */
const isOver = (indexed: string, name: string): boolean =>
  /[( ]/.test(indexed)
    ? indexed.includes(name)
    : indexed === name || indexed === `"${name.replaceAll('"', '""')}"`;
