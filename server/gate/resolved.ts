import { createHash } from "node:crypto";
import { canonicalJson } from "../../shared/canonical.ts";
import type { Catalog } from "../../shared/nouns/catalog.ts";
import type { Meaning } from "../protocols/postgres/facts/meaning.ts";

/**
 * Hash of everything that a command's names stand for: the search path, the relations that it reaches, also behind
 * views and above partitions, with their columns and classes, and the functions that bear the names that it calls.
 * Where somebody renames, replaces or redefines one of them, it is another command.
 */
export function resolvedHash({ facts, statements }: Meaning, catalog: Catalog): string {
  const names = new Set([...facts.reads, ...facts.changes].map(({ relation }) => relation));
  const oids = new Set(statements.flatMap(({ sites }) => sites.map(({ relation }) => relation)));
  const called = new Set(facts.functions.map(({ name }) => name));
  const key = JSON.stringify([[...names], [...oids], [...called]]);
  const known = hashes.get(catalog) ?? new Map<string, string>();
  hashes.set(catalog, known);
  const hash = known.get(key) ?? hashOf(catalog, { names, oids, called });
  if (known.size >= keptHashes) known.clear();
  known.set(key, hash);
  return hash;
}

/** Hashes that are kept for one catalog: texts that differ in their values alone name the same. */
const keptHashes = 1_000;
const hashes = new WeakMap<Catalog, Map<string, string>>();

function hashOf(
  catalog: Catalog,
  { names, oids, called }: { names: Set<string>; oids: Set<number>; called: Set<string> },
): string {
  const relations = catalog.relations
    .filter(({ oid, schema, name }) => oids.has(oid) || names.has(`${schema}.${name}`))
    // The planner's figure changes by itself.
    .map(({ estimatedRows: _, comment: __, ...relation }) => relation);
  const functions = catalog.functions.filter(
    ({ schema, name }) => called.has(`${schema}.${name}`) || called.has(name),
  );
  const resolved = { searchPath: catalog.searchPath, relations, functions };
  return createHash("sha256").update(canonicalJson(resolved), "utf8").digest("hex");
}
