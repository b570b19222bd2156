import type {
  CopyStmt,
  DropStmt,
  ExplainStmt,
  Node,
  RangeVar,
  TransactionStmt,
  VariableSetStmt,
} from "libpg-query";
import {
  type Findings,
  noteChange,
  noteRead,
  noteRowChange,
  noteTriggers,
  noteUnmaskable,
  noteUnseen,
} from "./findings.ts";
import { bulkRows } from "./bulk.ts";
import { isTemporary } from "./earlier.ts";
import { namesOf } from "./names.ts";
import { isOn } from "./options.ts";
import { relationItem, siteOf } from "./from.ts";
import { newReach, newScope, type Scope, topScope } from "./scope.ts";
import { noteSetting, noteUnreadable } from "./settings.ts";
import { strings, type Walker } from "./walker.ts";

/**
 * Notes a relation that a statement makes: in the first schema of the path where it is not qualified. Temporary ones are
 * the session's own: `pg_temp` stands last in its path, and what fills them may read nothing hidden. A temporary view
 * is not, for it goes on reading.
 */
export function noteCreated(findings: Findings, range: RangeVar, isView = false): void {
  const { schemaname, relname = "" } = range;
  const resolved = findings.names.relation(isTemporary(range) ? undefined : schemaname, relname);
  const [first] = findings.names.catalog.searchPath;
  const schema = isTemporary(range) ? "pg_temp" : (schemaname ?? first);
  const placed =
    schema === undefined || (resolved.kind !== "unknown" && !isTemporary(range))
      ? resolved
      : { kind: "unknown" as const, qualified: `${schema}.${relname}`, own: false };
  noteChange(findings, placed);
  if (!isTemporary(range)) return;
  if (isView)
    noteUnseen(
      findings,
      `${relname} is a temporary view, whose columns have no classes`,
      `Put the query of ${relname} into a WITH query of the statement that reads it.`,
    );
  if (resolved.kind !== "unknown")
    noteUnseen(
      findings,
      `${relname} is temporary, and ${resolved.qualified} has the same name`,
      `Give the temporary table another name than ${relname}.`,
    );
}

/** A relation that a utility statement names: changed by DDL and rights, else read without any column. */
export function noteNamed(walker: Walker, range: RangeVar, changes: boolean): void {
  const { findings } = walker;
  const resolved = findings.names.relation(range.schemaname, range.relname ?? "");
  if (range.relpersistence === "t") noteCreated(findings, range);
  else if (changes) noteChange(findings, resolved);
  else noteRead(findings, resolved, newReach());
  if (resolved.kind === "user") siteOf(walker, range, resolved, newReach(), "other");
}

/** COPY in all directions: a table or query out, rows in, through the client, a file or a program of the server. */
export function copy(walker: Walker, node: CopyStmt, scope: Scope): void {
  const { findings } = walker;
  if (node.is_program === true) findings.effects.add("server-program");
  else if (node.filename !== undefined) findings.effects.add("server-file");
  if (node.is_program === true || node.filename !== undefined) {
    findings.writes = true;
    noteUnmaskable(
      findings,
      "COPY moves rows between a table and the server itself",
      "Write COPY ... TO STDOUT or COPY ... FROM STDIN, which goes through the session.",
    );
  }
  if (node.query !== undefined) {
    walker.statement(node.query, newScope(scope));
    return;
  }
  if (node.relation === undefined) return;
  const resolved = findings.names.relation(node.relation.schemaname, node.relation.relname ?? "");
  const item = relationItem(resolved, undefined, node.relation.relname ?? "", node.relation.schemaname);
  const reach = item.reach ?? newReach();
  const columns = strings(node.attlist);
  if (node.is_from === true) {
    findings.actions.add("sql.insert");
    findings.writes = true;
    const changed = noteRowChange(findings, resolved);
    if (resolved.kind === "user") noteTriggers(findings, resolved.relation, "INSERT");
    if (columns.length === 0) changed.all = true;
    for (const name of columns) changed.columns.add(name);
    if (resolved.kind === "user") siteOf(walker, node.relation, resolved, newReach(), "other");
    // WHERE filters the rows that arrive.
    walker.visit(node.whereClause, { ...newScope(scope), open: true });
    return;
  }
  findings.actions.add("sql.select");
  if (columns.length === 0) reach.all = true;
  for (const name of columns) reach.columns.add(name);
  noteRead(findings, resolved, reach);
  if (resolved.kind === "user") {
    siteOf(walker, node.relation, resolved, reach, "other");
    if (findings.names.rows(resolved.relation) > bulkRows) findings.bulk = true;
  }
}

/** EXPLAIN: with ANALYZE the statement runs and counts in full, without it only what the plan would show. */
export function explain(walker: Walker, node: ExplainStmt, scope: Scope): void {
  const { findings } = walker;
  const runs = isOn(node.options, "analyze");
  const inner: Findings = {
    ...findings,
    actions: new Set(),
    changes: new Map(),
    effects: new Set(),
    sessionChanges: new Set(),
    writes: false,
    bounded: true,
    bulk: false,
  };
  walker.with(inner).statement(node.query, newScope(scope));
  findings.parameters = inner.parameters;
  if (!runs) return;
  for (const action of inner.actions) findings.actions.add(action);
  for (const [name, use] of inner.changes) findings.changes.set(name, use);
  for (const effect of inner.effects) findings.effects.add(effect);
  for (const change of inner.sessionChanges) findings.sessionChanges.add(change);
  findings.writes ||= inner.writes;
  findings.bounded &&= inner.bounded;
}

