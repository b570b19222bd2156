import type { Catalog, Relation } from "../../shared/nouns/catalog.ts";
import { classesOf } from "./hidden.ts";
import { namesIn } from "./target-error.ts";

export type CatalogIndex = {
  relation(oid: number): Relation | undefined;
  /** Relations that hold a classified column. */
  classified: readonly Relation[];
  /** Every name that the catalog holds, which an error may say. */
  names(): ReadonlySet<string>;
};

const indexes = new WeakMap<Catalog, CatalogIndex>();

/** What every command looks up in a catalog, made once for each catalog that is held. */
export function indexOf(catalog: Catalog): CatalogIndex {
  const known = indexes.get(catalog);
  if (known !== undefined) return known;
  const byOid = new Map(catalog.relations.map((relation) => [relation.oid, relation]));
  let names: ReadonlySet<string> | undefined;
  const index: CatalogIndex = {
    relation: (oid) => byOid.get(oid),
    classified: catalog.relations.filter(({ columns }) =>
      columns.some((column) => classesOf(column).length > 0),
    ),
    names: () => (names ??= namesIn(catalog)),
  };
  indexes.set(catalog, index);
  return index;
}
