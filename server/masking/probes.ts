import type { Catalog, Column, Relation } from "../../shared/nouns/catalog.ts";
import type { StatementMeaning } from "../protocols/postgres/facts/meaning.ts";
import { hiddenColumns, hiding, indexOf, nameOf, type Hidden } from "./hidden.ts";
import { isKeyed } from "./mask-text.ts";
import type { MadeLookup } from "./looked-for.ts";
import { list, offset, open, part, walk, word, type Node } from "./tree.ts";

/** What a write is taken to try where its values come from a query: more than a person looks for in an hour. */
export const valuesOfQuery = 100;

/** What one comparison with a hidden value counts for: it halves what the value may be, where a guess meets one. */
export const valuesOfComparison = 10;

/** A column that is written, and the values that it gets: undefined where they are not to be counted. */
type Written = {
  column: string | undefined;
  place: number;
  values: readonly unknown[] | undefined;
  /** In a row that is there. */
  replaces?: true;
};
/** A hidden column of which a written value says something. */
type Telling = { relation: Relation; column: Column; class: string };

/**
 * Guesses that a write makes: a value that is written to a hidden, unique column fails or not by whether it is there,
 * and so does one with a foreign key to such a column; in a column with tokens it shows the token of the guess; a trigger
 * runs or not by whether it is new. What an update writes beside hidden columns of one constraint is compared with the
 * values that they have. All count as look-ups do, also where the class allows none.
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
    for (const { changed, values } of updatesBy(kind, body, written))
      for (const { relation, column, class: found } of comparedWith(target, changed, catalog, hidden))
        probes.push({ relation: nameOf(relation), column: column.name, class: found, values });
    for (const { column, place, values, replaces = false } of written) {
      const name = column ?? target.columns[place]?.name;
      const count = values?.filter((value) => !isNothing(value)).length ?? valuesOfQuery;
      if (name === undefined || count === 0) continue;
      for (const { relation, column, class: found } of tellingOf(target, name, replaces, catalog, hidden))
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
    const values = isKnown(value, isPrepared) ? [value] : undefined;
    return { column: nameIn(target), place, values, replaces: true };
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

/** The columns that each SET changes in rows which are there, and what one comparison with these counts for. */
function updatesBy(
  kind: string,
  body: Node,
  written: readonly Written[],
): { changed: string[]; values: number }[] {
  const updates =
    kind === "UpdateStmt"
      ? [written]
      : kind === "InsertStmt"
        ? [assigned(part(body, "onConflictClause"), false)]
        : list(body, "mergeWhenClauses")
            .map((clause) => open(clause)?.body ?? {})
            .filter((when) => word(when, "commandType") === "CMD_UPDATE")
            .map((when) => assigned(when, false));
  return updates.map((each) => ({
    changed: each.flatMap(({ column }) => column ?? []),
    values: each.every(({ values }) => values !== undefined) ? valuesOfComparison : valuesOfQuery,
  }));
}

/** Hidden columns that an update leaves as they are, in conditions that it makes anew by what it changes. */
function comparedWith(
  target: Relation,
  changed: readonly string[],
  catalog: Catalog,
  hidden: Hidden,
): Telling[] {
  if (changed.length === 0) return [];
  // Under what name a view's column is written below it is not followed.
  const judged = target.kind === "view" ? readBy(target, catalog) : inTree(target, catalog);
  return judged.flatMap((relation) =>
    (relation.conditions ?? [])
      .filter(({ columns }) => (target.kind === "view" ? columns.length > 1 : meets(columns, changed)))
      .flatMap(({ columns }) =>
        relation.columns
          .filter(({ name }) => columns.includes(name) && !changed.includes(name))
          .flatMap((column) => tellingIf(relation, column, hidden)),
      ),
  );
}

const meets = (some: readonly string[], others: readonly string[]): boolean =>
  some.some((each) => others.includes(each));

const readBy = (view: Relation, catalog: Catalog): Relation[] =>
  [...new Set(view.dependsOn.map(({ relation }) => relation))].flatMap(
    (oid) => indexOf(catalog).relation(oid) ?? [],
  );

const tellingIf = (relation: Relation, column: Column | undefined, hidden: Hidden): Telling[] => {
  const how = column && hiding(column, hidden);
  return column === undefined || how === undefined ? [] : [{ relation, column, class: how.class.name }];
};

function tellingOf(
  target: Relation,
  name: string,
  replaces: boolean,
  catalog: Catalog,
  hidden: Hidden,
): Telling[] {
  const found: Telling[] = [];
  const note = (relation: Relation, column: Column | undefined) =>
    found.push(...tellingIf(relation, column, hidden));
  const own = target.columns.find((column) => column.name === name);
  const how = own && hiding(own, hidden);
  // What a view writes to is not followed: any of its hidden columns may be unique below it.
  if (
    target.kind === "view" ||
    (how !== undefined && isKeyed(how.rule)) ||
    inTree(target, catalog).some((each) => isUnique(each, name) || (replaces && isAwaited(each, name)))
  )
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

const isUnique = ({ primaryKey, indexes, conditions = [] }: Relation, name: string): boolean =>
  primaryKey.includes(name) ||
  conditions.some(({ excludes, columns }) => excludes && columns.includes(name)) ||
  indexes.some(({ unique, columns }) => unique && columns.some((column) => isOver(column, name)));

/** Whether a trigger's WHEN may ask whether the column has changed. */
const isAwaited = ({ triggers }: Relation, name: string): boolean =>
  triggers.some(({ definition }) => {
    const condition = /\bWHEN \((.*)\) EXECUTE /s.exec(definition)?.[1];
    return condition !== undefined && (condition.includes(".*") || isMentioned(condition, name));
  });

const isMentioned = (text: string, name: string): boolean =>
  (text.match(/"(?:[^"]|"")+"|[\w$]+/g) ?? []).some(
    (word) => word === name || word === `"${name.replaceAll('"', '""')}"`,
  );

/** An index names columns as SQL does, and expressions in parentheses. */
export const isOver = (indexed: string, name: string): boolean =>
  /[( ]/.test(indexed)
    ? indexed.includes(name)
    : indexed === name || indexed === `"${name.replaceAll('"', '""')}"`;
