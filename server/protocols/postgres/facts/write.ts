import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  Node,
  RangeVar,
  ReturningClause,
  SelectStmt,
  UpdateStmt,
} from "libpg-query";
import type { Relation } from "../../../../shared/nouns/catalog.ts";
import { type ConditionContext, restricts, truth } from "./conditions.ts";
import { spend } from "./effort.ts";
import { noteEqualities } from "./equalities.ts";
import { noteRowChange, noteTriggers } from "./findings.ts";
import { fromItem, relationItem, siteOf } from "./from.ts";
import type { Resolved } from "./names.ts";
import { outputOf, starColumns } from "./output.ts";
import { select, withClause } from "./query.ts";
import { type Item, newItem, newReach, newScope, type Reach, resolveStar, type Scope } from "./scope.ts";
import { type Output, strings, type Walker } from "./walker.ts";

type Target = { item: Item; resolved: Resolved; changed: Reach };
type Event = "INSERT" | "UPDATE" | "DELETE";

/** The relation that a statement writes; what it reads back of it goes to its reach. */
function target(walker: Walker, range: RangeVar | undefined, events: readonly Event[]): Target {
  const { findings } = walker;
  const resolved = findings.names.relation(range?.schemaname, range?.relname ?? "");
  const item = relationItem(resolved, range?.alias, range?.relname ?? "", range?.schemaname);
  const reach = item.reach ?? newReach();
  findings.targets.push({ resolved, reach, isKey: false });
  if (resolved.kind === "user") {
    if (range !== undefined) siteOf(walker, range, resolved, reach, "target");
    for (const event of events) noteTriggers(findings, resolved.relation, event);
  }
  return { item, resolved, changed: noteRowChange(findings, resolved) };
}

/** SET: changes the named columns, reads what the expressions say. */
function assignments(
  walker: Walker,
  { changed }: Target,
  list: readonly Node[] | undefined,
  scope: Scope,
): void {
  for (const node of list ?? []) {
    if (!("ResTarget" in node)) continue;
    const { name, indirection, val } = node.ResTarget;
    if (name !== undefined) changed.columns.add(name);
    walker.visit(indirection, scope);
    if (val !== undefined && "MultiAssignRef" in val) {
      // `(a, b) = (SELECT ...)`: the tree repeats the one sub-select for each column.
      if (val.MultiAssignRef.colno === 1) walker.visit(val.MultiAssignRef.source, scope);
    } else walker.visit(val, scope);
  }
}

/** RETURNING, where `old` and `new` (or other names for them) mean the target's row. */
function returning(
  walker: Walker,
  clause: ReturningClause | undefined,
  { item }: Target,
  scope: Scope,
): Output {
  if (clause === undefined) return { columns: [], open: false };
  const names = new Set(["old", "new"]);
  for (const node of clause.options ?? [])
    if ("ReturningOption" in node) names.add(node.ReturningOption.value ?? "");
  const rows = [...names].map((name) => newItem({ ...item, name, schema: undefined, qualifiedOnly: true }));
  const inner: Scope = { ...scope, items: [...scope.items, ...rows] };
  walker.visit(clause.exprs, inner);
  return outputOf(clause.exprs, (fields) => {
    const items = resolveStar(inner, fields);
    return {
      columns: starColumns(items),
      open: items.some(({ open }) => open),
    };
  });
}

const allColumns = (resolved: Resolved): string[] =>
  resolved.kind === "user" ? resolved.relation.columns.map(({ name }) => name) : [];

/** The target as ON CONFLICT (columns) names it: which unique index is meant, and nothing that comes back of it. */
function keyItem({ findings }: Walker, { item, resolved }: Target): Item {
  const key = relationItem(resolved, undefined, item.name ?? "", item.schema);
  findings.targets.push({ resolved, reach: key.reach ?? newReach(), isKey: true });
  return key;
}

