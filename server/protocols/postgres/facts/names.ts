import type { Catalog, CatalogFunction, Relation } from "../../../../shared/nouns/catalog.ts";
import { type SystemRelation, systemRelation } from "./system-relations.ts";

/** A relation that a name means. */
export type Resolved =
  | { kind: "user"; relation: Relation; qualified: string }
  | { kind: "system"; system: SystemRelation; qualified: string }
  /** `own`: of the session alone, or made by the command itself, out of what its statements may read. */
  | { kind: "unknown"; qualified: string; own: boolean };

/** Names resolved as the target would: pg_catalog first, then the pinned search path. */
export type Names = {
  catalog: Catalog;
  relation(schema: string | undefined, name: string): Resolved;
  byOid(oid: number): Relation | undefined;
  /** The relation that an index of this name is on; an index stands in its relation's schema. */
  ofIndex(schema: string | undefined, name: string): Resolved | undefined;
  /** Every user function that the name may mean, whichever arguments it takes. */
  functions(schema: string | undefined, name: string): CatalogFunction[];
  functionByOid(oid: number): CatalogFunction | undefined;
  /** The relation itself, what it inherits from, and what a view reads, transitively. */
  behind(relation: Relation): Map<Relation, "all" | Set<string>>;
  /** The relation itself with all that a write to it reaches: its partitions and children, and what a view shows. */
  writtenWith(relation: Relation): ReadonlySet<Relation>;
  /** Rows that reading it yields at most, by the planner's statistics; 0: unknown. */
  rows(relation: Relation): number;
  /** Whether a relation, column or field of a type is so named anywhere. */
  isUsed(name: string): boolean;
  operators: ReadonlySet<string>;
  /** `schema.name` and, for those on the search path, the bare name. */
  castTypes: ReadonlySet<string>;
};

export const qualifiedName = ({ schema, name }: { schema: string; name: string }): string =>
  `${schema}.${name}`;

const indexed = new WeakMap<Catalog, Names>();

