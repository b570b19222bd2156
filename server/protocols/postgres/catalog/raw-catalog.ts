import { z } from "zod";
import { Catalog, CatalogFunction, Column, Relation } from "../../../../shared/nouns/catalog.ts";

export const RawColumn = Column.omit({ class: true, classSource: true }).extend({
  /** For a generated column: the numbers of the columns that its expression reads. */
  derivedFrom: z.array(z.int()),
});
export type RawColumn = z.infer<typeof RawColumn>;

/**
 * A relation as the server's catalog describes it. `dependsOn` may say too little about columns: the server keeps no
 * dependency for a whole-row reference beside a column's, so what a view shows is read from its `definition`.
 */
export const RawRelation = Relation.extend({ columns: z.array(RawColumn) });
export type RawRelation = z.infer<typeof RawRelation>;

export const RawFunction = CatalogFunction.omit({
  reach: true,
  touches: true,
  writes: true,
  classes: true,
}).extend({
  /** For sql and plpgsql: the whole CREATE statement, as the parser reads it (also SQL-standard bodies). */
  definition: z.string().optional(),
  /** Oids of the functions that an aggregate runs, without those of PostgreSQL's own that reach nothing. */
  runs: z.array(z.int()),
  /** The `search_path` that it sets for itself, as SET takes it. */
  searchPath: z.string().optional(),
});
export type RawFunction = z.infer<typeof RawFunction>;

/** What the target's catalog holds, before classes of data and the reach of functions are known. */
export type RawCatalog = Omit<Catalog, "revision" | "relations" | "functions"> & {
  relations: RawRelation[];
  functions: RawFunction[];
};
