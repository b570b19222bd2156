import type { FuncCall, JoinExpr, Node, SelectStmt } from "libpg-query";
import { conjuncts } from "./conditions.ts";
import { type Effort, spend } from "./effort.ts";
import type { Findings } from "./findings.ts";
import { type Item, offered, type Scope } from "./scope.ts";
import { strings, unwrap } from "./walker.ts";

/** Reading more rows than this without a limit is reading in bulk. */
export const bulkRows = 10_000;
/** Rows that a query may make out of nothing. */
const seriesLimit = 100_000;

/** Aggregates that give a whole column back in one value. */
const collecting = new Set(
  `string_agg array_agg json_agg jsonb_agg json_object_agg jsonb_object_agg xmlagg json_agg_strict jsonb_agg_strict
   json_object_agg_strict jsonb_object_agg_strict json_object_agg_unique jsonb_object_agg_unique range_agg`.split(
    /\s+/,
  ),
);

/** Aggregates that give one small value for many rows. */
const summarising = new Set(
  `count sum avg min max every bool_and bool_or bit_and bit_or bit_xor stddev stddev_pop stddev_samp variance var_pop
   var_samp corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
   regr_syy mode percentile_cont percentile_disc any_value rank dense_rank percent_rank cume_dist`.split(
    /\s+/,
  ),
);

/** True where the rows below a level come out of it one by one, or collected: not counted, not cut to a few. */
export function flowsOut(query: SelectStmt, around: boolean): boolean {
  const aggregates = aggregatesOf([query.targetList, query.havingClause, query.sortClause]);
  if (aggregates.some((name) => collecting.has(name))) return true;
  if (!around || isLimited(query.limitCount)) return false;
  return aggregates.length === 0 || query.groupClause !== undefined;
}

/** Notes what one level of a query reads in bulk: a big relation without limit, a product, a long series. */
export function noteBulk(findings: Findings, query: SelectStmt, scope: Scope): void {
  if (seriesRows([query.fromClause, query.targetList]) > seriesLimit) findings.bulk = true;
  const limited = isLimited(query.limitCount);
  const restricted = restrictedItems(query, scope);
  if (!limited && isProduct(findings, query, scope, restricted)) findings.bulk = true;
  const big = scope.items.filter(
    (item) =>
      item.relation !== undefined && !restricted.has(item) && findings.names.rows(item.relation) > bulkRows,
  );
  if (big.length === 0 || !findings.flows) return;
  const grouped = query.groupClause ?? distinct(query);
  const aggregates = aggregatesOf([query.targetList, query.havingClause, query.sortClause]);
  if (
    aggregates.some((name) => collecting.has(name)) ||
    grouped === undefined ||
    identifies(grouped, query, scope)
  )
    findings.bulk = true;
}

/** What DISTINCT tells rows apart by. */
function distinct({ distinctClause, targetList }: SelectStmt): readonly Node[] | undefined {
  const on = distinctClause?.filter((node) => unwrap(node) !== undefined);
  return on === undefined || on.length > 0 ? on : targetList;
}

/** True where groups are as many as rows: by a key or by a classified column, or by something that is not known. */
function identifies(groups: readonly Node[], query: SelectStmt, scope: Scope): boolean {
  const named = new Map<string, Node>();
  for (const node of query.targetList ?? []) {
    const name = "ResTarget" in node ? node.ResTarget.name : undefined;
    if (name !== undefined && !named.has(name)) named.set(name, node);
  }
  const within = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(within);
    if (typeof value !== "object" || value === null) return false;
    const unwrapped = unwrap(value);
    if (unwrapped?.[0] === "A_Star" || unwrapped?.[0] === "SubLink") return true;
    if (unwrapped?.[0] !== "ColumnRef") return Object.values(value).some(within);
    const found = columnOf({ ColumnRef: unwrapped[1] }, scope);
    if (found === undefined) return isWholeRow(Object.values(unwrapped[1]), scope);
    const { relation } = found.item;
    const unique = relation?.indexes.some(
      ({ unique: one, columns }) => one && columns.length === 1 && columns[0] === found.column,
    );
    spend(scope.effort, relation?.columns.length);
    const own = relation?.columns.find(({ name }) => name === found.column);
    // Under a joined alias the columns' own tables are not told apart.
    if (relation === undefined) return found.item.reaches.length > 0;
    return unique === true || relation?.primaryKey.join() === found.column || own?.class !== undefined;
  };
  return groups.some((node) => within(meant(node, query.targetList ?? [], named, scope)));
}

/** `*`, `item.*` or an item's name. */
const isWholeRow = (fields: unknown[], scope: Scope): boolean => {
  const nodes = fields.flat();
  return (
    nodes.some((node) => unwrap(node)?.[0] === "A_Star") ||
    scope.items.some(({ name }) => strings(nodes).at(-1) === name)
  );
};

