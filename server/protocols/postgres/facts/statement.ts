import type { Node, RangeVar, TruncateStmt, TypeName } from "libpg-query";
import {
  columnRef,
  expression,
  funcCall,
  indirection,
  operator,
  subLink,
  typeCast,
  typeName,
} from "./expression.ts";
import { type Findings, noteRead, noteTriggered, noteTriggers, noteUnseen } from "./findings.ts";
import { spend } from "./effort.ts";
import { lastingEffects } from "./lasting.ts";
import { newItem, newReach, newScope, resolveColumn, type Scope } from "./scope.ts";
import { noteUnreadable } from "./settings.ts";
import { isStatementKind, statementClasses, type StatementKind } from "./statements.ts";
import { relationItem } from "./from.ts";
import { select } from "./query.ts";
import {
  body,
  copy,
  drop,
  elsewhere,
  explain,
  inOwnPath,
  noteCreated,
  noteNamed,
  transaction,
  variableSet,
} from "./utility.ts";
import { type Output, strings, unwrap, type Walker } from "./walker.ts";
import { insert, merge, remove, update } from "./write.ts";

const nothing: Output = { columns: [], open: true };

/** The walk over a statement of any kind. */
export function createWalker(findings: Findings): Walker {
  const walker: Walker = {
    findings,
    with: createWalker,
    visit: (value, scope) => visit(walker, value, scope),
    statement: (node, scope) => statement(walker, node, scope),
  };
  return walker;
}