/** SET, RESET and SET TRANSACTION. */
export function variableSet({ findings }: Walker, node: VariableSetStmt): void {
  if (node.kind === "VAR_RESET_ALL") {
    findings.sessionChanges.add("reset:all");
    findings.writes = true;
    noteUnreadable(findings, "RESET ALL");
    return;
  }
  if (node.kind === "VAR_SET_MULTI") {
    const name = (node.name ?? "").toLowerCase().replaceAll(" ", "-");
    findings.sessionChanges.add(`set:${name}`);
    findings.actions.add("sql.transaction");
    return transactionOptions(findings, node.args);
  }
  noteSetting(findings, node.name, (node.args ?? []).map(settingValue), true);
}

function settingValue(node: Node): string {
  if (!("A_Const" in node)) return "";
  const { ival, sval, boolval } = node.A_Const;
  return sval?.sval ?? (boolval === undefined ? String(ival?.ival ?? 0) : String(boolval.boolval === true));
}

function transactionOptions(findings: Findings, options: readonly Node[] | undefined): void {
  for (const node of options ?? []) {
    if (!("DefElem" in node) || node.DefElem.defname !== "transaction_read_only") continue;
    const { arg } = node.DefElem;
    noteSetting(findings, "transaction_read_only", arg === undefined ? [] : [settingValue(arg)], true);
  }
}

/** Transaction control, each kind by its name. */
export function transaction({ findings }: Walker, node: TransactionStmt): void {
  const kind = (node.kind ?? "")
    .replace(/^TRANS_STMT_/, "")
    .toLowerCase()
    .replaceAll("_", "-");
  findings.sessionChanges.add(`transaction:${kind}`);
  if (kind.includes("prepare")) {
    findings.effects.add("two-phase-commit");
    findings.writes = true;
  }
  transactionOptions(findings, node.options);
}

/** Kinds of object that are relations by name. */
const relationKinds = new Set([
  "OBJECT_TABLE",
  "OBJECT_VIEW",
  "OBJECT_MATVIEW",
  "OBJECT_SEQUENCE",
  "OBJECT_FOREIGN_TABLE",
]);

export function drop({ findings }: Walker, node: DropStmt): void {
  for (const object of node.objects ?? []) {
    const names = "List" in object ? strings(object.List.items) : [];
    // Rules, triggers and policies are named after their table.
    const owned = ["OBJECT_RULE", "OBJECT_TRIGGER", "OBJECT_POLICY"].includes(node.removeType ?? "");
    if (!owned && !relationKinds.has(node.removeType ?? "")) continue;
    const [name = "", schema] = (owned ? names.slice(0, -1) : names).toReversed();
    noteChange(findings, findings.names.relation(schema, name));
  }
}

/** Runs a walk over a body that is read by the `search_path` which its function sets for itself, if it does. */
export function inOwnPath(findings: Findings, options: readonly Node[] | undefined, walk: () => void): void {
  const { names } = findings;
  for (const option of options ?? []) {
    const set = "DefElem" in option ? option.DefElem.arg : undefined;
    if (set === undefined || !("VariableSetStmt" in set)) continue;
    const { name, kind, args } = set.VariableSetStmt;
    if (name?.toLowerCase() !== "search_path" || kind !== "VAR_SET_VALUE") continue;
    const searchPath = (args ?? []).map(settingValue);
    if (searchPath.includes("$user"))
      noteUnseen(
        findings,
        "a function's search_path names the schema of whoever runs it",
        "Name the schemas themselves.",
      );
    findings.names = namesOf({ ...names.catalog, searchPath });
  }
  walk();
  findings.names = names;
}

/** Runs a walk over code whose positions are not the command's. */
export function elsewhere(walker: Walker, where: string, walk: () => void): void {
  const { findings } = walker;
  const { source, where: before, code } = findings;
  findings.source = undefined;
  findings.where = where;
  findings.code = undefined;
  walk();
  Object.assign(findings, { source, where: before, code });
}

/** The body of the statement that is walked: what it does counts as the statement's own. */
export function body(walker: Walker, where: string): void {
  const { findings } = walker;
  const { code } = findings;
  if (code === null || code === undefined) {
    noteUnseen(findings, `code ${where} cannot be read`, "Write the code in SQL or PL/pgSQL.");
    findings.writes = true;
    return;
  }
  if (code.dynamic) {
    noteUnseen(
      findings,
      `code ${where} runs text that is made at run time`,
      "Write the statement itself in the place of EXECUTE.",
    );
    findings.writes = true;
  }
  if (code.transaction) findings.sessionChanges.add("transaction:commit");
  const scope: Scope = { ...topScope(findings.effort), open: true };
  elsewhere(walker, where, () => {
    for (const tree of code.trees)
      for (const { stmt } of tree.stmts ?? []) walker.statement(stmt, newScope(scope));
  });
}
