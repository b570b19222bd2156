import type { Node } from "libpg-query";
import { type Effort, spend } from "./effort.ts";
import { strings } from "./walker.ts";

export type Constant = string | number | boolean | null;

/** A literal's value, also under casts; undefined: not a literal. */
export function constant(node: Node | undefined): Constant | undefined {
  if (node === undefined) return undefined;
  if ("TypeCast" in node) return constant(node.TypeCast.arg);
  if ("CollateClause" in node) return constant(node.CollateClause.arg);
  if (!("A_Const" in node)) return undefined;
  const { isnull, ival, fval, boolval, sval, bsval } = node.A_Const;
  if (isnull === true) return null;
  if (ival !== undefined) return ival.ival ?? 0;
  if (fval !== undefined) return Number(fval.fval);
  if (boolval !== undefined) return boolval.boolval ?? false;
  return sval?.sval ?? bsval?.bsval ?? "";
}

/** Whether two literals compare as the operator says; undefined: not sure (types and collations decide). */
export function compare(operator: string, left: Constant, right: Constant): boolean | undefined {
  const [a, b] = [Number(left), Number(right)];
  if (typeof left === "number" && typeof right === "number") {
    if (operator === "=") return a === b;
    if (operator === "<>" || operator === "!=") return a !== b;
    if (operator === "<") return a < b;
    if (operator === ">") return a > b;
    if (operator === "<=") return a <= b;
    if (operator === ">=") return a >= b;
  }
  const same = left === right && typeof left === typeof right;
  return same && ["=", "<=", ">="].includes(operator) ? true : undefined;
}

/** Whether two nodes are equal but for their positions. */
export function alike(left: unknown, right: unknown, effort: Effort): boolean {
  spend(effort);
  if (typeof left !== "object" || left === null || typeof right !== "object" || right === null)
    return left === right;
  const keys = Object.keys(left).filter((key) => key !== "location");
  return (
    keys.length === Object.keys(right).filter((key) => key !== "location").length &&
    keys.every((key) => alike(Reflect.get(left, key), Reflect.get(right, key), effort))
  );
}

/** Names nodes so that those have the same name that are equal but for their positions. */
export type Shapes = (node: unknown) => string;

/** Looks at each node once, however often it is asked for a node above it. */
export function createShapes(effort: Effort): Shapes {
  const numbers = new Map<string, string>();
  const known = new WeakMap<object, string>();
  return function shape(node) {
    if (typeof node !== "object" || node === null) return JSON.stringify(node) ?? "";
    const before = known.get(node);
    if (before !== undefined) return before;
    spend(effort);
    let text = Array.isArray(node) ? "[" : "{";
    for (const [key, value] of Object.entries(node))
      if (key !== "location") text += `${key}:${shape(value)},`;
    const number = numbers.get(text) ?? `#${numbers.size}`;
    numbers.set(text, number);
    known.set(node, number);
    return number;
  };
}

/** With more arms than this an OR is not searched for two that complement each other. */
const maxArms = 2_000;

const opposite: Record<string, string> = {
  "=": "<>",
  "<>": "=",
  "!=": "=",
  "<": ">=",
  ">=": "<",
  ">": "<=",
  "<=": ">",
};

/** `a OR NOT a`, `a IS NULL OR a IS NOT NULL`, `a < 5 OR a >= 5`: one of the arms always holds. */
export function complementary(arms: readonly Node[], shape: Shapes): boolean {
  // Nobody restricts by thousands of arms: taken for one that leaves nothing out.
  if (arms.length > maxArms) return true;
  const shapes = new Set(arms.map(shape));
  return arms.some((arm) => complements(arm).some((other) => shapes.has(shape(other))));
}

function complements(node: Node): Node[] {
  if ("BoolExpr" in node && node.BoolExpr.boolop === "NOT_EXPR") return node.BoolExpr.args ?? [];
  if ("NullTest" in node) {
    const nulltesttype = node.NullTest.nulltesttype === "IS_NULL" ? "IS_NOT_NULL" : "IS_NULL";
    return [{ NullTest: { ...node.NullTest, nulltesttype } }];
  }
  if ("A_Expr" in node && node.A_Expr.kind === "AEXPR_OP") {
    const other = opposite[strings(node.A_Expr.name).at(-1) ?? ""];
    if (other !== undefined) return [{ A_Expr: { ...node.A_Expr, name: [{ String: { sval: other } }] } }];
  }
  return [];
}
