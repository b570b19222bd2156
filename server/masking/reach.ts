import type { CatalogFunction } from "../../shared/nouns/catalog.ts";
import type { RawCatalog, RawFunction } from "../protocols/postgres/catalog/raw-catalog.ts";
import type { Body } from "../protocols/postgres/facts/meaning.ts";
import type { Bodies } from "./bodies.ts";
import type { Names } from "./catalog-names.ts";
import { list, names, part, walk, word } from "./tree.ts";

export type Reach = Pick<CatalogFunction, "reach" | "touches" | "writes" | "classes">;

/** Extensions whose functions in C work on their arguments alone. */
const harmlessExtensions = new Set([
  "pgcrypto",
  "pg_trgm",
  "uuid-ossp",
  "citext",
  "hstore",
  "unaccent",
  "btree_gist",
  "btree_gin",
  "fuzzystrmatch",
  "intarray",
  "ltree",
  "cube",
  "earthdistance",
  "isn",
  "seg",
  "vector",
]);
/** Nodes that no write hides in by itself; `RETURN ...` is the body of a SQL-standard function. */
const readingStatements = new Set(["SelectStmt", "RawStmt", "ReturnStmt"]);
/** Rank: a function reaches as far as the worst of what it calls. */
const ranks = ["clear", "classified", "opaque"] as const;
const worst = (a: Reach["reach"], b: Reach["reach"]): Reach["reach"] =>
  ranks.indexOf(a) >= ranks.indexOf(b) ? a : b;

type Direct = Omit<Reach, "classes"> & { classes: ReadonlySet<string>; calls: ReadonlySet<number> };
/** By relation: the classes of its classified columns. */
type Classified = (oid: number) => ReadonlyMap<string, { classes: ReadonlySet<string> }>;

/**
 * How far each function reaches: over its own body and everything that it calls. `classified(oid)` names the
 * classified columns of a relation with their classes.
 */
export function reachOf(
  raw: RawCatalog,
  bodies: Bodies,
  catalogNames: Names,
  classified: Classified,
): Map<number, Reach> {
  const direct = new Map(
    raw.functions.map((fn) => [fn.oid, directReach(fn, raw, bodies, catalogNames, classified)]),
  );
  const callers = new Map<number, number[]>();
  for (const [oid, { calls }] of direct)
    for (const called of calls) {
      const others = callers.get(called);
      if (others === undefined) callers.set(called, [oid]);
      else others.push(oid);
    }
  // What grows is looked at again by those who call it; a set is walked on as it is added to.
  const waiting = new Set(direct.keys());
  for (const oid of waiting) {
    waiting.delete(oid);
    const own = direct.get(oid);
    if (own === undefined) continue;
    let { reach, writes } = own;
    const touches = new Set(own.touches);
    const classes = new Set(own.classes);
    for (const called of own.calls) {
      const other = direct.get(called);
      reach = worst(reach, other?.reach ?? "opaque");
      writes ||= other?.writes ?? true;
      for (const relation of other?.touches ?? []) touches.add(relation);
      for (const name of other?.classes ?? []) classes.add(name);
    }
    const same = touches.size === own.touches.length && classes.size === own.classes.size;
    if (reach === own.reach && writes === own.writes && same) continue;
    direct.set(oid, { reach, writes, touches: [...touches].sort(), classes, calls: own.calls });
    for (const caller of callers.get(oid) ?? []) waiting.add(caller);
  }
  return new Map(
    [...direct].map(([oid, { reach, touches, writes, classes }]) => [
      oid,
      { reach, touches, writes, ...(reach === "classified" ? { classes: [...classes].sort() } : {}) },
    ]),
  );
}

function directReach(
  fn: RawFunction,
  raw: RawCatalog,
  bodies: Bodies,
  catalogNames: Names,
  classified: Classified,
): Direct {
  const none: ReadonlySet<string> = new Set();
  const unknown: Direct = { reach: "opaque", touches: [], writes: true, classes: none, calls: new Set() };
  const clear: Direct = { ...unknown, reach: "clear", writes: false };
  // Code that can be read is, whoever owns it: anything can be made a part of an extension, or put in a part's place.
  if (fn.definition === undefined && fn.extension !== undefined && harmlessExtensions.has(fn.extension))
    return clear;
  if (fn.kind === "aggregate") return { ...clear, calls: new Set(fn.runs) };
  const body = bodies.functions.get(fn.oid);
  const searchPath = fn.searchPath === undefined ? raw.searchPath : schemasIn(fn.searchPath);
  if (body === undefined || body === null || body.dynamic || searchPath === undefined) return unknown;
  return readBody(fn, body, raw, catalogNames, classified, searchPath);
}

