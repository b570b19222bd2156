import type {
  A_Expr,
  A_Indirection,
  ColumnRef,
  FuncCall,
  Node,
  SubLink,
  TypeCast,
  TypeName,
} from "libpg-query";
import { spend } from "./effort.ts";
import { type Findings, noteCall, noteUnknown, noteUnseen } from "./findings.ts";
import { systemFunction } from "./functions.ts";
import { columnsLike, didYouMean } from "./proposals.ts";
import { star } from "./query.ts";
import { findItem, type Item, newScope, offered, resolveColumn, type Scope } from "./scope.ts";
import { noteSetting } from "./settings.ts";
import { strings, type Walker } from "./walker.ts";

export function columnRef(walker: Walker, { fields }: ColumnRef, scope: Scope): void {
  const names = strings(fields);
  const last = fields?.at(-1);
  if (last !== undefined && "A_Star" in last) return star(walker, names, scope);
  const resolution = resolveColumn(scope, names);
  if (resolution.kind === "function") noteField(walker.findings, names, resolution);
  if (resolution.kind === "none" && !isMistyped(walker.findings, names))
    walker.findings.opaque.add(
      `column ${names.join(".")} is not known here${didYouMean(columnsAround(walker.findings, names, scope))}`,
    );
}

/** Columns of what the statement reads there that may be meant: of the items so called, where one is named. */
function columnsAround(findings: Findings, fields: readonly string[], scope: Scope): string[] {
  const [name = "", qualifier] = fields.toReversed();
  const items: Item[] = [];
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent)
    items.push(...level.items.filter((item) => qualifier === undefined || item.name === qualifier));
  return columnsLike(findings, items, name);
}

/**
 * A name that the target has nowhere, in a statement that only reads: the target itself says so, and where. A write's
 * target is not rewritten, and may have got the column since the catalog was read.
 */
function isMistyped({ names, targets }: Findings, fields: readonly string[]): boolean {
  return targets.length === 0 && !names.isUsed(fields.at(-1) ?? "");
}

/** `row.name` where the row has no such column: a call, or a name that is mistyped, which is no function's yet. */
function noteField(
  findings: Findings,
  written: readonly string[],
  { item, name }: { item: Item; name: string },
): void {
  if (findings.names.functions(undefined, name).length > 0 || systemFunction(name) !== undefined)
    return noteCall(findings, undefined, name);
  noteUnknown(findings, "column", written.join("."), columnsLike(findings, [item], name));
}

/**
 * `(x).name`: a field of a composite value, or a function called on it. A field of a whole row reaches that column
 * alone; any other name that is a function's counts as a call of it.
 */
export function indirection(walker: Walker, { arg, indirection: steps }: A_Indirection, scope: Scope): void {
  const [first, ...rest] = steps ?? [];
  const [name] = strings(first === undefined ? [] : [first]);
  const row = arg !== undefined && "ColumnRef" in arg ? strings(arg.ColumnRef.fields) : [];
  const [item] = row;
  if (name !== undefined && item !== undefined && row.length === 1 && isRow(scope, item)) {
    const resolution = resolveColumn(scope, [item, name]);
    if (resolution.kind === "function") noteField(walker.findings, [item, name], resolution);
    walker.visit(rest, scope);
    return noteAttributes(walker, strings(rest));
  }
  walker.visit(arg, scope);
  walker.visit(steps, scope);
  noteAttributes(walker, strings(steps));
}

/** True where a bare name means a whole row: an item's name that is no column of any level. */
function isRow(scope: Scope, name: string): boolean {
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    spend(level.effort, level.items.length);
    if (level.items.some((item) => !item.hidden && (item.open || offered(item, name) !== undefined)))
      return false;
  }
  return findItem(scope, undefined, name) !== undefined;
}

/** `value.name` is `name(value)` where the value has no such field: what acts outside the query must not hide in it. */
function noteAttributes({ findings }: Walker, names: string[]): void {
  for (const name of names) {
    const system = systemFunction(name);
    if (findings.names.functions(undefined, name).length > 0 || system?.effect !== undefined)
      noteCall(findings, undefined, name);
  }
}

export function funcCall(walker: Walker, call: FuncCall, scope: Scope): void {
  const { findings } = walker;
  const parts = strings(call.funcname);
  const [name = "", schema] = parts.toReversed();
  walker.visit([call.args, call.agg_order, call.agg_filter, call.over], scope);
  if (isColumnOfRow(call.args, name, scope)) return;
  if (schema !== undefined && /^pg_temp(_\d+)?$/.test(schema))
    findings.opaque.add(`function ${schema}.${name} is of a temporary schema`);
  noteCall(findings, schema, name);
  if (name === "set_config") {
    const [setting, value] = (call.args ?? []).map(literal);
    noteSetting(findings, setting, value === undefined ? [] : [value], false);
  }
}

const literal = (node: Node | undefined): string | undefined =>
  node !== undefined && "A_Const" in node ? node.A_Const.sval?.sval : undefined;

/** `email(customers)` is `customers.email`. */
function isColumnOfRow(args: readonly Node[] | undefined, name: string, scope: Scope): boolean {
  const [only] = args ?? [];
  if (args?.length !== 1 || only === undefined || !("ColumnRef" in only)) return false;
  const [row, ...more] = strings(only.ColumnRef.fields);
  if (row === undefined || more.length > 0 || !isRow(scope, row)) return false;
  const item = findItem(scope, undefined, row);
  return item !== undefined && offered(item, name) !== undefined;
}

export function operator(walker: Walker, names: readonly Node[] | undefined): void {
  const parts = strings(names);
  const symbol = parts.at(-1) ?? "";
  const own = parts.length > 1 && parts[0] !== "pg_catalog";
  if (own || walker.findings.names.operators.has(symbol))
    noteUnseen(
      walker.findings,
      `operator ${symbol} runs code of the target's own`,
      `Write PostgreSQL's own operator, as in a OPERATOR(pg_catalog.=) b, in the place of ${symbol}.`,
    );
}

export function expression(walker: Walker, node: A_Expr, scope: Scope): void {
  operator(walker, node.name);
  walker.visit([node.lexpr, node.rexpr], scope);
}

export function subLink(walker: Walker, node: SubLink, scope: Scope): void {
  operator(walker, node.operName);
  walker.visit(node.testexpr, scope);
  const { flows } = walker.findings;
  // ARRAY(SELECT ...) carries every row out; the others give one value or none.
  walker.findings.flows = flows && node.subLinkType === "ARRAY_SUBLINK";
  walker.statement(node.subselect, newScope(scope));
  walker.findings.flows = flows;
}

/** A cast to a type whose casts or checks run code of the target's own. */
export function typeName({ findings }: Walker, { names, pct_type: percent }: TypeName): void {
  const parts = strings(names);
  const written = parts.join(".");
  if (percent === true || parts[0] === "pg_catalog") return;
  if (findings.names.castTypes.has(written))
    noteUnseen(
      findings,
      `type ${written} runs code of the target's own`,
      `Leave ${written} out, or cast to a type of PostgreSQL's own.`,
    );
}

export function typeCast(walker: Walker, node: TypeCast, scope: Scope): void {
  walker.visit(node.arg, scope);
  if (node.typeName !== undefined) typeName(walker, node.typeName);
}