function visit(walker: Walker, value: unknown, scope: Scope): void {
  if (Array.isArray(value)) {
    for (const each of value) visit(walker, each, scope);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  spend(walker.findings.effort);
  const unwrapped = unwrap(value);
  if (unwrapped === undefined) return fields(walker, value, scope);
  if (isStatementKind(unwrapped[0])) return void walker.statement(value, newScope(scope));
  // The grammar's types belong to the parser that is pinned beside them: a wrapped node is one of its kinds.
  node(walker, value as Node, unwrapped[1], scope);
}

/** Expressions; whatever has no case of its own is walked through. */
function node(walker: Walker, value: Node, inside: object, scope: Scope): void {
  if ("ColumnRef" in value) return columnRef(walker, value.ColumnRef, scope);
  if ("A_Expr" in value) return expression(walker, value.A_Expr, scope);
  if ("FuncCall" in value) return funcCall(walker, value.FuncCall, scope);
  if ("TypeCast" in value) return typeCast(walker, value.TypeCast, scope);
  if ("TypeName" in value) return typeName(walker, value.TypeName);
  if ("SubLink" in value) return subLink(walker, value.SubLink, scope);
  if ("A_Indirection" in value) return indirection(walker, value.A_Indirection, scope);
  if ("SortBy" in value) operator(walker, value.SortBy.useOp);
  // A column of an index, a statistic or ON CONFLICT, by its bare name.
  const column =
    "IndexElem" in value ? value.IndexElem.name : "StatsElem" in value ? value.StatsElem.name : undefined;
  if (column !== undefined) resolveColumn(scope, [column]);
  if ("ParamRef" in value) {
    if (walker.findings.source !== undefined)
      walker.findings.parameters = Math.max(walker.findings.parameters, value.ParamRef.number ?? 0);
    return;
  }
  fields(walker, inside, scope);
}

/** A node's fields. Types and relations also stand without their kind's wrapper, where the grammar leaves no choice. */
function fields(walker: Walker, value: object, scope: Scope): void {
  if (isTypeName(value)) return typeName(walker, value);
  if (isRangeVar(value)) return noteNamed(walker, value, changesNamed(walker));
  for (const child of Object.values(value)) visit(walker, child, scope);
}

const isTypeName = (value: object): value is TypeName => "names" in value && "typemod" in value;
const isRangeVar = (value: object): value is RangeVar => "relname" in value && "relpersistence" in value;

/** DDL, rights and TRUNCATE change the relations that they name; locks and maintenance only touch them. */
const changesNamed = ({ findings: { actions } }: Walker): boolean =>
  actions.has("sql.ddl") || actions.has("sql.grant") || actions.has("sql.truncate");

function statement(walker: Walker, value: unknown, scope: Scope): Output {
  const { findings } = walker;
  const unwrapped = unwrap(value);
  if (unwrapped === undefined) return nothing;
  const [kind] = unwrapped;
  if (!isStatementKind(kind)) {
    if (kind === "List") {
      // BEGIN ATOMIC holds lists of statements.
      const items: unknown = Reflect.get(unwrapped[1], "items");
      if (Array.isArray(items)) for (const each of items) statement(walker, each, newScope(scope));
      return nothing;
    }
    findings.actions.add("sql.other");
    findings.opaque.add(`${kind} is no statement that is known`);
    findings.writes = true;
    return nothing;
  }
  const { action, writes, effect } = statementClasses[kind];
  findings.actions.add(action);
  findings.writes ||= writes;
  if (effect !== undefined) findings.effects.add(effect);
  for (const each of lastingEffects(kind, unwrapped[1])) findings.effects.add(each);
  const known = value as Node;
  if ("SelectStmt" in known) return select(walker, known.SelectStmt, scope);
  if ("InsertStmt" in known) return insert(walker, known.InsertStmt, scope);
  if ("UpdateStmt" in known) return update(walker, known.UpdateStmt, scope);
  if ("DeleteStmt" in known) return remove(walker, known.DeleteStmt, scope);
  if ("MergeStmt" in known) return merge(walker, known.MergeStmt, scope);
  utility(walker, kind, known, unwrapped[1], scope);
  return nothing;
}

function utility(walker: Walker, kind: StatementKind, known: Node, inside: object, scope: Scope): void {
  const { findings } = walker;
  const open: Scope = { ...newScope(scope), open: true };
  if ("CopyStmt" in known) return copy(walker, known.CopyStmt, scope);
  if ("ExplainStmt" in known) return explain(walker, known.ExplainStmt, scope);
  if ("VariableSetStmt" in known) return variableSet(walker, known.VariableSetStmt);
  if ("TransactionStmt" in known) return transaction(walker, known.TransactionStmt);
  if ("DropStmt" in known) return drop(walker, known.DropStmt);
  if ("CallStmt" in known) return walker.visit({ FuncCall: known.CallStmt.funccall }, scope);
  if ("DoStmt" in known) return body(walker, "inside a DO block");
  if ("TruncateStmt" in known) truncate(findings, known.TruncateStmt);
  if ("DiscardStmt" in known) {
    if (known.DiscardStmt.target === "DISCARD_ALL") noteUnreadable(findings, "DISCARD ALL");
    findings.sessionChanges.add(
      `discard:${(known.DiscardStmt.target ?? "").replace(/^DISCARD_/, "").toLowerCase()}`,
    );
  }
  if ("PrepareStmt" in known) {
    const { parameters } = findings;
    findings.prepares = true;
    walker.statement(known.PrepareStmt.query, newScope(scope));
    findings.prepares = false;
    // Its parameters are EXECUTE's, not the command's.
    findings.parameters = parameters;
    findings.prepared.add(known.PrepareStmt.name ?? "");
    return;
  }
  if ("ExecuteStmt" in known) {
    findings.runs.add(known.ExecuteStmt.name ?? "");
    if (!findings.prepared.has(known.ExecuteStmt.name ?? ""))
      unseen(findings, "EXECUTE", "PREPARE", known.ExecuteStmt.name ?? "");
    return walker.visit(known.ExecuteStmt.params, scope);
  }
  if ("DeclareCursorStmt" in known) {
    walker.statement(known.DeclareCursorStmt.query, newScope(scope));
    findings.cursors.add(known.DeclareCursorStmt.portalname ?? "");
    return;
  }
  if ("FetchStmt" in known) {
    findings.runs.add(known.FetchStmt.portalname ?? "");
    if (!findings.cursors.has(known.FetchStmt.portalname ?? ""))
      unseen(findings, "FETCH", "DECLARE", known.FetchStmt.portalname ?? "");
    return;
  }
  if ("CreateTableAsStmt" in known) {
    const { into, query } = known.CreateTableAsStmt;
    if (into?.rel !== undefined) noteCreated(findings, into.rel);
    walker.statement(query, newScope(scope));
    return;
  }
  if ("ViewStmt" in known) {
    if (known.ViewStmt.view !== undefined) noteCreated(findings, known.ViewStmt.view, true);
    walker.statement(known.ViewStmt.query, newScope(scope));
    return;
  }
  if ("CreateFunctionStmt" in known) {
    const { sql_body: atomic, ...head } = known.CreateFunctionStmt;
    walker.visit([head.parameters, head.returnType], open);
    if (atomic === undefined)
      return inOwnPath(findings, head.options, () => body(walker, "in a function's body"));
    return elsewhere(walker, "in a function's body", () => void walker.statement(atomic, open));
  }
  if ("CreateTrigStmt" in known) {
    const [name = "", schema] = strings(known.CreateTrigStmt.funcname).toReversed();
    noteTriggered(findings, schema, name);
  }
  if ("CreateStmt" in known || "CreateForeignTableStmt" in known) {
    const made = "CreateStmt" in known ? known.CreateStmt : known.CreateForeignTableStmt.base;
    if (made?.relation !== undefined) noteCreated(findings, made.relation);
    return walker.visit({ ...made, relation: undefined }, open);
  }
  if ("CreateSeqStmt" in known && known.CreateSeqStmt.sequence !== undefined)
    return noteCreated(findings, known.CreateSeqStmt.sequence);
  if ("ReindexStmt" in known && known.ReindexStmt.kind === "REINDEX_OBJECT_INDEX") {
    const { schemaname, relname = "" } = known.ReindexStmt.relation ?? {};
    const table = findings.names.ofIndex(schemaname, relname);
    if (table !== undefined) return noteRead(findings, table, newReach());
  }
  if ("CreateTrigStmt" in known) noteCodeOn(findings, "trigger", known.CreateTrigStmt.relation);
  if ("RuleStmt" in known) noteCodeOn(findings, "rule", known.RuleStmt.relation);
  // Queries inside definitions are kept, not run; locks and maintenance only name what they touch.
  if (statementClasses[kind].action !== "sql.ddl") return definition(walker, inside, open);
  elsewhere(walker, "in a definition", () => definition(walker, inside, open));
}

function truncate(findings: Findings, { relations }: TruncateStmt): void {
  findings.bounded = false;
  for (const node of relations ?? []) {
    if (!("RangeVar" in node)) continue;
    const resolved = findings.names.relation(node.RangeVar.schemaname, node.RangeVar.relname ?? "");
    if (resolved.kind === "user") noteTriggers(findings, resolved.relation, "TRUNCATE");
  }
}

/** DDL and the rest: expressions over the relation that the statement names read its columns. */
function definition(walker: Walker, inside: object, scope: Scope): void {
  const range: unknown = Reflect.get(inside, "relation");
  if (
    typeof range === "object" &&
    range !== null &&
    "relname" in range &&
    typeof range.relname === "string"
  ) {
    const schema =
      "schemaname" in range && typeof range.schemaname === "string" ? range.schemaname : undefined;
    const resolved = walker.findings.names.relation(schema, range.relname);
    const item = relationItem(resolved, undefined, range.relname, schema);
    scope.items.push(item, newItem({ ...item, name: "old" }), newItem({ ...item, name: "new" }));
    walker.findings.targets.push({ resolved, reach: item.reach ?? newReach(), isKey: false });
  }
  fields(walker, inside, scope);
}

/**
 * A trigger or a rule of a table that the catalog does not hold would act unseen. Of one that the command has made it
 * is the last thing that is done, for no name after it is sure.
 */
function noteCodeOn(findings: Findings, what: string, range: RangeVar | undefined): void {
  const resolved = findings.names.relation(range?.schemaname, range?.relname ?? "");
  const { qualified } = resolved;
  if (resolved.kind === "unknown" && (!resolved.own || range?.schemaname === "pg_temp"))
    noteUnseen(
      findings,
      `a ${what} of ${qualified}, which is not in the catalog, would act unseen`,
      `Make the ${what} once ${qualified} is in the catalog; temporary tables have none.`,
    );
}

/** What was prepared or opened by an earlier command or by code. */
function unseen(findings: Findings, runs: string, makes: string, name: string): void {
  noteUnseen(
    findings,
    `${runs} ${name} runs what was made elsewhere`,
    `Send ${makes} ${name} in the same command before it, or the query itself.`,
  );
}
