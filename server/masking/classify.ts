import { createHash } from "node:crypto";
import { canonicalJson } from "../../shared/canonical.ts";
import type { Catalog, ClassMap, ClassPattern, Column } from "../../shared/nouns/catalog.ts";
import { undecidedClass } from "../../shared/nouns/discovery.ts";
import type { RawCatalog, RawRelation } from "../protocols/postgres/catalog/raw-catalog.ts";
import type { Bodies } from "./bodies.ts";
import { createNames, type Names } from "./catalog-names.ts";
import { reachOf, type Reach } from "./reach.ts";
import { joined, outputsOf, type Source, type Taint } from "./taint.ts";
import { list, names, walk, type Node } from "./tree.ts";

type Known = Taint & { source: "map" | "pattern" | "inherited" | "new" };
/** By a relation's oid: columns that came after its classes were decided, and the names under which that may have been. */
export type Appeared = ReadonlyMap<number, { columns: ReadonlySet<string>; formerly: readonly string[] }>;
/** By relation, then by column name. */
type Classes = Map<number, Map<string, Known>>;

/** Rounds of inheritance; a view over a view over ... deeper than this is refused by classifying all that it shows. */
const maxRounds = 64;

/**
 * The catalog with effective classes. By hand over patterns (`none` clears a pattern's proposal and what a view would
 * inherit); inheritance trees and partitions share their classes; foreign keys, generated columns, views and materialised views
 * inherit from what they read, and everything that is not understood gets every class. Functions are cleared only
 * where their body was read to the end. Columns that `appeared` beside classified ones, and that nothing speaks of, are
 * `undecided`. Pure.
 */
export function classify(
  raw: RawCatalog,
  map: ClassMap,
  patterns: readonly ClassPattern[],
  bodies: Bodies,
  appeared: Appeared = new Map(),
): Catalog {
  const names = createNames(raw);
  const ruling = rulingOf(map, patterns);
  const classes = assigned(raw, ruling);
  const inUse = new Set([
    ...patterns.map((p) => p.class),
    ...Object.values(map).flatMap((columns) => Object.values(columns)),
  ]);
  inUse.delete("none");
  let reach = new Map<number, Reach>();
  for (let round = 0, before = ""; ; round++) {
    if (holdBack(raw, map, ruling, appeared, classes)) inUse.add(undecidedClass);
    shareInTrees(raw, map, classes);
    inheritGenerated(raw, map, classes);
    inheritKeys(raw, map, classes);
    reach = reachOf(raw, bodies, names, (oid) => classes.get(oid) ?? new Map());
    for (const relation of raw.relations)
      if (relation.kind === "view" || relation.kind === "matview")
        inheritView(relation, map, classes, bodies, names, reach, inUse, round >= maxRounds);
    const now = fingerprint(classes, reach);
    if (now === before || round > maxRounds) break;
    before = now;
  }
  const content = {
    ...raw,
    relations: raw.relations.map((relation) => ({
      ...relation,
      ...conditionsOf(relation),
      columns: relation.columns.map(({ derivedFrom: _, ...column }) => ({
        ...column,
        ...shown(classes.get(relation.oid)?.get(column.name)),
      })),
    })),
    functions: raw.functions.map(({ definition: _, runs: __, searchPath: ___, ...fn }) => ({
      ...fn,
      ...(reach.get(fn.oid) ?? opaque),
    })),
  };
  const { readAt: _, ...stable } = content;
  return { ...content, revision: createHash("sha256").update(canonicalJson(stable)).digest("hex") };
}

/** Its constraints' conditions, and one for each generated column: computing it fails or not by all that it reads. */
function conditionsOf({ columns, conditions = [] }: RawRelation): Pick<RawRelation, "conditions"> {
  const generated = columns
    .filter(({ derivedFrom }) => derivedFrom.length > 0)
    .map(({ name, derivedFrom }) => {
      const read = columns.filter(({ number }) => derivedFrom.includes(number));
      return { name, columns: read.map((column) => column.name), excludes: false };
    });
  const all = [...conditions, ...generated];
  return all.length === 0 ? {} : { conditions: all };
}

const opaque: Reach = { reach: "opaque", touches: [], writes: true };

function shown(
  known: Known | undefined,
): Pick<Column, "class" | "classes" | "derived" | "path" | "classSource"> {
  const sorted = [...(known?.classes ?? [])].sort();
  if (known === undefined || sorted[0] === undefined) return {};
  return {
    class: sorted[0],
    classSource: known.source,
    ...(sorted.length > 1 ? { classes: sorted } : {}),
    ...(known.derived ? { derived: true } : {}),
    ...(known.derived && known.path !== undefined ? { path: [...known.path] } : {}),
  };
}

