import type { Relation } from "../../../../shared/nouns/catalog.ts";
import { type Effort, spend } from "./effort.ts";

/** What a statement reaches of one relation through one reference. */
export type Reach = { columns: Set<string>; all: boolean; system: Set<string> };

export const newReach = (): Reach => ({ columns: new Set(), all: false, system: new Set() });

/** A column that an item of FROM offers: under this name, and what using it reaches (nothing for a computed one). */
export type Offered = {
  name: string;
  reaches: { reach: Reach; column: string }[];
  /** Its name stands in the text, so that an open item has it too. */
  named?: boolean;
};

/** One item of FROM, or the target of a write, as names see it. */
export type Item = {
  /** undefined: an unnamed sub-select or function. */
  name: string | undefined;
  /** Schema of an unaliased relation: `public.customers.email` means it. */
  schema: string | undefined;
  relation: Relation | undefined;
  /** Its only reference; undefined for sub-selects, functions and joins. */
  reach: Reach | undefined;
  columns: Offered[];
  /** True where its columns are not known for certain: it may have others, and lack those that are named. */
  open: boolean;
  /** Every reference under it: what `*` and whole rows reach. */
  reaches: Reach[];
  /** May stand for a missing row: the inner side of an outer join. */
  nullable: boolean;
  /** OLD and NEW of RETURNING are named, never searched. */
  qualifiedOnly: boolean;
  /** Joined under an alias: its own name no longer counts. */
  hidden: boolean;
};

export function newItem(part: Partial<Item>): Item {
  return {
    name: undefined,
    schema: undefined,
    relation: undefined,
    reach: undefined,
    columns: [],
    open: false,
    reaches: [],
    nullable: false,
    qualifiedOnly: false,
    hidden: false,
    ...part,
  };
}

/** The output of a WITH query; `reads` is known once it was walked. */
export type Cte = { name: string; columns: string[]; open: boolean };

/** Names visible at one level of a query; the parent is the level around it. */
export type Scope = {
  items: Item[];
  ctes: Map<string, Cte>;
  parent: Scope | undefined;
  /** Anything may be a column here: bodies of functions, expressions of DDL. */
  open: boolean;
  effort: Effort;
};

/** The level around a statement's own: nothing is visible in it. */
export const topScope = (effort: Effort): Scope => ({
  items: [],
  ctes: new Map(),
  parent: undefined,
  open: false,
  effort,
});

export const newScope = (parent: Scope, items: Item[] = []): Scope => ({
  items,
  ctes: new Map(),
  parent,
  open: false,
  effort: parent.effort,
});

export function findCte(scope: Scope | undefined, name: string): Cte | undefined {
  for (let level = scope; level !== undefined; level = level.parent) {
    const found = level.ctes.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Columns that every table has beside its own (PostgreSQL 18, 5.6); computed by the heap, not stored by users. */
const systemColumns = new Set(["ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"]);

export function reachAll(item: Item): void {
  for (const reach of item.reaches) reach.all = true;
}

const indexes = new WeakMap<Offered[], Map<string, Offered[]>>();

/** Columns by name; a name may stand for several (`SELECT a, a`). */
function byName(columns: Offered[]): Map<string, Offered[]> {
  const known = indexes.get(columns);
  if (known !== undefined) return known;
  const made = new Map<string, Offered[]>();
  for (const column of columns) {
    const same = made.get(column.name);
    if (same === undefined) made.set(column.name, [column]);
    else same.push(column);
  }
  indexes.set(columns, made);
  return made;
}

/** The first column that an item offers under a name. */
export const offered = (item: Item, name: string): Offered | undefined => byName(item.columns).get(name)?.[0];

/** Marks a column of an item as reached. False where the item has none so named. */
export function reachColumn(item: Item, column: string): boolean {
  const named = byName(item.columns).get(column) ?? [];
  for (const { reaches } of named) for (const { reach, column: own } of reaches) reach.columns.add(own);
  if (named.length > 0) return true;
  if (systemColumns.has(column) && item.reaches.length > 0) {
    for (const reach of item.reaches) reach.system.add(column);
    return true;
  }
  return false;
}

export type Resolution =
  | { kind: "column"; items: Item[]; column: string; level: Scope }
  | { kind: "row"; item: Item }
  | { kind: "function"; item: Item; name: string }
  /** May be of an item whose columns are not known. */
  | { kind: "maybe" }
  | { kind: "none" };

/**
 * A name alone: a column of the nearest level that has it, else a whole row (PostgreSQL: colNameToVar, then row). An
 * open item may lack what it is taken to offer, as a function does whose alias does not name its column
 * (`jsonb_array_elements(x) card` has `value` alone): what lies further out is marked as well.
 */
function resolveName(scope: Scope, name: string): Resolution {
  let open = false;
  let nearest: Resolution | undefined;
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    spend(level.effort, level.items.length);
    const items = level.items.filter(
      (item) => !item.qualifiedOnly && !item.hidden && reachColumn(item, name),
    );
    if (items.length > 0) nearest ??= { kind: "column", items, column: name, level };
    if (nearest !== undefined && items.some((item) => !item.open || offered(item, name)?.named))
      return nearest;
    open ||= level.open || level.items.some((item) => item.open && !item.qualifiedOnly);
  }
  const rows = findItems(scope, undefined, name);
  for (const row of rows) reachAll(row);
  if (nearest !== undefined) return nearest;
  return rows[0] === undefined ? { kind: open ? "maybe" : "none" } : { kind: "row", item: rows[0] };
}

/** The items that a name may mean, nearest first: those further out where the nearer ones may not be so named. */
function findItems(scope: Scope | undefined, schema: string | undefined, name: string): Item[] {
  const found: Item[] = [];
  for (let level = scope; level !== undefined; level = level.parent) {
    spend(level.effort, level.items.length);
    for (const item of level.items) {
      if (item.hidden || item.name !== name || (schema !== undefined && item.schema !== schema)) continue;
      found.push(item);
      if (!item.open) return found;
    }
  }
  return found;
}

/** The nearest item of a name. */
export const findItem = (
  scope: Scope | undefined,
  schema: string | undefined,
  name: string,
): Item | undefined => findItems(scope, schema, name)[0];

/** `column`, `item.column`, `schema.item.column`, `database.schema.item.column`; marks what it reaches. */
export function resolveColumn(scope: Scope, fields: string[]): Resolution {
  const column = fields.at(-1) ?? "";
  if (fields.length <= 1) return resolveName(scope, column);
  const [item, ...others] = findItems(scope, fields.at(-3), fields.at(-2) ?? "");
  if (item === undefined) return { kind: isOpen(scope) ? "maybe" : "none" };
  for (const other of others) if (!reachColumn(other, column)) reachAll(other);
  if (reachColumn(item, column)) return { kind: "column", items: [item], column, level: scope };
  // `row.name` calls a function of the whole row where no column is so named.
  reachAll(item);
  return item.open ? { kind: "maybe" } : { kind: "function", item, name: column };
}

/** `*` (all items of this level) and `item.*`. False where nothing is so named. */
export function resolveStar(scope: Scope, fields: string[]): Item[] {
  if (fields.length === 0) return scope.items.filter((item) => !item.qualifiedOnly);
  return findItems(scope, fields.at(-2), fields.at(-1) ?? "");
}

const isOpen = (scope: Scope): boolean => {
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent)
    if (level.open) return true;
  return false;
};
