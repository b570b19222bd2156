import type { A_Expr, Node } from "libpg-query";
import { conjuncts } from "./conditions.ts";
import type { Findings } from "./findings.ts";
import type { RelationSite, Span } from "./meaning.ts";
import { resolveColumn, type Scope } from "./scope.ts";
import { afterQualified, type SourceText } from "./source.ts";
import { strings } from "./walker.ts";

type Equality = RelationSite["equalities"][number];

/** Tokens that may follow a conjunct: with any other one the expression goes on. */
const enders = new Set(
  `and ) ; group having order limit offset fetch for window union intersect except returning on into`
    .split(" ")
    .concat(""),
);

/**
 * Known-value look-ups: top-level conjuncts `column = literal` or `column = $n` of a query's WHERE, either way round,
 * where the column is of a site in that query's own FROM that no outer join can empty. Anything that the tokens do
 * not show plainly is left out: masking then hides it.
 */
export function noteEqualities(findings: Findings, where: Node | undefined, scope: Scope): void {
  const { source } = findings;
  if (source === undefined || where === undefined || findings.names.operators.has("=")) return;
  for (const node of conjuncts(where)) {
    if (!("A_Expr" in node) || node.A_Expr.kind !== "AEXPR_OP") continue;
    if (strings(node.A_Expr.name).join(".") !== "=") continue;
    const plain = inText(node.A_Expr, source);
    if (plain === undefined) continue;
    const local: Scope = { ...scope, parent: undefined };
    const resolution = resolveColumn(local, plain.fields);
    if (resolution.kind !== "column" || resolution.items.length !== 1) continue;
    const [item] = resolution.items;
    if (item?.reach === undefined || item.nullable || item.relation === undefined) continue;
    const site = findings.sites.find(({ reach, role }) => reach === item.reach && role === "from");
    const column = item.columns.find(({ name }) => name === resolution.column)?.reaches[0]?.column;
    if (column !== undefined) site?.equalities.push({ ...plain.equality, column });
  }
}

/** The conjunct as tokens: a column, `=`, a value (or the other way round), and nothing more. */
function inText(
  node: A_Expr,
  source: SourceText,
): { fields: string[]; equality: Omit<Equality, "column"> } | undefined {
  const reversed = node.rexpr !== undefined && "ColumnRef" in node.rexpr;
  const [column, value] = reversed ? [node.rexpr, node.lexpr] : [node.lexpr, node.rexpr];
  if (column === undefined || !("ColumnRef" in column) || value === undefined) return undefined;
  const sign = source.tokenAt(node.location ?? -1);
  if (sign === -1 || source.token(sign) !== "=") return undefined;
  const columnStart = source.tokenAt(column.ColumnRef.location ?? -1);
  if (columnStart === -1) return undefined;
  const columnEnd = afterQualified(source, columnStart);
  const read = valueAt(value, source);
  if (read === undefined) return undefined;
  const [first, middle, second, end] = reversed
    ? [read.start, read.end, columnStart, columnEnd]
    : [columnStart, columnEnd, read.start, read.end];
  if (middle !== sign || second !== sign + 1) return undefined;
  if (!enders.has(source.token(end).toLowerCase())) return undefined;
  const span = (from: number, to: number): Span => ({ start: source.start(from), end: source.end(to - 1) });
  return {
    fields: strings(column.ColumnRef.fields),
    equality: { value: span(read.start, read.end), parameter: read.parameter, conjunct: span(first, end) },
  };
}

/** Token range of a literal or parameter, with a cast to a type of one word. */
function valueAt(
  node: Node,
  source: SourceText,
): { start: number; end: number; parameter: number | undefined } | undefined {
  if ("ParamRef" in node) {
    const start = source.tokenAt(node.ParamRef.location ?? -1);
    return start === -1 ? undefined : { start, end: start + 1, parameter: node.ParamRef.number };
  }
  if ("A_Const" in node) {
    const { isnull, location, sval, bsval } = node.A_Const;
    const start = source.tokenAt(location ?? -1);
    if (isnull === true || start === -1) return undefined;
    if (bsval !== undefined) return undefined;
    if (sval !== undefined) {
      if (!/^(e|n)?'/i.test(source.token(start))) return undefined;
      return source.token(start + 1).toLowerCase() === "uescape"
        ? undefined
        : { start, end: start + 1, parameter: undefined };
    }
    return { start, end: source.token(start) === "-" ? start + 2 : start + 1, parameter: undefined };
  }
  if (!("TypeCast" in node) || node.TypeCast.arg === undefined) return undefined;
  const inner = valueAt(node.TypeCast.arg, source);
  if (inner === undefined || source.token(inner.end) !== "::") return undefined;
  let end = inner.end + 1;
  if (!/^[a-z_][a-z0-9_]*$/i.test(source.token(end))) return undefined;
  end = afterQualified(source, end);
  if (source.token(end) === "(" && /^\d+$/.test(source.token(end + 1)) && source.token(end + 2) === ")")
    end += 3;
  return { ...inner, end };
}
