import type { LockingClause, Node, SelectStmt, WithClause } from "libpg-query";
import { flowsOut, noteBulk, noteRecursion } from "./bulk.ts";
import { countOffered } from "./effort.ts";
import { noteEqualities } from "./equalities.ts";
import { noteCreated } from "./utility.ts";
import { fromItem } from "./from.ts";
import { outputOf, renamed, starColumns, valuesOutput } from "./output.ts";
import { type Cte, newScope, reachAll, resolveColumn, resolveStar, type Scope } from "./scope.ts";
import { type Output, strings, type Walker } from "./walker.ts";

/** WITH: each query sees those before it, and with RECURSIVE all of them. */
export function withClause(walker: Walker, clause: WithClause | undefined, scope: Scope): void {
  if (clause === undefined) return;
  const entries = (clause.ctes ?? []).flatMap((node) =>
    "CommonTableExpr" in node ? [node.CommonTableExpr] : [],
  );
  const define = (cte: Cte): void => void scope.ctes.set(cte.name, cte);
  if (clause.recursive === true)
    // Until it was walked, a query's columns are open: its own recursive part may name any of them.
    for (const { ctename = "", aliascolnames } of entries)
      define({ name: ctename, columns: strings(aliascolnames), open: true });
  for (const entry of entries) {
    const inner = newScope(scope);
    // Later siblings are not visible yet without RECURSIVE, since the map does not hold them.
    if (clause.recursive === true && entry.ctequery !== undefined && "SelectStmt" in entry.ctequery)
      noteRecursion(walker.findings, entry.ctequery.SelectStmt);
    const output = renamed(walker.statement(entry.ctequery, inner), strings(entry.aliascolnames));
    const { search_clause: search, cycle_clause: cycle } = entry;
    const added = [search?.search_seq_column, cycle?.cycle_mark_column, cycle?.cycle_path_column];
    define({
      name: entry.ctename ?? "",
      columns: [...output.columns, ...added.filter((name) => name !== undefined)],
      open: output.open,
    });
  }
}

/** A SELECT, VALUES, TABLE or set operation; `scope` is a level of its own that the query fills. */
export function select(walker: Walker, query: SelectStmt, scope: Scope): Output {
  const { findings } = walker;
  const { flows } = findings;
  findings.flows = flowsOut(query, flows);
  const output = level(walker, query, scope);
  findings.flows = flows;
  return output;
}

function level(walker: Walker, query: SelectStmt, scope: Scope): Output {
  const { findings } = walker;
  withClause(walker, query.withClause, scope);
  if (query.op !== undefined && query.op !== "SETOP_NONE") return setOperation(walker, query, scope);
  for (const node of query.fromClause ?? [])
    for (const item of fromItem(walker, node, scope)) scope.items.push(item);
  walker.visit([query.targetList, query.valuesLists], scope);
  const output =
    query.valuesLists === undefined
      ? outputOf(query.targetList, (fields) => starOutput(scope, fields))
      : valuesOutput(query);
  countOffered(findings, output.columns.length);
  walker.visit(query.whereClause, scope);
  visitNamed(walker, query.groupClause, scope, output, "input");
  walker.visit([query.havingClause, query.windowClause], scope);
  visitNamed(walker, query.distinctClause, scope, output, "output");
  visitNamed(walker, query.sortClause, scope, output, "output");
  walker.visit([query.limitCount, query.limitOffset], scope);
  for (const node of query.lockingClause ?? [])
    if ("LockingClause" in node) lock(walker, node.LockingClause, scope);
  if (query.intoClause?.rel !== undefined) {
    findings.actions.add("sql.ddl");
    findings.writes = true;
    noteCreated(findings, query.intoClause.rel);
  }
  noteEqualities(findings, query.whereClause, scope);
  noteBulk(findings, query, scope);
  return output;
}

function setOperation(walker: Walker, query: SelectStmt, scope: Scope): Output {
  const left = query.larg === undefined ? undefined : select(walker, query.larg, newScope(scope));
  if (query.rarg !== undefined) select(walker, query.rarg, newScope(scope));
  const output = left ?? { columns: [], open: true };
  visitNamed(walker, query.sortClause, scope, output, "output");
  walker.visit([query.limitCount, query.limitOffset], scope);
  return output;
}

function starOutput(scope: Scope, fields: string[]): Output {
  const items = resolveStar(scope, fields).filter(({ hidden }) => !hidden);
  return {
    columns: starColumns(items),
    // After NATURAL and USING the order and the number differ, the names do not.
    open: items.length === 0 || items.some(({ open }) => open),
  };
}

/**
 * GROUP BY, ORDER BY and DISTINCT ON: a bare name may mean an output column. ORDER BY prefers it, GROUP BY prefers a
 * column of the input (PostgreSQL: findTargetlistEntrySQL92).
 */
function visitNamed(
  walker: Walker,
  nodes: readonly Node[] | undefined,
  scope: Scope,
  output: Output,
  prefer: "input" | "output",
): void {
  if (nodes === undefined) return;
  const named = new Set(output.columns);
  for (const node of nodes) {
    const inner = "SortBy" in node ? node.SortBy.node : node;
    const fields = inner !== undefined && "ColumnRef" in inner ? strings(inner.ColumnRef.fields) : [];
    const [name] = fields;
    const bare = name !== undefined && fields.length === 1 && named.has(name);
    if (bare && prefer === "output") continue;
    if (bare) {
      const local = { ...scope, parent: undefined };
      const found = resolveColumn(local, fields).kind;
      if (found === "none" || found === "maybe") continue;
    }
    walker.visit(node, scope);
  }
}

/** FOR UPDATE and kin: PostgreSQL refuses them in a read-only transaction. */
function lock({ findings }: Walker, clause: LockingClause, scope: Scope): void {
  findings.actions.add("sql.lock");
  findings.writes = true;
  const named = new Set(
    (clause.lockedRels ?? []).flatMap((node) => ("RangeVar" in node ? [node.RangeVar.relname] : [])),
  );
  const items = new Set(scope.items.map((item) => item.name));
  for (const name of named)
    if (!items.has(name)) findings.opaque.add(`the row lock of ${name ?? ""} names nothing in its FROM`);
}

/** `*`: everything that the items of this level offer. */
export function star({ findings }: Walker, fields: string[], scope: Scope): void {
  const items = resolveStar(scope, fields);
  for (const item of items) reachAll(item);
  if (items.length === 0 && fields.length > 0 && !scope.open)
    findings.opaque.add(`${fields.join(".")}.* names nothing in its FROM`);
}