/** The schemas of a search path as SET takes it; undefined where it depends on who asks. */
function schemasIn(searchPath: string): string[] | undefined {
  const schemas = [...searchPath.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(
    ([word, quoted]) => quoted?.replaceAll('""', '"') ?? word.toLowerCase(),
  );
  return schemas.includes("$user") ? undefined : schemas;
}

function readBody(
  fn: RawFunction,
  body: Body,
  raw: RawCatalog,
  catalogNames: Names,
  classified: Classified,
  searchPath: readonly string[],
): Direct {
  const touched = new Map<number, string>();
  const calls = new Set<number>();
  const mentioned = new Set<string>();
  const aliases = new Set<string>();
  const alone = new Set<string>();
  const fields = new Set<string>();
  let unknown = false;
  let writes = body.transaction;
  if (fn.returnsTrigger) {
    for (const alias of ["new", "old"]) aliases.add(alias);
    for (const relation of raw.relations)
      if (relation.triggers.some((trigger) => trigger.function === fn.oid))
        touched.set(relation.oid, `${relation.schema}.${relation.name}`);
  }
  for (const tree of body.trees) {
    const expressions = new Set<string>();
    walk(tree, (kind, node) => {
      if (kind === "CommonTableExpr") expressions.add(word(node, "ctename") ?? "");
    });
    walk(tree, (kind, node) => {
      if (catalogNames.runsCode(kind, node)) unknown = true;
      const alias = part(node, "alias");
      aliases.add(word(alias, "aliasname") ?? word(node, "relname") ?? "");
      // A table's columns under other names: any of them may be mentioned.
      if (/^(RangeVar|JoinExpr)$/.test(kind) && list(alias, "colnames").length > 0) mentioned.add("*");
      if (kind === "RangeVar") {
        const schema = word(node, "schemaname");
        const name = word(node, "relname") ?? "";
        const relation = catalogNames.relation(schema, name, searchPath);
        // A common table expression hides a table of its name in a part of the query: it may be either.
        if (relation !== undefined) touched.set(relation.oid, `${relation.schema}.${relation.name}`);
        else if (schema === undefined && expressions.has(name)) return;
        else if (!catalogNames.isHarmlessSystemRelation(schema, name)) unknown = true;
      } else if (kind === "FuncCall") {
        const call = names(list(node, "funcname"));
        if (catalogNames.runsText(call)) unknown = true;
        for (const called of catalogNames.functions(call)) calls.add(called.oid);
      } else if (kind === "ColumnRef") {
        const [first = "", ...rest] = names(list(node, "fields"));
        mentioned.add(first);
        if (rest.length === 0) alone.add(first);
        for (const field of rest) fields.add(field);
      } else if (kind === "A_Indirection") {
        for (const field of names(list(node, "indirection"))) fields.add(field);
      } else if (kind === "JoinExpr") {
        for (const field of names(list(node, "usingClause"))) mentioned.add(field);
        if (node["isNatural"] === true) mentioned.add("*");
      } else if (kind.endsWith("Stmt") && !readingStatements.has(kind)) {
        writes = true;
        if (!["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CallStmt"].includes(kind))
          unknown = true;
      }
    });
  }
  // `row.name` calls the function of that name where the row has no such column.
  for (const field of fields) {
    mentioned.add(field);
    if (
      !raw.relations.some(
        ({ oid, columns }) => touched.has(oid) && columns.some(({ name }) => name === field),
      )
    )
      for (const called of catalogNames.functions([field])) calls.add(called.oid);
  }
  // An alias that stands alone is a whole row.
  if ([...aliases].some((alias) => alone.has(alias))) mentioned.add("*");
  const classes = new Set<string>();
  for (const oid of touched.keys())
    for (const [name, known] of classified(oid))
      if (mentioned.has("*") || mentioned.has(name)) for (const each of known.classes) classes.add(each);
  return {
    reach: unknown ? "opaque" : classes.size > 0 ? "classified" : "clear",
    touches: [...touched.values()].sort(),
    writes,
    classes,
    calls,
  };
}
