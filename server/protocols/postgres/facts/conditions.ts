import type { A_Expr, BoolExpr, CaseExpr, Node, NullTest, SelectStmt, SubLink } from "libpg-query";
import { alike, compare, complementary, constant, type Shapes } from "./constants.ts";
import { type Effort, spend } from "./effort.ts";
import { strings } from "./walker.ts";

/**
 * What is known of a condition without looking at rows. `restricts`: it depends on the row. `constant`: it does not,
 * and what it says is not known here. A row for which it is null is left out as by `false`.
 */
export type Truth = "true" | "false" | "constant" | "restricts";

/** What conditions need to know of the query around them. */
export type ConditionContext = {
  effort: Effort;
  shape: Shapes;
  /** Fields of a column reference mean a column of the rows that the condition is to restrict. */
  ofTarget(fields: string[]): boolean;
  /** The column can never be null. */
  notNull(fields: string[]): boolean;
  /** The sub-select gives every value of the target's column. */
  everyValue(fields: string[], query: SelectStmt): boolean;
  /** The same inside a sub-select, whose own FROM may take names away from the target. */
  inside(query: SelectStmt): ConditionContext;
};

const fieldsOf = (node: Node | undefined): string[] | undefined =>
  node !== undefined && "ColumnRef" in node ? strings(node.ColumnRef.fields) : undefined;

const negated: Record<Truth, Truth> = {
  true: "false",
  false: "true",
  constant: "constant",
  restricts: "restricts",
};

/** True where anything below is a column of the rows in question that fits. */
function mentions(node: unknown, context: ConditionContext, fits: (fields: string[]) => boolean): boolean {
  if (Array.isArray(node)) return node.some((each) => mentions(each, context, fits));
  if (typeof node !== "object" || node === null) return false;
  spend(context.effort);
  return Object.entries(node).some(([key, value]) => {
    if (key !== "ColumnRef")
      return mentions(value, key === "SelectStmt" ? context.inside(Object(value)) : context, fits);
    const list: unknown = Reflect.get(Object(value), "fields");
    const fields = Array.isArray(list) ? strings(list) : [];
    return context.ofTarget(fields) && fits(fields);
  });
}

const byRow = (node: unknown, context: ConditionContext): Truth =>
  mentions(node, context, () => true) ? "restricts" : "constant";

/** Equal expressions; `id` and `orders.id` are, where both are the target's. */
function same(left: Node | undefined, right: Node | undefined, context: ConditionContext): boolean {
  if (left === undefined || right === undefined) return false;
  if (alike(left, right, context.effort)) return true;
  const [a, b] = [fieldsOf(left), fieldsOf(right)];
  return (
    a !== undefined && b !== undefined && context.ofTarget(a) && context.ofTarget(b) && a.at(-1) === b.at(-1)
  );
}

const items = (node: Node | undefined): Node[] => {
  if (node === undefined) return [];
  if ("List" in node) return node.List.items ?? [];
  return "A_ArrayExpr" in node ? (node.A_ArrayExpr.elements ?? []) : [];
};

function comparison(node: A_Expr, context: ConditionContext): Truth {
  const { kind = "AEXPR_OP", lexpr, rexpr } = node;
  const operator = strings(node.name).at(-1) ?? "";
  const [left, right] = [constant(lexpr), constant(rexpr)];
  if (kind === "AEXPR_DISTINCT" || kind === "AEXPR_NOT_DISTINCT") {
    const distinct: Truth = kind === "AEXPR_DISTINCT" ? "true" : "false";
    if (same(lexpr, rexpr, context)) return negated[distinct];
    const other = left === null ? rexpr : right === null ? lexpr : undefined;
    if (other !== undefined && !nullable(other, context)) return distinct;
    return byRow([lexpr, rexpr], context);
  }
  if (left === null || right === null) return "false";
  if (left !== undefined && right !== undefined) {
    const known = kind === "AEXPR_OP" ? compare(operator, left, right) : undefined;
    return known === undefined ? "constant" : known ? "true" : "false";
  }
  if (kind === "AEXPR_OP" && same(lexpr, rexpr, context)) {
    // `x = x` holds for every row but those with null: it is not meant to restrict.
    if (["=", "<=", ">=", "~", "~*", "~~", "~~*"].includes(operator)) return "true";
    if (["<>", "!=", "<", ">"].includes(operator)) return "false";
  }
  if (kind === "AEXPR_OP" && operator === "=" && typeof right === "boolean")
    return right ? truth(lexpr, context) : negated[truth(lexpr, context)];
  if (kind === "AEXPR_OP" && operator === "=" && typeof left === "boolean")
    return left ? truth(rexpr, context) : negated[truth(rexpr, context)];
  const among = kind === "AEXPR_IN" || kind === "AEXPR_OP_ANY";
  if (among && operator === "=" && items(rexpr).some((each) => same(lexpr, each, context))) return "true";
  if (kind === "AEXPR_BETWEEN" && items(rexpr).every((each) => same(lexpr, each, context))) return "true";
  // Patterns that every text fits.
  if (["~~", "~~*"].includes(operator) && typeof right === "string" && /^%+$/.test(right)) return "true";
  if (["~", "~*"].includes(operator) && typeof right === "string" && /^\^?(\.\*)?\$?$/.test(right))
    return "true";
  return byRow([lexpr, rexpr], context);
}