/** The expression that `GROUP BY 1` or `GROUP BY alias` means. */
function meant(node: Node, targets: readonly Node[], named: ReadonlyMap<string, Node>, scope: Scope): Node {
  const position = numberOf(node);
  if (position !== undefined) return targets[position - 1] ?? node;
  if (!("ColumnRef" in node) || columnOf(node, scope) !== undefined) return node;
  const [alias] = strings(node.ColumnRef.fields);
  return named.get(alias ?? "") ?? node;
}

/** A recursive query whose recursive part has no condition never ends by itself. */
export function noteRecursion(findings: Findings, query: SelectStmt | undefined): void {
  if (query?.op !== "SETOP_UNION" || query.all !== true || query.rarg === undefined) return;
  const { whereClause, fromClause = [], limitCount } = query.rarg;
  const joined = fromClause.some((node) => "JoinExpr" in node) || fromClause.length > 1;
  if (whereClause === undefined && !joined && !isLimited(limitCount) && !isLimited(query.limitCount))
    findings.bulk = true;
}

function isLimited(limit: Node | undefined): boolean {
  if (limit === undefined || !("A_Const" in limit) || limit.A_Const.isnull === true) return false;
  const { ival } = limit.A_Const;
  return ival !== undefined && (ival.ival ?? 0) <= bulkRows;
}

/** Aggregates called at this level, not in sub-selects and not over windows. */
function aggregatesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(aggregatesOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (key === "SubLink") return [];
    if (key === "FuncCall" && isCall(child)) {
      const name = strings(child.funcname).at(-1) ?? "";
      const aggregate = child.over === undefined && (collecting.has(name) || summarising.has(name));
      return aggregate ? [name] : aggregatesOf(child.args);
    }
    return /^Json(Object|Array)Agg$/.test(key) ? ["json_agg"] : aggregatesOf(child);
  });
}

const isCall = (value: unknown): value is FuncCall =>
  typeof value === "object" && value !== null && "funcname" in value;

/** Rows of a level's series of numbers with literal bounds, multiplied as they stand beside each other. */
function seriesRows(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((rows: number, each: unknown) => rows * seriesRows(each), 1);
  if (typeof value !== "object" || value === null) return 1;
  return Object.entries(value).reduce((rows, [key, child]) => {
    if (key === "SubLink" || key === "RangeSubselect") return rows;
    if (key === "FuncCall" && isCall(child) && strings(child.funcname).at(-1) === "generate_series") {
      const [from, to, step] = (child.args ?? []).map(numberOf);
      if (from === undefined || to === undefined) return rows;
      return rows * Math.max(1, Math.abs(to - from) / Math.max(Math.abs(step ?? 1), Number.EPSILON));
    }
    return rows * seriesRows(child);
  }, 1);
}

function numberOf(node: Node): number | undefined {
  if ("TypeCast" in node && node.TypeCast.arg !== undefined) return numberOf(node.TypeCast.arg);
  if (!("A_Const" in node)) return undefined;
  const { ival, fval } = node.A_Const;
  return ival === undefined ? (fval === undefined ? undefined : Number(fval.fval)) : (ival.ival ?? 0);
}

type Pair = { item: Item; column: string };

/** The column of this level that a reference means. */
function columnOf(node: Node | undefined, scope: Scope): Pair | undefined {
  if (node === undefined || !("ColumnRef" in node)) return undefined;
  const fields = strings(node.ColumnRef.fields);
  const [name = "", qualifier] = fields.toReversed();
  spend(scope.effort, scope.items.length);
  const item = scope.items.find(
    (each) =>
      !each.hidden &&
      (qualifier === undefined || each.name === qualifier) &&
      offered(each, name) !== undefined,
  );
  return item === undefined ? undefined : { item, column: name };
}

/** Keys, foreign keys and leading index columns: equality on one finds few rows. */
function isKey({ item: { relation }, column }: Pair): boolean {
  if (relation === undefined) return true;
  return (
    relation.primaryKey[0] === column ||
    relation.indexes.some(({ columns }) => columns[0] === column) ||
    relation.foreignKeys.some(({ columns }) => columns[0] === column)
  );
}

/** The joins of a level's FROM, inner ones first. */
function joins(query: SelectStmt): JoinExpr[] {
  const found: JoinExpr[] = [];
  const add = (node: Node | undefined): void => {
    if (node === undefined || !("JoinExpr" in node)) return;
    add(node.JoinExpr.larg);
    add(node.JoinExpr.rarg);
    found.push(node.JoinExpr);
  };
  query.fromClause?.forEach(add);
  return found;
}

/** Conditions of the level: WHERE and the ONs of its joins. */
function conditions(query: SelectStmt): Node[] {
  const found = conjuncts(query.whereClause);
  for (const join of joins(query)) for (const each of conjuncts(join.quals)) found.push(each);
  return found;
}