export function insert(walker: Walker, node: InsertStmt, scope: Scope): Output {
  withClause(walker, node.withClause, scope);
  const { onConflictClause: conflict } = node;
  const updates = conflict?.action === "ONCONFLICT_UPDATE";
  const written = target(walker, node.relation, updates ? ["INSERT", "UPDATE"] : ["INSERT"]);
  if (node.cols === undefined && node.selectStmt !== undefined)
    for (const name of allColumns(written.resolved)) written.changed.columns.add(name);
  const rows = newScope({ ...scope, items: [] });
  assignments(walker, written, node.cols, rows);
  // VALUES alone reads nothing: it is no SELECT of its own.
  if (
    node.selectStmt !== undefined &&
    "SelectStmt" in node.selectStmt &&
    node.selectStmt.SelectStmt.valuesLists
  )
    select(walker, node.selectStmt.SelectStmt, rows);
  else if (node.selectStmt !== undefined) walker.statement(node.selectStmt, rows);
  const own: Scope = { ...scope, items: [written.item] };
  if (conflict !== undefined) {
    if (updates) walker.findings.actions.add("sql.update");
    const key = keyItem(walker, written);
    for (const element of conflict.infer?.indexElems ?? []) {
      const isName = "IndexElem" in element && element.IndexElem.expr === undefined;
      walker.visit(element, isName ? { ...scope, items: [key] } : own);
    }
    walker.visit(conflict.infer?.whereClause, own);
    // The row that was to be inserted: nothing that the table holds.
    const excluded = newItem({
      name: "excluded",
      columns: written.item.columns.map(({ name }) => ({ name, reaches: [] })),
      open: written.item.open,
      qualifiedOnly: true,
    });
    const both: Scope = { ...own, items: [written.item, excluded] };
    assignments(walker, written, conflict.targetList, both);
    walker.visit(conflict.whereClause, both);
  }
  return returning(walker, node.returningClause, written, own);
}

export function update(walker: Walker, node: UpdateStmt, scope: Scope): Output {
  withClause(walker, node.withClause, scope);
  const written = target(walker, node.relation, ["UPDATE"]);
  const level: Scope = { ...scope, items: [written.item] };
  for (const each of node.fromClause ?? [])
    level.items.push(...fromItem(walker, each, { ...level, items: level.items.slice(1) }));
  assignments(walker, written, node.targetList, level);
  walker.visit(node.whereClause, level);
  noteEqualities(walker.findings, node.whereClause, level);
  if (!restricts(node.whereClause, contextOf(walker, written))) walker.findings.bounded = false;
  return returning(walker, node.returningClause, written, level);
}

export function remove(walker: Walker, node: DeleteStmt, scope: Scope): Output {
  withClause(walker, node.withClause, scope);
  const written = target(walker, node.relation, ["DELETE"]);
  const level: Scope = { ...scope, items: [written.item] };
  for (const each of node.usingClause ?? [])
    level.items.push(...fromItem(walker, each, { ...level, items: level.items.slice(1) }));
  walker.visit(node.whereClause, level);
  noteEqualities(walker.findings, node.whereClause, level);
  if (!restricts(node.whereClause, contextOf(walker, written))) walker.findings.bounded = false;
  return returning(walker, node.returningClause, written, level);
}

