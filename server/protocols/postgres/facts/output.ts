import type { Node, SelectStmt } from "libpg-query";
import type { Item } from "./scope.ts";
import { strings, type Output } from "./walker.ts";
import { checkWidth } from "./width.ts";

/** The name that PostgreSQL gives an unnamed output column (parse_target.c, FigureColname); undefined: not sure. */
function columnName(node: Node | undefined): string | undefined {
  const strong = strongName(node);
  if (strong !== undefined || node === undefined) return strong;
  if ("CollateClause" in node) return columnName(node.CollateClause.arg);
  if ("TypeCast" in node) return strings(node.TypeCast.typeName?.names).at(-1);
  return "CaseExpr" in node ? "case" : undefined;
}

/** A name that a cast or a CASE around it keeps; theirs is a second best. */
function strongName(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if ("ColumnRef" in node) return strings(node.ColumnRef.fields).at(-1);
  if ("A_Indirection" in node)
    return strings(node.A_Indirection.indirection).at(-1) ?? strongName(node.A_Indirection.arg);
  if ("FuncCall" in node) return strings(node.FuncCall.funcname).at(-1);
  if ("TypeCast" in node) return strongName(node.TypeCast.arg);
  if ("CollateClause" in node) return strongName(node.CollateClause.arg);
  if ("CaseExpr" in node) return strongName(node.CaseExpr.defresult);
  if ("CoalesceExpr" in node) return "coalesce";
  return "A_ArrayExpr" in node ? "array" : undefined;
}

/** Names of a target list; `*` takes what the items offer. Throws `sql_too_large`. */
export function outputOf(targets: readonly Node[] | undefined, star: (fields: string[]) => Output): Output {
  const output: Output = { columns: [], open: false };
  for (const node of targets ?? []) {
    if (!("ResTarget" in node)) continue;
    const { name, val } = node.ResTarget;
    const fields = val !== undefined && "ColumnRef" in val ? (val.ColumnRef.fields ?? []) : [];
    const last = fields.at(-1);
    const indirect =
      val !== undefined && "A_Indirection" in val ? val.A_Indirection.indirection?.at(-1) : undefined;
    if (last !== undefined && "A_Star" in last) {
      const offered = star(strings(fields));
      checkWidth(output.columns.length + offered.columns.length);
      output.columns.push(...offered.columns);
      output.open ||= offered.open;
    } else if (indirect !== undefined && "A_Star" in indirect) output.open = true;
    else {
      const known = name ?? columnName(val);
      if (known === undefined) output.open = true;
      // A name of our guessing may be PostgreSQL's `?column?`: kept apart by being open.
      output.columns.push(known ?? "?column?");
    }
    checkWidth(output.columns.length);
  }
  return output;
}

/** Columns that items offer to `*`. Throws `sql_too_large`. */
export function starColumns(items: readonly Item[]): string[] {
  checkWidth(items.reduce((sum, { columns }) => sum + columns.length, 0));
  return items.flatMap(({ columns }) => columns.map(({ name }) => name));
}

/** Columns of VALUES. Throws `sql_too_large`. */
export function valuesOutput({ valuesLists }: SelectStmt): Output {
  const [first] = valuesLists ?? [];
  const width = first !== undefined && "List" in first ? (first.List.items ?? []).length : 0;
  checkWidth(width);
  return { columns: Array.from({ length: width }, (_, index) => `column${index + 1}`), open: false };
}

/** Output under column aliases, which rename from the left. */
export function renamed(output: Output, aliases: readonly string[]): Output {
  return { columns: [...aliases, ...output.columns.slice(aliases.length)], open: output.open };
}
