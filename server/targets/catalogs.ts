import { canonicalJson } from "../../shared/canonical.ts";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Catalog, ClassMap, ClassPattern } from "../../shared/nouns/catalog.ts";
import type { Target } from "../../shared/nouns/target.ts";
import type { Appeared } from "../masking/classify.ts";
import type { RawCatalog } from "../protocols/postgres/catalog/raw-catalog.ts";

/** What a target's catalog is classified by. */
export type Rules = { map: ClassMap; patterns: ClassPattern[] };

/** The masking room's classification, with the bodies of views and functions parsed by main. */
export type Classify = (
  raw: RawCatalog,
  map: ClassMap,
  patterns: ClassPattern[],
  appeared: Appeared,
) => Promise<Catalog> | Catalog;

/** What is at a target, and which of it nobody has decided about yet. */
export type Found = { raw: RawCatalog; appeared: Appeared };

export type Catalogs = {
  found(target: Target): Promise<Found>;
  classified(target: Target, rules: Rules): Promise<Catalog>;
  /** Forgets what was read, so that the next caller reads again. */
  forget(name: string): void;
};

/** What changed at the target beside the gateway is noticed after this long, or by a refresh. */
const maxAgeMs = 5 * 60_000;
/** A target that cannot be read is not tried again at every command. */
const failureMs = 2_000;

/** Rules are asked for with every command, twice, and come from the registry in memory: each object is printed once. */
const prints = new WeakMap<object, string>();

function printOf(rule: ClassMap | ClassPattern[]): string {
  const print = prints.get(rule) ?? canonicalJson(rule);
  prints.set(rule, print);
  return print;
}

type Held<T> = { key: string; at: number; failedAt?: number; value: Promise<T> };

/**
 * Catalogs in memory: read once per revision of the target, classified once per set of rules; callers at the same
 * time share both. Throws `catalog_unavailable` where a target cannot be read or classified.
 */
export function createCatalogs({
  find,
  classifyRaw,
  now,
}: {
  find: (target: Target) => Promise<Found>;
  classifyRaw: Classify;
  now: () => number;
}): Catalogs {
  const finds = new Map<string, Held<Found>>();
  const classified = new Map<string, Held<Catalog>>();

  function once<T>(
    held: Map<string, Held<T>>,
    name: string,
    key: string,
    make: () => Promise<T>,
  ): Promise<T> {
    const known = held.get(name);
    if (
      known?.key === key &&
      now() < (known.failedAt === undefined ? known.at + maxAgeMs : known.failedAt + failureMs)
    )
      return known.value;
    const entry: Held<T> = { key, at: now(), value: make() };
    held.set(name, entry);
    entry.value.catch(() => (entry.failedAt = now()));
    return entry.value;
  }

  const found = (target: Target) =>
    once(finds, target.name, `${target.revision}`, () => orUnavailable(target, "read", () => find(target)));

  return {
    found,
    async classified(target, rules) {
      const { raw, appeared } = await found(target);
      const key = `${target.revision} ${raw.readAt} ${printOf(rules.map)} ${printOf(rules.patterns)}`;
      return once(classified, target.name, key, () =>
        orUnavailable(target, "classified", async () =>
          classifyRaw(raw, rules.map, rules.patterns, appeared),
        ),
      );
    },
    forget(name) {
      finds.delete(name);
      classified.delete(name);
    },
  };
}

async function orUnavailable<T>(target: Target, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal("catalog_unavailable", `The catalog of ${target.name} cannot be ${what}.`, { cause });
  }
}
