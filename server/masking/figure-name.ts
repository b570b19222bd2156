import { list, names, open, part, word } from "./tree.ts";

/** Names that PostgreSQL gives to results without one (FigureColname). */
export const unnamed = [
  "?column?",
  "case",
  "coalesce",
  "greatest",
  "least",
  "nullif",
  "array",
  "row",
  "exists",
  "value",
  "ordinality",
];

/** The name that PostgreSQL gives to a result (parse_target.c, FigureColname). */
export function figureName(expression: unknown): string {
  const opened = open(expression);
  if (opened === undefined) return "?column?";
  const { kind, body } = opened;
  switch (kind) {
    case "ColumnRef":
      return names(list(body, "fields")).findLast((name) => name !== "*") ?? "?column?";
    case "A_Indirection":
      return names(list(body, "indirection")).findLast((name) => name !== "*") ?? figureName(body["arg"]);
    case "FuncCall":
      return names(list(body, "funcname")).at(-1) ?? "?column?";
    case "TypeCast": {
      const inner = figureName(body["arg"]);
      return inner === "?column?" ? (names(list(part(body, "typeName"), "names")).at(-1) ?? inner) : inner;
    }
    case "CollateClause":
      return figureName(body["arg"]);
    case "CaseExpr": {
      const inner = figureName(body["defresult"]);
      return inner === "?column?" ? "case" : inner;
    }
    case "SubLink": {
      if (body["subLinkType"] === "EXISTS_SUBLINK") return "exists";
      if (body["subLinkType"] === "ARRAY_SUBLINK") return "array";
      const target = open(list(open(body["subselect"])?.body ?? {}, "targetList")[0])?.body ?? {};
      return word(target, "name") ?? figureName(target["val"]);
    }
    case "CoalesceExpr":
      return "coalesce";
    case "MinMaxExpr":
      return body["op"] === "IS_LEAST" ? "least" : "greatest";
    case "A_ArrayExpr":
      return "array";
    case "RowExpr":
      return "row";
    case "A_Expr":
      return body["kind"] === "AEXPR_NULLIF" ? "nullif" : "?column?";
    case "XmlSerialize":
      return "xmlserialize";
    default:
      return "?column?";
  }
}
