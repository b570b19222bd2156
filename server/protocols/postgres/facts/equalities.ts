import type { A_Expr, Node, TypeCast } from "libpg-query";
import { conjuncts } from "./conditions.ts";
import type { Findings } from "./findings.ts";
import type { Equality, Span } from "./meaning.ts";
import { offered, resolveColumn, type Scope } from "./scope.ts";
import { afterQualified, type SourceText } from "./source.ts";
import { strings } from "./walker.ts";

/** Tokens that may follow a conjunct: with any other one the expression goes on. */
const enders = new Set(
  `and ) ; group having order limit offset fetch for window union intersect except returning on into`
    .split(" ")
    .concat(""),
);

/** Values that one look-up may name; a longer list is a guess, and masking hides the column from it. */
export const maxValues = 10;

/**
 * Known-value look-ups: top-level conjuncts of the WHERE of a query, an UPDATE or a DELETE that hold a column to values which stand there:
 * `column = value` either way round, `column IN (values)`, `column = ANY (ARRAY[values])`, each value a literal or
 * `$n`, and `column = ANY ($n)`; where the column is of the target or of a site in that query's own FROM that no outer join can empty. Anything that the tokens
 * do not show plainly is left out: masking then hides it.
 */
export function noteEqualities(findings: Findings, where: Node | undefined, scope: Scope): void {
  const { source } = findings;
  if (source === undefined || where === undefined || findings.names.operators.has("=")) return;
  for (const node of conjuncts(where)) {
    if (!("A_Expr" in node) || strings(node.A_Expr.name).join(".") !== "=") continue;
    const plain = inText(node.A_Expr, source);
    // One statement that is prepared would look for as many values as it is executed.
    if (plain === undefined || (findings.prepares && holdsParameter(node))) continue;
    const local: Scope = { ...scope, parent: undefined };
    const resolution = resolveColumn(local, plain.fields);
    if (resolution.kind !== "column" || resolution.items.length !== 1) continue;
    const [item] = resolution.items;
    if (item?.reach === undefined || item.nullable || item.relation === undefined) continue;
    const column = offered(item, resolution.column)?.reaches[0]?.column;
    if (column !== undefined) findings.siteOf.get(item.reach)?.equalities.push({ ...plain.equality, column });
  }
}

function holdsParameter(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "ParamRef" in value || Object.values(value).some(holdsParameter);
}

type Plain = { fields: string[]; equality: Omit<Equality, "column"> };
/** Half-open range of token indexes. */
type Tokens = { start: number; end: number };

/** The conjunct as tokens: a column, the comparison, its values (for `=` also the other way round), and nothing more. */
function inText(node: A_Expr, source: SourceText): Plain | undefined {
  const reversed = node.kind === "AEXPR_OP" && node.rexpr !== undefined && "ColumnRef" in node.rexpr;
  const [column, against] = reversed ? [node.rexpr, node.lexpr] : [node.lexpr, node.rexpr];
  if (column === undefined || !("ColumnRef" in column) || against === undefined) return undefined;
  const sign = source.tokenAt(node.location ?? -1);
  const start = source.tokenAt(column.ColumnRef.location ?? -1);
  if (sign === -1 || start === -1) return undefined;
  const named = { start, end: afterQualified(source, start) };
  const compared = comparedWith(node.kind, against, sign, source);
  if (compared === undefined) return undefined;
  const [left, right] = reversed ? [compared.all, named] : [named, compared.all];
  if (left.end !== sign || right.start !== sign + 1) return undefined;
  if (!enders.has(source.token(right.end).toLowerCase())) return undefined;
  return {
    fields: strings(column.ColumnRef.fields),
    equality: {
      values: compared.values.map((value) => spanOf(value, source)),
      array: compared.array && spanOf(compared.array, source),
      parameter: compared.parameter,
      conjunct: spanOf({ start: left.start, end: right.end }, source),
    },
  };
}

const spanOf = ({ start, end }: Tokens, source: SourceText): Span => ({
  start: source.start(start),
  end: source.end(end - 1),
});

