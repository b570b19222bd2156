import type { A_Expr, Node, SelectStmt } from "libpg-query";
import { strings } from "./walker.ts";

/** What is known of a condition whatever the row holds; `restricts`: it depends on the row. */
export type Truth = "true" | "false" | "null" | "restricts";

/** What conditions need to know of the query around them. */
export type ConditionContext = {
  /** Fields of a column reference mean a column of the rows that the condition is to restrict. */
  ofTarget(fields: string[]): boolean;
  /** The column can never be null. */
  notNull(fields: string[]): boolean;
  /** The sub-select gives every value of the target's column. */
  everyValue(fields: string[], query: Node): boolean;
  /** The same inside a sub-select, whose own FROM may take names away from the target. */
  inside(query: SelectStmt): ConditionContext;
};

/** A node's text without positions: equal for equal expressions. */
const shape = (node: unknown): string =>
  JSON.stringify(node, (key, value: unknown) => (key === "location" ? undefined : value)) ?? "";

const fieldsOf = (node: Node | undefined): string[] | undefined =>
  node !== undefined && "ColumnRef" in node ? strings(node.ColumnRef.fields) : undefined;

const negated: Record<Truth, Truth> = { true: "false", false: "true", null: "null", restricts: "restricts" };

type Constant = string | number | boolean | null;

