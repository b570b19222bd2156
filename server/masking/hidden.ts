import type { Catalog, Column, DataClass, MaskRule, Relation } from "../../shared/nouns/catalog.ts";
import type { StatementMeaning } from "../protocols/postgres/facts/meaning.ts";

import { ruleAt } from "./json-paths.ts";

/** Classes that this actor may not see, by name. */
export type Hidden = ReadonlyMap<string, DataClass>;

/** Every class that a column draws from. */
export const classesOf = (column: Column): string[] =>
  column.classes ?? (column.class === undefined ? [] : [column.class]);

export type CatalogIndex = {
  relation(oid: number): Relation | undefined;
  /** Relations that hold a classified column, with the classes of all their columns. */
  classified: readonly { relation: Relation; classes: readonly string[] }[];
};

const indexes = new WeakMap<Catalog, CatalogIndex>();

/** What every command looks up in a catalog, made once for each catalog that is held. */
export function indexOf(catalog: Catalog): CatalogIndex {
  const known = indexes.get(catalog);
  if (known !== undefined) return known;
  const byOid = new Map(catalog.relations.map((relation) => [relation.oid, relation]));
  const index: CatalogIndex = {
    relation: (oid) => byOid.get(oid),
    classified: catalog.relations
      .map((relation) => ({ relation, classes: [...new Set(relation.columns.flatMap(classesOf))] }))
      .filter(({ classes }) => classes.length > 0),
  };
  indexes.set(catalog, index);
  return index;
}

/**
 * The classes to hide: all that the catalog or the definitions name but those in `unmask`. A class that nobody
 * defined is redacted.
 */
export function hiddenClasses(
  catalog: Catalog,
  defined: readonly DataClass[],
  unmask: readonly string[],
): Map<string, DataClass> {
  const hidden = new Map(defined.map((dataClass) => [dataClass.name, dataClass]));
  for (const { classes } of indexOf(catalog).classified)
    for (const name of classes)
      if (!hidden.has(name))
        hidden.set(name, { name, description: "", mask: { kind: "redact" }, lookup: false });
  for (const name of unmask) hidden.delete(name);
  return hidden;
}

/** The class that hides a column and how; undefined where the actor may see it. */
export function hiding(column: Column, hidden: Hidden): { class: DataClass; rule: MaskRule } | undefined {
  const [found, another] = classesOf(column).flatMap((name) => hidden.get(name) ?? []);
  if (found === undefined) return undefined;
  if (column.path !== undefined && another === undefined && found.mask.kind === "json") {
    const rule = ruleAt(found.mask.paths, column.path);
    return rule && { class: found, rule };
  }
  // A mask that keeps part of a value knows nothing of the value's place in an expression, nor of other classes.
  const isWhole = column.derived !== true && another === undefined;
  return { class: found, rule: isWhole ? found.mask : { kind: "redact" } };
}

export const hiddenColumns = (relation: Relation, hidden: Hidden): Column[] =>
  relation.columns.filter((column) => hiding(column, hidden) !== undefined);

/** Whether running statements can meet values of hidden columns: in a relation that they name, or below a view. */
export function reachesHidden(
  statements: readonly Pick<StatementMeaning, "sites">[],
  catalog: Catalog,
  hidden: Hidden,
): boolean {
  const index = indexOf(catalog);
  const seen = new Set<number>();
  const waiting = statements.flatMap(({ sites }) => sites.map(({ relation }) => relation));
  for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
    if (seen.has(oid)) continue;
    seen.add(oid);
    const relation = index.relation(oid);
    if (relation === undefined || hiddenColumns(relation, hidden).length > 0) return true;
    waiting.push(...relation.dependsOn.map((read) => read.relation));
  }
  return false;
}

export const nameOf = (relation: Relation): string => `${relation.schema}.${relation.name}`;
