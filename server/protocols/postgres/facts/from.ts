import type { Alias, JoinExpr, Node, RangeFunction, RangeSubselect, RangeVar } from "libpg-query";
import { countOffered, spend } from "./effort.ts";
import { noteRead, noteSite, type SiteDraft } from "./findings.ts";
import type { Resolved } from "./names.ts";
import {
  findCte,
  type Item,
  newItem,
  newReach,
  newScope,
  type Offered,
  reachAll,
  reachColumn,
  type Scope,
} from "./scope.ts";
import { aliasSpan, referenceSpans } from "./source.ts";
import { renamed } from "./output.ts";
import { type Output, strings, unwrap, type Walker } from "./walker.ts";

/** An item of FROM and the items under it, each as names see it. */
type From = Item[];

const derived = ({ findings }: Walker, output: Output, alias: Alias | undefined): Item => {
  countOffered(findings, output.columns.length);
  const aliases = strings(alias?.colnames);
  const { columns, open } = renamed(output, aliases);
  return newItem({
    name: alias?.aliasname,
    columns: columns.map((name, index) => ({ name, reaches: [], named: index < aliases.length })),
    open,
  });
};

/** An item over a relation's columns, all of them reached through one reference. */
export function relationItem(
  resolved: Resolved,
  alias: Alias | undefined,
  written: string,
  schema: string | undefined,
): Item {
  const reach = newReach();
  const aliases = strings(alias?.colnames);
  const relation = resolved.kind === "user" ? resolved.relation : undefined;
  const own =
    relation !== undefined
      ? relation.columns.map(({ name }) => name)
      : resolved.kind === "system"
        ? resolved.system.columns
        : [];
  // Versions differ in the order of their system relations' columns, so a list of aliases may mean any of them.
  if (resolved.kind === "system" && aliases.length > 0) reach.all = true;
  return newItem({
    name: alias?.aliasname ?? written,
    schema: alias === undefined ? (schema ?? resolved.qualified.split(".")[0]) : undefined,
    relation,
    reach,
    columns: own.map((column, index) => ({ name: aliases[index] ?? column, reaches: [{ reach, column }] })),
    // Versions differ in their system relations' columns; an unknown relation may have any.
    open: relation === undefined,
    reaches: [reach],
  });
}

/** A relation in FROM: a WITH query, or a table that becomes a site. */
function rangeVar(
  walker: Walker,
  range: RangeVar,
  scope: Scope,
): { item: Item; site: SiteDraft | undefined } {
  const { findings } = walker;
  const name = range.relname ?? "";
  const cte = range.schemaname === undefined ? findCte(scope, name) : undefined;
  if (cte !== undefined) {
    const item = derived(walker, cte, range.alias);
    return { item: { ...item, name: item.name ?? name }, site: undefined };
  }
  const resolved = findings.names.relation(range.schemaname, name);
  const item = relationItem(resolved, range.alias, name, range.schemaname);
  countOffered(findings, item.columns.length);
  const reach = item.reach ?? newReach();
  noteRead(findings, resolved, reach);
  if (resolved.kind !== "user") return { item, site: undefined };
  return { item, site: siteOf(walker, range, resolved, reach, "from") };
}

/** Notes where a relation's reference stands. */
export function siteOf(
  { findings }: Walker,
  range: RangeVar,
  resolved: Extract<Resolved, { kind: "user" }>,
  reach: Item["reach"] & object,
  role: "from" | "target" | "other",
): SiteDraft | undefined {
  const { source } = findings;
  const only = range.inh !== true;
  const columnAliases = strings(range.alias?.colnames);
  const reference =
    source === undefined || range.location === undefined
      ? undefined
      : referenceSpans(source, range.location, only);
  const place =
    source === undefined || reference === undefined
      ? undefined
      : {
          span: reference.span,
          aliasSpan:
            range.alias === undefined
              ? undefined
              : aliasSpan(source, reference.next, columnAliases.length > 0),
        };
  return noteSite(findings, resolved.relation, reach, place, {
    only,
    alias: range.alias?.aliasname,
    columnAliases,
    role,
  });
}

function subselect(walker: Walker, range: RangeSubselect, scope: Scope): From {
  // Without LATERAL it sees the levels around the query, not its neighbours.
  const around = range.lateral === true ? scope : { ...scope, items: [] };
  return [derived(walker, walker.statement(range.subquery, newScope(around)), range.alias)];
}

function rangeFunction(walker: Walker, range: RangeFunction, scope: Scope): From {
  const columns: string[] = [];
  let name: string | undefined;
  for (const node of range.functions ?? []) {
    const call = "List" in node ? node.List.items?.[0] : undefined;
    walker.visit("List" in node ? node.List.items : node, scope);
    if (call !== undefined && "FuncCall" in call) name ??= strings(call.FuncCall.funcname).at(-1);
  }
  for (const node of range.coldeflist ?? [])
    if ("ColumnDef" in node) columns.push(node.ColumnDef.colname ?? "");
  walker.visit(range.coldeflist, scope);
  const alias = range.alias?.aliasname ?? name;
  const named = [
    ...strings(range.alias?.colnames),
    ...columns,
    ...(range.ordinality === true ? ["ordinality"] : []),
  ];
  const offered = named.map((each) => ({ name: each, reaches: [], named: true }));
  // A function of one column mostly names it as itself; what else it returns is not known here.
  if (alias !== undefined && named.length === 0) offered.push({ name: alias, reaches: [], named: false });
  return [newItem({ name: alias, columns: offered, open: true })];
}