const handOf = (map: ClassMap, relation: RawRelation, column: string): string | undefined => {
  const columns = Object.hasOwn(map, `${relation.schema}.${relation.name}`)
    ? map[`${relation.schema}.${relation.name}`]
    : undefined;
  return columns !== undefined && Object.hasOwn(columns, column) ? columns[column] : undefined;
};

/** What the map or, failing that, the first pattern that fits says of a column: also `none`. */
type Ruling = (
  relation: RawRelation,
  column: string,
) => { class: string; source: "map" | "pattern" } | undefined;

function rulingOf(map: ClassMap, patterns: readonly ClassPattern[]): Ruling {
  const tests = patterns.map((pattern) => ({
    column: glob(pattern.column),
    relation: glob(pattern.relation ?? "*"),
    class: pattern.class,
  }));
  return (relation, column) => {
    const byHand = handOf(map, relation, column);
    if (byHand !== undefined) return { class: byHand, source: "map" };
    const byName = tests.find(
      (test) => test.column.test(column) && test.relation.test(`${relation.schema}.${relation.name}`),
    );
    return byName && { class: byName.class, source: "pattern" };
  };
}

/** Its oid (pg_type.dat). */
const jsonb = 3802;

function assigned(raw: RawCatalog, ruling: Ruling): Classes {
  const classes: Classes = new Map();
  for (const relation of raw.relations) {
    const columns = new Map<string, Known>();
    classes.set(relation.oid, columns);
    if (relation.kind === "sequence") continue;
    for (const { name, typeOid, base } of relation.columns) {
      const ruled = ruling(relation, name);
      if (ruled === undefined || ruled.class === "none") continue;
      const isDocument = (base?.typeOid ?? typeOid) === jsonb;
      columns.set(name, {
        ...{ classes: new Set([ruled.class]), derived: false, source: ruled.source },
        ...(isDocument ? { path: [] } : {}),
      });
    }
  }
  return classes;
}

/**
 * Makes what appeared beside a classified column, and what nothing speaks of, `undecided`; whether anything is. A class
 * of a column that has gone counts too: a column or a table that is renamed takes its values along.
 */
function holdBack(
  raw: RawCatalog,
  map: ClassMap,
  ruling: Ruling,
  appeared: Appeared,
  classes: Classes,
): boolean {
  const hasClass = (name: string): boolean =>
    Object.hasOwn(map, name) && Object.values(map[name] ?? {}).some((each) => each !== "none");
  let holds = false;
  for (const relation of raw.relations) {
    const known = classes.get(relation.oid);
    const fresh = appeared.get(relation.oid);
    if (known === undefined || fresh === undefined) continue;
    const isClassified =
      [...known.values()].some(({ source }) => source !== "new") ||
      [`${relation.schema}.${relation.name}`, ...fresh.formerly].some(hasClass);
    if (!isClassified) continue;
    for (const { name } of relation.columns) {
      if (!fresh.columns.has(name) || known.has(name) || ruling(relation, name) !== undefined) continue;
      known.set(name, { classes: new Set([undecidedClass]), derived: false, source: "new" });
      holds = true;
    }
  }
  return holds;
}

