import type { Catalog, Column, DataClass, MaskRule, Relation } from "../../shared/nouns/catalog.ts";

/** Classes that this actor may not see, by name. */
export type Hidden = ReadonlyMap<string, DataClass>;

/** Every class that a column draws from. */
export const classesOf = (column: Column): string[] =>
  column.classes ?? (column.class === undefined ? [] : [column.class]);

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
  for (const relation of catalog.relations)
    for (const name of relation.columns.flatMap(classesOf))
      if (!hidden.has(name))
        hidden.set(name, { name, description: "", mask: { kind: "redact" }, lookup: false });
  for (const name of unmask) hidden.delete(name);
  return hidden;
}

/** The class that hides a column and how; undefined where the actor may see it. */
export function hiding(column: Column, hidden: Hidden): { class: DataClass; rule: MaskRule } | undefined {
  for (const name of classesOf(column)) {
    const found = hidden.get(name);
    // A mask that keeps part of a value knows nothing of the value's place in an expression.
    if (found !== undefined)
      return { class: found, rule: column.derived === true ? { kind: "redact" } : found.mask };
  }
  return undefined;
}

export const hiddenColumns = (relation: Relation, hidden: Hidden): Column[] =>
  relation.columns.filter((column) => hiding(column, hidden) !== undefined);

export const nameOf = (relation: Relation): string => `${relation.schema}.${relation.name}`;