/** A literal's value, also under casts, signs and parentheses; undefined: not a literal. */
function constant(node: Node | undefined): Constant | undefined {
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

const truthOf = (value: Constant): Truth => {
  if (value === null) return "null";
  if (typeof value === "string")
    return /^\s*(t|tr|tru|true|y|ye|yes|on|1)\s*$/i.test(value) ? "true" : "false";
  return value === false || value === 0 ? "false" : "true";
};

/** True where anything below refers to a column of the rows in question. */
function dependsOnRow(node: unknown, context: ConditionContext): boolean {
  if (Array.isArray(node)) return node.some((each) => dependsOnRow(each, context));
  if (typeof node !== "object" || node === null) return false;
  for (const [key, value] of Object.entries(node)) {
    if (key === "ColumnRef") {
      const fields: unknown = Reflect.get(Object(value), "fields");
      if (Array.isArray(fields) && context.ofTarget(strings(fields))) return true;
    } else if (dependsOnRow(value, key === "SelectStmt" ? context.inside(Object(value)) : context))
      return true;
  }
  return false;
}

function compare(operator: string, left: Constant, right: Constant): Truth {
  if (left === null || right === null) return "null";
  const [a, b] = typeof left === typeof right ? [left, right] : [String(left), String(right)];
  const results: Record<string, boolean> = {
    "=": a === b,
    "<>": a !== b,
    "!=": a !== b,
    "<": a < b,
    ">": a > b,
    "<=": a <= b,
    ">=": a >= b,
  };
  const result = results[operator];
  // An operator that is not computed here: of constants alone, so it restricts nothing.
  return result === undefined || result ? "true" : "false";
}

const opposite: Record<string, string> = {
  "=": "<>",
  "<>": "=",
  "!=": "=",
  "<": ">=",
  ">=": "<",
  ">": "<=",
  "<=": ">",
};

function comparison(node: A_Expr, context: ConditionContext): Truth {
  const operator = strings(node.name).at(-1) ?? "";
  const [left, right] = [constant(node.lexpr), constant(node.rexpr)];
  if (left === null || right === null)
    return node.kind?.includes("DISTINCT") === true ? distinct(node, context) : "null";
  if (node.kind === "AEXPR_OP" && left !== undefined && right !== undefined)
    return compare(operator, left, right);
  const same = shape(node.lexpr) === shape(node.rexpr);
  if (same && node.kind === "AEXPR_OP") {
    // `x = x` holds for every row but those with null: it is not meant to restrict.
    if (["=", "<=", ">=", "~", "~~"].includes(operator)) return "true";
    if (["<>", "!=", "<", ">"].includes(operator)) return "false";
  }
  if (node.kind === "AEXPR_DISTINCT" || node.kind === "AEXPR_NOT_DISTINCT") return distinct(node, context);
  if (node.kind === "AEXPR_LIKE" || node.kind === "AEXPR_ILIKE") {
    if (typeof right === "string" && /^%+$/.test(right)) return operator.startsWith("!") ? "false" : "true";
  }
  if (operator === "~" && typeof right === "string" && /^(\.\*|\^?\.\*\$?|)$/.test(right)) return "true";
  return dependsOnRow([node.lexpr, node.rexpr], context) ? "restricts" : "true";
}

function distinct(node: A_Expr, context: ConditionContext): Truth {
  const not = node.kind === "AEXPR_NOT_DISTINCT";
  const same = shape(node.lexpr) === shape(node.rexpr);
  if (same) return not ? "true" : "false";
  const other =
    constant(node.lexpr) === null ? node.rexpr : constant(node.rexpr) === null ? node.lexpr : undefined;
  const fields = fieldsOf(other);
  if (fields !== undefined && context.notNull(fields)) return not ? "false" : "true";
  return dependsOnRow([node.lexpr, node.rexpr], context) ? "restricts" : "true";
}

/** `a OR NOT a`, `a IS NULL OR a IS NOT NULL`, `a < 5 OR a >= 5`: one of the arms always holds. */
function complementary(arms: readonly Node[]): boolean {
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

/** What a condition is, whatever the row holds. Of what cannot be known to hold for every row: `restricts`. */
export function truth(node: Node | undefined, context: ConditionContext): Truth {
  if (node === undefined) return "true";
  const value = constant(node);
  if (value !== undefined) return truthOf(value);
  if ("BoolExpr" in node) {
    const { boolop, args = [] } = node.BoolExpr;
    const arms = args.map((each) => truth(each, context));
    if (boolop === "NOT_EXPR") return negated[arms[0] ?? "restricts"];
    if (boolop === "AND_EXPR") {
      if (arms.includes("false")) return "false";
      if (arms.includes("restricts")) return "restricts";
      return arms.includes("null") ? "null" : "true";
    }
    if (arms.includes("true") || complementary(args)) return "true";
    if (arms.includes("restricts")) return "restricts";
    return arms.includes("null") ? "null" : "false";
  }
  if ("NullTest" in node) {
    const fields = fieldsOf(node.NullTest.arg);
    const isNull = node.NullTest.nulltesttype === "IS_NULL";
    if (fields !== undefined && context.notNull(fields)) return isNull ? "false" : "true";
  }
  if ("BooleanTest" in node) {
    const arm = truth(node.BooleanTest.arg, context);
    const kind = node.BooleanTest.booltesttype ?? "";
    if (arm !== "restricts") {
      const wanted = kind.includes("TRUE") ? "true" : kind.includes("FALSE") ? "false" : "null";
      return (arm === wanted) === !kind.includes("NOT") ? "true" : "false";
    }
  }
  if ("CoalesceExpr" in node) {
    const arms = (node.CoalesceExpr.args ?? [])
      .map((each) => truth(each, context))
      .filter((each) => each !== "null");
    // COALESCE(x = x, true): each arm holds.
    if (arms.every((each) => each === "true")) return "true";
  }
  if ("CaseExpr" in node) {
    const results = (node.CaseExpr.args ?? []).map((each) =>
      truth("CaseWhen" in each ? each.CaseWhen.result : undefined, context),
    );
    const otherwise =
      node.CaseExpr.defresult === undefined ? "null" : truth(node.CaseExpr.defresult, context);
    if ([...results, otherwise].every((each) => each === "true")) return "true";
  }
  if ("SubLink" in node && node.SubLink.subselect !== undefined) {
    const { subLinkType, testexpr, subselect } = node.SubLink;
    const fields = fieldsOf(testexpr);
    if (subLinkType === "ANY_SUBLINK" && fields !== undefined && context.everyValue(fields, subselect))
      return "true";
    if (subLinkType === "EXISTS_SUBLINK" && "SelectStmt" in subselect)
      // A sub-select without a condition on the row finds something for every row or for none.
      return truth(subselect.SelectStmt.whereClause, context.inside(subselect.SelectStmt)) === "restricts"
        ? "restricts"
        : "true";
    if (
      subLinkType === "EXPR_SUBLINK" &&
      "SelectStmt" in subselect &&
      subselect.SelectStmt.fromClause === undefined
    ) {
      const [only] = subselect.SelectStmt.targetList ?? [];
      if (only !== undefined && "ResTarget" in only) return truth(only.ResTarget.val, context);
    }
  }
  if ("A_Expr" in node) return comparison(node.A_Expr, context);
  if ("CurrentOfExpr" in node) return "restricts";
  return dependsOnRow(node, context) ? "restricts" : "true";
}

/** True where the condition can leave rows out: it is there, and neither constant nor a tautology. */
export const restricts = (node: Node | undefined, context: ConditionContext): boolean => {
  const known = truth(node, context);
  return known === "restricts" || known === "false" || known === "null";
};

/** The top-level conjuncts of a condition. */
export function conjuncts(node: Node | undefined): Node[] {
  if (node === undefined) return [];
  if ("BoolExpr" in node && node.BoolExpr.boolop === "AND_EXPR")
    return (node.BoolExpr.args ?? []).flatMap(conjuncts);
  return [node];
}