const glob = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`, "is");

function merge(columns: Map<string, Known> | undefined, name: string, taint: Taint): void {
  if (columns === undefined || taint.classes.size === 0) return;
  const known = columns.get(name);
  columns.set(name, { ...joined(known, taint), source: known?.source ?? "inherited" });
}

/** A scan of a parent gives the rows of its children, so a column has one set of classes in the whole tree. */
function shareInTrees(raw: RawCatalog, map: ClassMap, classes: Classes): void {
  const root = new Map<number, number>();
  const find = (oid: number): number => {
    const parent = root.get(oid) ?? oid;
    return parent === oid ? oid : find(parent);
  };
  for (const { oid, parents } of raw.relations)
    for (const parent of parents) root.set(find(oid), find(parent));
  const trees = new Map<number, RawRelation[]>();
  for (const relation of raw.relations) {
    const tree = trees.get(find(relation.oid));
    if (tree === undefined) trees.set(find(relation.oid), [relation]);
    else tree.push(relation);
  }
  for (const tree of trees.values()) {
    if (tree.length < 2) continue;
    for (const name of new Set(tree.flatMap(({ columns }) => columns.map((column) => column.name)))) {
      const byHand = tree.map((relation) => handOf(map, relation, name)).filter((hand) => hand !== undefined);
      const named = byHand.filter((hand) => hand !== "none");
      const cleared = byHand.length > 0 && named.length === 0;
      const shared = tree.reduce<Taint>(
        (sum, { oid }) => joined(sum, classes.get(oid)?.get(name) ?? none),
        none,
      );
      for (const { oid } of tree)
        if (cleared) classes.get(oid)?.delete(name);
        else merge(classes.get(oid), name, shared);
    }
  }
  for (const { oid, columns } of raw.relations) {
    const present = new Set(columns.map(({ name }) => name));
    for (const name of classes.get(oid)?.keys() ?? []) if (!present.has(name)) classes.get(oid)?.delete(name);
  }
}
const none: Taint = { classes: new Set(), derived: false };

function inheritGenerated(raw: RawCatalog, map: ClassMap, classes: Classes): void {
  for (const relation of raw.relations)
    for (const column of relation.columns)
      for (const number of column.derivedFrom) {
        const read = relation.columns.find((other) => other.number === number);
        const taint = read && classes.get(relation.oid)?.get(read.name);
        if (taint !== undefined && handOf(map, relation, column.name) !== "none")
          merge(classes.get(relation.oid), column.name, { classes: taint.classes, derived: true });
      }
}

/** A foreign key's columns hold values of those that it references. */
function inheritKeys(raw: RawCatalog, map: ClassMap, classes: Classes): void {
  const oids = new Map(raw.relations.map(({ oid, schema, name }) => [`${schema}.${name}`, oid]));
  for (const relation of raw.relations)
    for (const { columns, references, referencedColumns } of relation.foreignKeys)
      columns.forEach((name, i) => {
        const taint = classes.get(oids.get(references) ?? 0)?.get(referencedColumns[i] ?? "");
        if (taint !== undefined && handOf(map, relation, name) === undefined)
          merge(classes.get(relation.oid), name, taint);
      });
}

function inheritView(
  relation: RawRelation,
  map: ClassMap,
  classes: Classes,
  bodies: Bodies,
  catalogNames: Names,
  reach: ReadonlyMap<number, Reach>,
  inUse: ReadonlySet<string>,
  giveUp: boolean,
): void {
  const parsed = bodies.views.get(relation.oid);
  const statement =
    parsed === undefined || parsed === null ? undefined : list(parsed.tree as Node, "stmts")[0];
  const query = statement === undefined ? undefined : (statement as Node)["stmt"];
  const sourceOf = (schema: string | undefined, name: string): Source | undefined => {
    const read = catalogNames.relation(schema, name);
    if (read === undefined)
      return catalogNames.isHarmlessSystemRelation(schema, name)
        ? { columns: [], tainted: new Map() }
        : undefined;
    return {
      columns: read.columns.map((column) => column.name),
      tainted: classes.get(read.oid) ?? new Map(),
    };
  };
  const outputs =
    query === undefined || giveUp || callsUnclear(query, catalogNames, reach)
      ? undefined
      : outputsOf(query, sourceOf);
  const understood =
    outputs?.length === relation.columns.length && outputs.every((output) => "name" in output);
  relation.columns.forEach(({ name }, i) => {
    if (handOf(map, relation, name) !== undefined) return;
    const output = outputs?.[i];
    const taint =
      understood && output !== undefined && "name" in output
        ? output.taint
        : { classes: inUse, derived: true };
    merge(classes.get(relation.oid), name, taint);
  });
}

function callsUnclear(query: unknown, catalogNames: Names, reach: ReadonlyMap<number, Reach>): boolean {
  let unclear = false;
  walk(query, (kind, body) => {
    if (catalogNames.runsCode(kind, body)) unclear = true;
    if (kind !== "FuncCall") return;
    const call = names(list(body, "funcname"));
    if (catalogNames.runsText(call)) unclear = true;
    for (const fn of catalogNames.functions(call)) if (reach.get(fn.oid)?.reach !== "clear") unclear = true;
  });
  return unclear;
}

const fingerprint = (classes: Classes, reach: ReadonlyMap<number, Reach>): string =>
  JSON.stringify([
    [...classes].map(([oid, columns]) => [
      oid,
      [...columns].map(([name, known]) => [name, [...known.classes].sort(), known.derived, known.path]),
    ]),
    [...reach].map(([oid, known]) => [oid, known.reach, known.classes]),
  ]);