/** What the column is held to: all tokens beside the sign, each value, and the array that holds them, if any. */
function comparedWith(
  kind: A_Expr["kind"],
  node: Node,
  sign: number,
  source: SourceText,
): { all: Tokens; values: Tokens[]; array?: Tokens; parameter?: number } | undefined {
  const word = (index: number) => source.token(index).toLowerCase();
  if (kind === "AEXPR_OP") {
    const value = word(sign) === "=" ? valueAt(node, source) : undefined;
    return value && { all: value, values: [value] };
  }
  if (kind === "AEXPR_IN" && "List" in node) {
    const list = word(sign) === "in" ? valuesAt(node.List.items, sign + 1, ["(", ")"], source) : undefined;
    return list && { all: list.all, values: list.values };
  }
  if (kind !== "AEXPR_OP_ANY" || word(sign) !== "=" || !/^(any|some)$/.test(word(sign + 1))) return undefined;
  const inner = "TypeCast" in node && node.TypeCast.arg !== undefined ? node.TypeCast.arg : node;
  if (word(sign + 2) !== "(") return undefined;
  const list = arrayAt(inner, sign + 3, source);
  if (list === undefined) return undefined;
  const { array, ...held } = list;
  if (inner !== node) {
    if (word(array.end) !== "::" || !isTypeName(source, array.end + 1)) return undefined;
    array.end = afterQualified(source, array.end + 1);
    if (word(array.end) !== "[" || word(array.end + 1) !== "]") return undefined;
    array.end += 2;
  }
  if (word(array.end) !== ")") return undefined;
  return { all: { start: sign + 1, end: array.end + 1 }, ...held, array };
}

/** `ARRAY[values]` or `$n`, without a cast. */
function arrayAt(
  node: Node,
  start: number,
  source: SourceText,
): { array: Tokens; values: Tokens[]; parameter?: number } | undefined {
  if ("ParamRef" in node) {
    const { number = 0, location = -1 } = node.ParamRef;
    const array = { start, end: start + 1 };
    return source.tokenAt(location) === start ? { array, values: [], parameter: number } : undefined;
  }
  if (!("A_ArrayExpr" in node) || source.token(start).toLowerCase() !== "array") return undefined;
  const list = valuesAt(node.A_ArrayExpr.elements, start + 1, ["[", "]"], source);
  return list && { array: { start, end: list.all.end }, values: list.values };
}

/** Literals and parameters between brackets, with commas alone between them. */
function valuesAt(
  nodes: readonly Node[] | undefined,
  start: number,
  [opening, closing]: [string, string],
  source: SourceText,
): { all: Tokens; values: Tokens[] } | undefined {
  if (nodes === undefined || nodes.length === 0 || nodes.length > maxValues) return undefined;
  const values: Tokens[] = [];
  let [next, separator] = [start, opening];
  for (const node of nodes) {
    const value = valueAt(node, source);
    if (value === undefined || source.token(next) !== separator || value.start !== next + 1) return undefined;
    values.push(value);
    [next, separator] = [value.end, ","];
  }
  return source.token(next) === closing ? { all: { start, end: next + 1 }, values } : undefined;
}

/** Tokens of a literal or parameter, with a cast to a type of one word. */
function valueAt(node: Node, source: SourceText): Tokens | undefined {
  if ("TypeCast" in node) return castAt(node.TypeCast, source);
  if ("ParamRef" in node) {
    const start = source.tokenAt(node.ParamRef.location ?? -1);
    return start === -1 ? undefined : { start, end: start + 1 };
  }
  if (!("A_Const" in node)) return undefined;
  const { isnull, location, sval, bsval } = node.A_Const;
  const start = source.tokenAt(location ?? -1);
  if (isnull === true || start === -1 || bsval !== undefined) return undefined;
  if (sval === undefined) return { start, end: source.token(start) === "-" ? start + 2 : start + 1 };
  if (!/^(e|n|u&)?'/i.test(source.token(start))) return undefined;
  const escaped = source.token(start + 1).toLowerCase() === "uescape";
  return { start, end: start + (escaped ? 3 : 1) };
}

const isTypeName = (source: SourceText, index: number): boolean =>
  /^[a-z_][a-z0-9_]*$/i.test(source.token(index));

/** `value::type`, `CAST(value AS type)`, `type 'value'`. */
function castAt({ arg, typeName }: TypeCast, source: SourceText): Tokens | undefined {
  const inner = arg && valueAt(arg, source);
  const type = source.tokenAt(typeName?.location ?? -1);
  if (inner === undefined || type === -1 || !isTypeName(source, type)) return undefined;
  if (type + 1 === inner.start) return { start: type, end: inner.end };
  if (type !== inner.end + 1) return undefined;
  let end = afterQualified(source, type);
  if (source.token(end) === "(" && /^\d+$/.test(source.token(end + 1)) && source.token(end + 2) === ")")
    end += 3;
  const sign = source.token(inner.end).toLowerCase();
  if (sign === "::") return { start: inner.start, end };
  const start = inner.start - 2;
  const isCast = source.token(start).toLowerCase() === "cast" && source.token(start + 1) === "(";
  return sign === "as" && isCast && source.token(end) === ")" ? { start, end: end + 1 } : undefined;
}