/** False where the expression is made of columns and literals that are never null. */
function nullable(node: Node, context: ConditionContext): boolean {
  if ("CoalesceExpr" in node) return (node.CoalesceExpr.args ?? []).every((each) => nullable(each, context));
  const value = constant(node);
  if (value !== undefined) return value === null;
  return mentions(node, context, (fields) => !context.notNull(fields));
}

function nullTest({ arg, nulltesttype }: NullTest, context: ConditionContext): Truth {
  if (arg === undefined || nullable(arg, context)) return byRow(arg, context);
  return nulltesttype === "IS_NULL" ? "false" : "true";
}

function logical({ boolop, args = [] }: BoolExpr, context: ConditionContext): Truth {
  const arms = args.map((each) => truth(each, context));
  if (boolop === "NOT_EXPR") return negated[arms[0] ?? "restricts"];
  const order: Truth[] =
    boolop === "AND_EXPR" ? ["false", "restricts", "constant"] : ["true", "constant", "restricts"];
  // Of OR, an arm that may hold for every row counts before one that restricts.
  if (boolop === "OR_EXPR" && complementary(args, context.shape)) return "true";
  return order.find((each) => arms.includes(each)) ?? (boolop === "AND_EXPR" ? "true" : "false");
}

/** CASE WHEN: the results that can be reached; all of one kind give that kind. */
function caseExpression({ arg, args, defresult }: CaseExpr, context: ConditionContext): Truth {
  const reached = new Set<Truth>();
  for (const each of args ?? []) {
    if (!("CaseWhen" in each)) continue;
    const holds = arg === undefined ? truth(each.CaseWhen.expr, context) : "restricts";
    if (holds === "false") continue;
    reached.add(truth(each.CaseWhen.result, context));
    if (holds === "true")
      return reached.size === 1 ? ([...reached][0] ?? "restricts") : byRow([arg, args], context);
  }
  reached.add(defresult === undefined ? "false" : truth(defresult, context));
  const [only] = reached;
  return reached.size === 1 && only !== undefined ? only : byRow([arg, args, defresult], context);
}

function subLink({ subLinkType, testexpr, subselect }: SubLink, context: ConditionContext): Truth {
  if (subselect === undefined || !("SelectStmt" in subselect)) return "restricts";
  const query = subselect.SelectStmt;
  const fields = fieldsOf(testexpr);
  if (subLinkType === "ANY_SUBLINK" && fields !== undefined && context.everyValue(fields, query))
    return "true";
  if (subLinkType === "EXISTS_SUBLINK") {
    // Without a condition on the row it finds something for every row or for none.
    const inner = truth(query.whereClause, context.inside(query));
    if (inner === "false") return "false";
    return inner === "restricts" ? byRow(subselect, context) : "constant";
  }
  const [only] = query.targetList ?? [];
  if (subLinkType === "EXPR_SUBLINK" && query.fromClause === undefined && query.whereClause === undefined)
    return truth(only !== undefined && "ResTarget" in only ? only.ResTarget.val : undefined, context);
  return byRow([testexpr, subselect], context);
}

/** What a condition says whatever the row holds. */
export function truth(node: Node | undefined, context: ConditionContext): Truth {
  if (node === undefined) return "true";
  spend(context.effort);
  const value = constant(node);
  if (value === null || value === false || value === 0) return "false";
  if (value === true || typeof value === "number") return "true";
  if (typeof value === "string")
    return /^\s*(f|fa|fal|fals|false|n|no|of|off|0)\s*$/i.test(value) ? "false" : "true";
  if ("TypeCast" in node) return truth(node.TypeCast.arg, context);
  if ("BoolExpr" in node) return logical(node.BoolExpr, context);
  if ("NullTest" in node) return nullTest(node.NullTest, context);
  if ("CaseExpr" in node) return caseExpression(node.CaseExpr, context);
  if ("SubLink" in node) return subLink(node.SubLink, context);
  if ("A_Expr" in node) return comparison(node.A_Expr, context);
  if ("CurrentOfExpr" in node) return "restricts";
  if ("CoalesceExpr" in node) {
    const first = (node.CoalesceExpr.args ?? []).find((each) => constant(each) !== null);
    const known = truth(first, context);
    return known === "restricts" ? byRow(node, context) : known;
  }
  if ("BooleanTest" in node) {
    const { arg, booltesttype = "" } = node.BooleanTest;
    const known = truth(arg, context);
    if (booltesttype === "IS_TRUE" || booltesttype === "IS_NOT_FALSE") return known;
    if (booltesttype === "IS_FALSE" || booltesttype === "IS_NOT_TRUE") return negated[known];
    const unknown = arg !== undefined && nullable(arg, context) ? byRow(arg, context) : "false";
    return booltesttype === "IS_UNKNOWN" ? unknown : negated[unknown];
  }
  return byRow(node, context);
}

/** True where the condition can leave rows out: it is there, and neither constant nor a tautology. */
export const restricts = (node: Node | undefined, context: ConditionContext): boolean =>
  ["restricts", "false"].includes(truth(node, context));

/** The top-level conjuncts of a condition. */
export function conjuncts(node: Node | undefined): Node[] {
  const found: Node[] = [];
  const add = (each: Node | undefined): void => {
    if (each === undefined) return;
    if ("BoolExpr" in each && each.BoolExpr.boolop === "AND_EXPR") each.BoolExpr.args?.forEach(add);
    else found.push(each);
  };
  add(node);
  return found;
}
