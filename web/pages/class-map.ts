import type { ClassMap, Column, Relation } from "../../shared/nouns/catalog.ts";

/** Clears what a pattern proposes for a column. */
export const noClass = "none";

export type Classified = {
  relation: string;
  kind: Relation["kind"];
  columns: { column: Column; /** Set by hand, in the map being edited. */ own: string | undefined }[];
};

/** Relations with the columns that fit a filter: words of a relation's or column's name, or a class. */
export function classified(
  relations: readonly Relation[],
  map: ClassMap,
  filter: string,
  only: boolean,
): Classified[] {
  const words = filter.toLowerCase().split(/\s+/u).filter(Boolean);
  return relations
    .filter(({ kind }) => kind !== "sequence" && kind !== "composite")
    .map((relation) => {
      const name = `${relation.schema}.${relation.name}`;
      const columns = relation.columns
        .map((column) => ({ column, own: map[name]?.[column.name] }))
        .filter(({ column, own }) => {
          const text = `${name}.${column.name} ${own ?? ""} ${column.class ?? ""}`.toLowerCase();
          const has = (own ?? column.class ?? noClass) !== noClass;
          return words.every((word) => text.includes(word)) && (!only || has);
        });
      return { relation: name, kind: relation.kind, columns };
    })
    .filter(({ columns }) => columns.length > 0)
    .toSorted((a, b) => (a.relation < b.relation ? -1 : 1));
}

/** The map with one column set by hand; `undefined` leaves it to patterns and inheritance again. */
export function withClass(map: ClassMap, relation: string, column: string, to: string | undefined): ClassMap {
  const { [column]: _, ...others } = map[relation] ?? {};
  const columns = to === undefined ? others : { ...others, [column]: to };
  const { [relation]: __, ...rest } = map;
  return Object.keys(columns).length === 0 ? rest : { ...rest, [relation]: columns };
}

/** How many columns two maps set differently. */
export function changes(before: ClassMap, after: ClassMap): number {
  const names = new Set(
    [before, after].flatMap((map) =>
      Object.entries(map).flatMap(([relation, columns]) =>
        Object.keys(columns).map((column) => `${relation}\n${column}`),
      ),
    ),
  );
  return [...names].filter((name) => {
    const [relation = "", column = ""] = name.split("\n");
    return before[relation]?.[column] !== after[relation]?.[column];
  }).length;
}

/** The first columns of a list, at most `most` in all; relations that have none of them are left out. */
export function firstColumns(found: readonly Classified[], most: number): Classified[] {
  const first: Classified[] = [];
  let left = most;
  for (const relation of found) {
    if (left <= 0) break;
    const columns = relation.columns.slice(0, left);
    left -= columns.length;
    first.push({ ...relation, columns });
  }
  return first;
}