/** The catalog's index, made once per catalog. */
export function namesOf(catalog: Catalog): Names {
  const existing = indexed.get(catalog);
  if (existing !== undefined) return existing;
  const made = index(catalog);
  indexed.set(catalog, made);
  return made;
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

function index(catalog: Catalog): Names {
  const relations = new Map(catalog.relations.map((each) => [qualifiedName(each), each]));
  const oids = new Map(catalog.relations.map((each) => [each.oid, each]));
  const functionOids = new Map(catalog.functions.map((each) => [each.oid, each]));
  const functions = groupBy(catalog.functions, qualifiedName);
  const children = groupBy(
    catalog.relations.flatMap((child) => child.parents.map((parent) => ({ parent, child }))),
    ({ parent }) => String(parent),
  );
  const path = ["pg_catalog", ...catalog.searchPath.filter((schema) => schema !== "pg_catalog")];

  const exact = (schema: string, name: string): Resolved | undefined => {
    const qualified = `${schema}.${name}`;
    const relation = relations.get(qualified);
    if (relation !== undefined) return { kind: "user", relation, qualified };
    const system = systemRelation(schema, name);
    return system === undefined ? undefined : { kind: "system", system, qualified };
  };

  const rowsOf = (relation: Relation, seen: Set<Relation>): number => {
    if (seen.has(relation)) return 0;
    seen.add(relation);
    const own = Math.max(relation.estimatedRows, 0);
    if (relation.kind === "view") {
      const sources = relation.dependsOn.flatMap(({ relation: oid }) => oids.get(oid) ?? []);
      return Math.max(own, ...sources.map((source) => rowsOf(source, new Set(seen))), 0);
    }
    const parts = (children.get(String(relation.oid)) ?? []).map(({ child }) => rowsOf(child, seen));
    return Math.max(
      own,
      own * Number(relation.kind !== "partitioned") + parts.reduce((sum, each) => sum + each, 0),
    );
  };

  const used = new Set(
    catalog.relations.flatMap(({ name, columns }) => [name, ...columns.map((column) => column.name)]),
  );

  const rowsKnown = new Map<Relation, number>();
  const behindOf = new Map<Relation, Map<Relation, "all" | Set<string>>>();
  const behind = (relation: Relation): Map<Relation, "all" | Set<string>> => {
    const known = behindOf.get(relation) ?? findBehind(relation);
    behindOf.set(relation, known);
    return known;
  };
  const findBehind = (relation: Relation): Map<Relation, "all" | Set<string>> => {
    const found = new Map<Relation, "all" | Set<string>>();
    const queue = [relation];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const parent of next.parents) {
        const above = oids.get(parent);
        if (above === undefined || found.has(above)) continue;
        found.set(above, new Set());
        queue.push(above);
      }
      for (const { relation: oid, column } of next.dependsOn) {
        const source = oids.get(oid);
        if (source === undefined) continue;
        const known = found.get(source);
        const name = source.columns.find((each) => each.number === column)?.name;
        if (column === 0 || name === undefined) found.set(source, "all");
        else if (known === undefined) found.set(source, new Set([name]));
        else if (known !== "all") known.add(name);
        if (known === undefined) queue.push(source);
      }
    }
    found.delete(relation);
    return found;
  };

  // Before version 15 the triggers that a partition has from above are listed above alone.
  const above = ({ parents }: Relation): Relation[] =>
    parents.flatMap((oid) => oids.get(oid) ?? []).filter(({ kind }) => kind === "partitioned");
  const below = ({ oid, kind, dependsOn }: Relation): Relation[] => [
    ...(children.get(String(oid)) ?? []).map(({ child }) => child),
    ...(kind === "view" ? dependsOn.flatMap((source) => oids.get(source.relation) ?? []) : []),
  ];
  const writtenOf = new Map<Relation, ReadonlySet<Relation>>();
  const findWritten = (relation: Relation): ReadonlySet<Relation> => {
    const found = new Set([relation]);
    for (const each of found) for (const other of below(each)) found.add(other);
    for (const each of found) for (const other of above(each)) found.add(other);
    return found;
  };

  return {
    catalog,
    writtenWith(relation) {
      const known = writtenOf.get(relation) ?? findWritten(relation);
      writtenOf.set(relation, known);
      return known;
    },
    relation(schema, name) {
      if (schema !== undefined)
        return (
          exact(schema, name) ?? {
            kind: "unknown",
            qualified: `${schema}.${name}`,
            own: schema === "pg_temp",
          }
        );
      for (const each of path) {
        const found = exact(each, name);
        if (found !== undefined) return found;
      }
      return { kind: "unknown", qualified: name, own: false };
    },
    byOid: (oid) => oids.get(oid),
    ofIndex(schema, name) {
      const schemas = schema === undefined ? path : [schema];
      const relation = schemas
        .map((each) =>
          catalog.relations.find(
            (one) => one.schema === each && one.indexes.some((index) => index.name === name),
          ),
        )
        .find((one) => one !== undefined);
      return relation && { kind: "user", relation, qualified: qualifiedName(relation) };
    },
    functions(schema, name) {
      const schemas = schema === undefined ? path : [schema];
      return schemas.flatMap((each) => functions.get(`${each}.${name}`) ?? []);
    },
    functionByOid: (oid) => functionOids.get(oid),
    behind,
    rows(relation) {
      const known = rowsKnown.get(relation) ?? rowsOf(relation, new Set());
      rowsKnown.set(relation, known);
      return known;
    },
    isUsed: (name) => used.has(name),
    operators: new Set(catalog.operators),
    castTypes: new Set(
      catalog.types
        .filter(({ hasCast }) => hasCast)
        .flatMap(({ schema, name }) =>
          path.includes(schema) ? [`${schema}.${name}`, name] : [`${schema}.${name}`],
        ),
    ),
  };
}