/** Columns that both sides share, for NATURAL and USING: reached on both. */
function merged({ findings }: Walker, left: From, right: From, join: JoinExpr): string[] {
  const using = [...new Set(strings(join.usingClause))];
  if (join.isNatural !== true) return using;
  countOffered(findings, width([...left, ...right]));
  const of = (items: From) => new Set(visible(items).flatMap((item) => item.columns.map(({ name }) => name)));
  const other = of(right);
  // Columns that are not known may be shared ones.
  if (visible([...left, ...right]).some(({ open }) => open))
    for (const item of [...left, ...right]) reachAll(item);
  return [...of(left)].filter((name) => other.has(name));
}

const width = (items: From): number => visible(items).reduce((sum, { columns }) => sum + columns.length, 0);

const visible = (items: From): From => items.filter(({ hidden, qualifiedOnly }) => !hidden && !qualifiedOnly);

function join(walker: Walker, node: JoinExpr, scope: Scope): From {
  const left = fromItem(walker, node.larg, scope);
  // LATERAL on the right sees the left side.
  const right = fromItem(walker, node.rarg, { ...scope, items: [...scope.items, ...left] });
  const shared = merged(walker, left, right, node);
  spend(scope.effort, (left.length + right.length) * (1 + shared.length));
  for (const item of visible([...left, ...right])) for (const name of shared) reachColumn(item, name);
  if (node.quals !== undefined)
    walker.visit(node.quals, newScope({ ...scope, items: [] }, [...left, ...right]));
  const type = node.jointype;
  if (type === "JOIN_LEFT" || type === "JOIN_FULL") for (const item of right) item.nullable = true;
  if (type === "JOIN_RIGHT" || type === "JOIN_FULL") for (const item of left) item.nullable = true;
  const items = [...left, ...right];
  if (node.join_using_alias === undefined && node.alias === undefined) return items;
  // An alias that stands for an inner join holds all that is under it.
  const reaches = visible(items).flatMap((item) => item.reaches);
  spend(scope.effort, reaches.length);
  countOffered(walker.findings, width(items));
  const columns = joinColumns(left, right, shared);
  const open = visible(items).some((item) => item.open);
  if (node.join_using_alias !== undefined)
    items.push(
      newItem({
        name: node.join_using_alias.aliasname,
        columns: columns.slice(0, shared.length),
        reaches: [],
        qualifiedOnly: true,
      }),
    );
  if (node.alias === undefined) return items;
  // Under an alias the join is one item; the names inside it no longer count.
  const aliases = strings(node.alias.colnames);
  const whole = newItem({
    name: node.alias.aliasname,
    columns: columns.map((column, index) => ({ ...column, name: aliases[index] ?? column.name })),
    open,
    reaches,
    nullable: items.some(({ nullable }) => nullable),
  });
  if (open && aliases.length > 0) reachAll(whole);
  for (const item of items) item.hidden = true;
  return [...items, whole];
}

/** A join's columns in order: merged ones first, then the left side's, then the right's. */
function joinColumns(left: From, right: From, shared: readonly string[]): Offered[] {
  const all = [...visible(left), ...visible(right)].flatMap((item) => item.columns);
  const both = new Map(shared.map((name): [string, Offered] => [name, { name, reaches: [] }]));
  for (const { name, reaches } of all) for (const each of reaches) both.get(name)?.reaches.push(each);
  return [...both.values(), ...all.filter(({ name }) => !both.has(name))];
}

/** One item of FROM: walks it, and answers what it lets names see. `scope` holds its left neighbours. */
export function fromItem(walker: Walker, node: Node | undefined, scope: Scope): From {
  if (node === undefined) return [];
  if ("RangeVar" in node) return [rangeVar(walker, node.RangeVar, scope).item];
  if ("RangeSubselect" in node) return subselect(walker, node.RangeSubselect, scope);
  if ("RangeFunction" in node) return rangeFunction(walker, node.RangeFunction, scope);
  if ("JoinExpr" in node) return join(walker, node.JoinExpr, scope);
  if ("RangeTableSample" in node) {
    walker.visit([node.RangeTableSample.args, node.RangeTableSample.repeatable], scope);
    for (const method of strings(node.RangeTableSample.method).slice(-1))
      if (!["system", "bernoulli"].includes(method.toLowerCase()))
        walker.findings.opaque.add(`sampling method ${method} is not PostgreSQL's own`);
    return fromItem(walker, node.RangeTableSample.relation, scope);
  }
  // XMLTABLE, JSON_TABLE and what later versions add: their expressions are walked, their columns stay open.
  walker.visit(node, scope);
  const fields = unwrap(node)?.[1];
  const alias = fields !== undefined && "alias" in fields ? aliasName(fields.alias) : undefined;
  return [newItem({ name: alias, open: true })];
}

const aliasName = (alias: unknown): string | undefined =>
  typeof alias === "object" && alias !== null && "aliasname" in alias && typeof alias.aliasname === "string"
    ? alias.aliasname
    : undefined;
