import { z } from "zod";
import type { Catalog, ClassMap, Relation } from "../../shared/nouns/catalog.ts";
import type { Appeared } from "../masking/classify.ts";
import type { RawCatalog, RawRelation } from "../protocols/postgres/catalog/raw-catalog.ts";
import { noClass } from "./classes.ts";

/** By name: its number in the relation, and its type without modifiers (`character varying`, `numeric`). */
export const KnownColumns = z.record(z.string(), z.tuple([z.int(), z.string()]));
export type KnownColumns = z.infer<typeof KnownColumns>;

/** A relation as it was when people last decided, with the names that it had before. */
export const KnownRelation = z.object({
  oid: z.int(),
  formerly: z.array(z.string()),
  columns: KnownColumns,
});
export type KnownRelation = z.infer<typeof KnownRelation>;

type Known = ReadonlyMap<string, KnownRelation>;

/** `schema.relation`, as a map of classes names it. */
export const nameOf = ({ schema, name }: Pick<Relation, "schema" | "name">): string => `${schema}.${name}`;

/** Views show what others hold, and inherit its classes: only what holds rows of its own is remembered. */
const holdsRows = ({ kind }: RawRelation): boolean =>
  kind === "table" || kind === "partitioned" || kind === "foreign";

const columnsOf = (relation: RawRelation, named: (column: string) => boolean): KnownColumns =>
  Object.fromEntries(
    relation.columns
      .filter(({ name }) => named(name))
      .map(({ name, number, type }) => [name, [number, withoutModifiers(type)]]),
  );
const withoutModifiers = (type: string): string => type.replace(/\([\d,]+\)/, "");

/**
 * What is to be remembered of the relations that are there: all columns of one that was never seen; of one that was
 * renamed its former names and no column, for nobody decided about these under this name; of one that was made anew
 * its oid.
 */
export function seenIn(raw: RawCatalog, known: Known): Map<string, KnownRelation> {
  const namesByOid = new Map([...known].map(([name, { oid }]) => [oid, name]));
  const seen = new Map<string, KnownRelation>();
  for (const relation of raw.relations) {
    const [name, { oid }] = [nameOf(relation), relation];
    if (!holdsRows(relation) || known.get(name)?.oid === oid) continue;
    const before = namesByOid.get(oid);
    if (known.has(name)) seen.set(name, { oid, formerly: [], columns: {} });
    else if (before === undefined)
      seen.set(name, { oid, formerly: [], columns: columnsOf(relation, () => true) });
    else seen.set(name, { oid, formerly: [before, ...(known.get(before)?.formerly ?? [])], columns: {} });
  }
  return seen;
}

/**
 * Columns that came after their relation was first seen or decided about. A column that was dropped and came back
 * under its name is the known one unless its type is another; a type that was altered in place changes nothing.
 * What a parent has too is the parent's; what is computed from columns of its row inherits from them.
 */
export function appearedIn(raw: RawCatalog, known: Known): Appeared {
  const byOid = new Map(raw.relations.map((relation) => [relation.oid, relation]));
  const appeared = new Map<number, { columns: ReadonlySet<string>; formerly: readonly string[] }>();
  for (const relation of raw.relations) {
    const before = known.get(nameOf(relation));
    if (before === undefined || !holdsRows(relation)) continue;
    const { columns, formerly } = before;
    const ofParents = new Set(
      relation.parents.flatMap((oid) => byOid.get(oid)?.columns.map(({ name }) => name) ?? []),
    );
    const fresh = relation.columns.filter(({ name, number, type, derivedFrom }) => {
      if (ofParents.has(name) || derivedFrom.length > 0) return false;
      const [knownNumber, knownType] = (Object.hasOwn(columns, name) && columns[name]) || [];
      return number !== knownNumber && withoutModifiers(type) !== knownType;
    });
    if (fresh.length > 0)
      appeared.set(relation.oid, { columns: new Set(fresh.map(({ name }) => name)), formerly });
  }
  return appeared;
}

/**
 * The columns that a new map decides about: those that it names, and all that a relation has which gets its first
 * class by it. `before`: the catalog as it was classified until then.
 */
export function decidedBy(map: ClassMap, raw: RawCatalog, before: Catalog): Map<string, KnownRelation> {
  const classified = new Set(
    before.relations
      .filter(({ columns }) => columns.some((column) => column.class !== undefined))
      .map(({ oid }) => oid),
  );
  const decided = new Map<string, KnownRelation>();
  for (const relation of raw.relations) {
    const name = nameOf(relation);
    const named = Object.hasOwn(map, name) ? map[name] : undefined;
    if (named === undefined || !holdsRows(relation)) continue;
    const first = !classified.has(relation.oid) && Object.values(named).some((each) => each !== noClass);
    const columns = columnsOf(relation, (column) => first || Object.hasOwn(named, column));
    decided.set(name, { oid: relation.oid, formerly: [], columns });
  }
  return decided;
}