export function merge(walker: Walker, node: MergeStmt, scope: Scope): Output {
  const { findings } = walker;
  withClause(walker, node.withClause, scope);
  const clauses = (node.mergeWhenClauses ?? []).flatMap((each) =>
    "MergeWhenClause" in each ? [each.MergeWhenClause] : [],
  );
  const events = clauses.flatMap(({ commandType }): Event[] =>
    commandType === "CMD_INSERT"
      ? ["INSERT"]
      : commandType === "CMD_UPDATE"
        ? ["UPDATE"]
        : commandType === "CMD_DELETE"
          ? ["DELETE"]
          : [],
  );
  const written = target(walker, node.relation, events);
  const source = fromItem(walker, node.sourceRelation, scope);
  const level: Scope = { ...scope, items: [written.item, ...source] };
  walker.visit(node.joinCondition, level);
  const context = contextOf(walker, written);
  const joined = restricts(node.joinCondition, context);
  for (const { matchKind, commandType, condition, targetList, values } of clauses) {
    walker.visit(condition, level);
    if (commandType === "CMD_INSERT" && targetList === undefined)
      for (const name of allColumns(written.resolved)) written.changed.columns.add(name);
    assignments(walker, written, targetList, level);
    walker.visit(values, level);
    if (commandType === "CMD_INSERT") findings.actions.add("sql.insert");
    if (commandType !== "CMD_UPDATE" && commandType !== "CMD_DELETE") continue;
    findings.actions.add(commandType === "CMD_UPDATE" ? "sql.update" : "sql.delete");
    // Rows that the source does not name are held by their own condition alone.
    const held = condition !== undefined && restricts(condition, context);
    if (!held && (matchKind === "MERGE_WHEN_NOT_MATCHED_BY_SOURCE" || !joined)) findings.bounded = false;
  }
  return returning(walker, node.returningClause, written, level);
}

/** System columns that tell one row from another; `tableoid` does not. */
const rowColumns = new Set(["ctid", "xmin"]);

/** What a write's condition may rest on: columns of its target. */
function contextOf(
  { findings }: Pick<Walker, "findings">,
  { item, resolved }: Omit<Target, "changed">,
): ConditionContext {
  const relation = resolved.kind === "user" ? resolved.relation : undefined;
  const isOwn = (fields: string[]): boolean => {
    const [column = "", qualifier] = fields.toReversed();
    if (qualifier !== undefined) return qualifier === item.name;
    return relation === undefined || has(relation, column) || rowColumns.has(column);
  };
  const context = (ofTarget: (fields: string[]) => boolean): ConditionContext => ({
    effort: findings.effort,
    shape: findings.shape,
    ofTarget,
    notNull(fields) {
      const name = fields.at(-1) ?? "";
      if (!ofTarget(fields)) return false;
      return rowColumns.has(name) || relation?.columns.find((each) => each.name === name)?.notNull === true;
    },
    everyValue(fields, query) {
      const { fromClause = [], targetList = [], whereClause, limitCount, groupClause, havingClause } = query;
      const [[from], [only]] = [fromClause, targetList];
      const whole = limitCount === undefined && groupClause === undefined && havingClause === undefined;
      if (!ofTarget(fields) || fromClause.length !== 1 || !whole) return false;
      if (from === undefined || !("RangeVar" in from) || only === undefined || !("ResTarget" in only))
        return false;
      const { val } = only.ResTarget;
      const source = findings.names.relation(from.RangeVar.schemaname, from.RangeVar.relname ?? "");
      if (source.qualified !== resolved.qualified || val === undefined || !("ColumnRef" in val)) return false;
      const everyRow = truth(whereClause, contextOf({ findings }, { item, resolved })) === "true";
      return everyRow && strings(val.ColumnRef.fields).at(-1) === fields.at(-1);
    },
    inside(query: SelectStmt) {
      spend(findings.effort, query.fromClause?.length);
      const inner = (query.fromClause ?? []).map((node) => {
        if (!("RangeVar" in node)) return undefined;
        const { alias, relname = "", schemaname } = node.RangeVar;
        const found = findings.names.relation(schemaname, relname);
        return {
          name: alias?.aliasname ?? relname,
          relation: found.kind === "user" ? found.relation : undefined,
        };
      });
      return context((fields) => {
        spend(findings.effort, 1 + inner.length);
        const [column = "", qualifier] = fields.toReversed();
        if (!ofTarget(fields)) return false;
        if (qualifier !== undefined) return !inner.some((each) => each?.name === qualifier);
        // An unqualified name belongs to the nearest FROM that may have it.
        return inner.every((each) => each?.relation !== undefined && !has(each.relation, column));
      });
    },
  });
  return context(isOwn);
}

const has = (relation: Relation, column: string): boolean =>
  relation.columns.some(({ name }) => name === column);
