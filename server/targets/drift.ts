import type { Catalog, ClassMap } from "../../shared/nouns/catalog.ts";
import { undecidedClass, type Drift, type NewColumns } from "../../shared/nouns/discovery.ts";
import type { Appeared } from "../masking/classify.ts";
import type { RawCatalog } from "../protocols/postgres/catalog/raw-catalog.ts";
import { nameOf } from "./known-columns.ts";

/** New columns with what they are taken for until somebody decides, and decisions whose column is gone. */
export function driftOf({
  raw,
  appeared,
  catalog,
  map,
  newColumns,
}: {
  raw: RawCatalog;
  appeared: Appeared;
  catalog: Catalog;
  map: ClassMap;
  newColumns: NewColumns;
}): Drift {
  const columns = catalog.relations.flatMap((relation) =>
    relation.columns
      .filter(({ name }) => appeared.get(relation.oid)?.columns.has(name))
      .map((column) => {
        const held = column.class === undecidedClass || column.classes?.includes(undecidedClass) === true;
        return {
          relation: nameOf(relation),
          column: column.name,
          type: column.type,
          held,
          ...(held || column.class === undefined ? {} : { class: column.class }),
        };
      }),
  );
  const present = new Map(
    raw.relations.map((relation) => [nameOf(relation), new Set(relation.columns.map(({ name }) => name))]),
  );
  const gone = Object.entries(map).flatMap(([relation, decided]) =>
    Object.entries(decided)
      .filter(([column]) => present.get(relation)?.has(column) !== true)
      .map(([column, dataClass]) => ({ relation, column, class: dataClass })),
  );
  return { newColumns, columns, gone };
}