/** Items that an equality on a key holds to few rows, directly or through a join with one that is. */
function restrictedItems(query: SelectStmt, scope: Scope): Set<Item> {
  const restricted = new Set<Item>(scope.items.filter(({ relation }) => relation === undefined));
  const links: [Pair, Pair][] = [];
  for (const node of conditions(query)) {
    if (!("A_Expr" in node)) continue;
    const { kind, name, lexpr, rexpr } = node.A_Expr;
    if (strings(name).at(-1) !== "=") continue;
    const [left, right] = [columnOf(lexpr, scope), columnOf(rexpr, scope)];
    if (kind === "AEXPR_IN" && left !== undefined && isKey(left)) restricted.add(left.item);
    if (kind !== "AEXPR_OP") continue;
    if (left !== undefined && right !== undefined) links.push([left, right]);
    else if (left !== undefined && isKey(left) && isValue(rexpr, scope)) restricted.add(left.item);
    else if (right !== undefined && isKey(right) && isValue(lexpr, scope)) restricted.add(right.item);
  }
  for (const shared of usingPairs(query, scope)) links.push(shared);
  const linked = new Map<Item, Pair[]>();
  for (const [left, right] of links)
    for (const [{ item }, other] of [[left, right] as const, [right, left] as const]) {
      const others = linked.get(item);
      if (others === undefined) linked.set(item, [other]);
      else others.push(other);
    }
  const reached = [...restricted];
  for (let item = reached.pop(); item !== undefined; item = reached.pop()) {
    if (item.relation === undefined) continue;
    for (const other of linked.get(item) ?? []) {
      if (restricted.has(other.item) || !isKey(other)) continue;
      restricted.add(other.item);
      reached.push(other.item);
    }
  }
  return restricted;
}

/** A literal, a parameter, or anything else without a column. */
const isValue = (node: Node | undefined, { effort }: Scope): boolean =>
  node !== undefined && !holdsColumn(node, effort);

function holdsColumn(value: unknown, effort: Effort): boolean {
  if (typeof value !== "object" || value === null) return false;
  spend(effort);
  return "ColumnRef" in value || Object.values(value).some((each) => holdsColumn(each, effort));
}

function usingPairs(query: SelectStmt, scope: Scope): [Pair, Pair][] {
  // A name that many joins use connects the same items each time.
  const names = new Set(joins(query).flatMap(({ usingClause }) => strings(usingClause)));
  return [...names].flatMap((column) => {
    spend(scope.effort, scope.items.length);
    const items = scope.items.filter((item) => offered(item, column) !== undefined);
    return items.slice(1).map((item, index): [Pair, Pair] => [
      { item: items[index] ?? item, column },
      { item, column },
    ]);
  });
}

/** True where two big enough items of FROM stand beside each other without a condition that connects them. */
function isProduct(findings: Findings, query: SelectStmt, scope: Scope, restricted: Set<Item>): boolean {
  const tables = scope.items.filter((item) => item.columns.length > 0 && !item.qualifiedOnly);
  // Under an alias a join's own items have no names: what connects them is not told apart.
  if (tables.length < 2 || tables.some(({ hidden }) => hidden)) return false;
  const groups = new Map(tables.map((item) => [item, item]));
  const root = (item: Item): Item => {
    let at = item;
    for (let above = groups.get(at); above !== undefined && above !== at; above = groups.get(at)) {
      // Halves the way for whoever asks next.
      groups.set(at, groups.get(above) ?? above);
      at = above;
    }
    return at;
  };
  const connect = (items: Iterable<Item>): void => {
    const [first, ...others] = [...items].filter((item) => groups.has(item));
    for (const item of others) if (first !== undefined) groups.set(root(item), root(first));
  };
  for (const node of conditions(query)) connect(itemsIn(node, scope));
  for (const [left, right] of usingPairs(query, scope)) connect([left.item, right.item]);
  if (joins(query).some(({ isNatural }) => isNatural === true)) return false;
  const parts = new Map<Item, number>();
  for (const item of tables) {
    if (item.relation === undefined) continue;
    const rows = restricted.has(item) ? 1 : findings.names.rows(item.relation);
    parts.set(root(item), Math.max(parts.get(root(item)) ?? 1, rows));
  }
  return parts.size > 1 && [...parts.values()].reduce((product, rows) => product * rows, 1) > bulkRows;
}

/** Items of this level that an expression refers to. */
function itemsIn(value: unknown, scope: Scope, found = new Set<Item>()): Set<Item> {
  if (typeof value !== "object" || value === null) return found;
  spend(scope.effort);
  const unwrapped = unwrap(value);
  if (unwrapped?.[0] === "ColumnRef") {
    const column = columnOf({ ColumnRef: unwrapped[1] }, scope);
    if (column !== undefined) found.add(column.item);
    return found;
  }
  for (const child of Object.values(value)) itemsIn(child, scope, found);
  return found;
}
