import type { Constraint, Node } from "libpg-query";
import type { Relation } from "../../../../shared/nouns/catalog.ts";
import type { Names } from "./names.ts";
import { strings, unwrap } from "./walker.ts";

/**
 * The table on which a statement makes a rule that answers guesses: a value that is written to it afterwards fails or
 * not by whether a classified column holds it. What the catalog knows of such rules is counted; this one it does not.
 */
export function tellingRuleOn(stmt: Node, names: Names): string | undefined {
  if ("IndexStmt" in stmt) {
    const { relation, unique, indexParams = [] } = stmt.IndexStmt;
    const table = relationOf(names, relation);
    const telling = indexParams.some((each) => {
      if (!("IndexElem" in each)) return true;
      const { name } = each.IndexElem;
      return name === undefined ? hasClass(table) : hasClass(table, [name]);
    });
    return unique === true && telling ? relation?.relname : undefined;
  }
  const made =
    "CreateStmt" in stmt
      ? {
          relation: stmt.CreateStmt.relation,
          parts: [stmt.CreateStmt.tableElts, stmt.CreateStmt.constraints],
        }
      : "AlterTableStmt" in stmt
        ? { relation: stmt.AlterTableStmt.relation, parts: stmt.AlterTableStmt.cmds }
        : undefined;
  if (made === undefined) return undefined;
  const table = relationOf(names, made.relation);
  return constraintsIn(made.parts).some((each) => isTelling(each, table, names))
    ? made.relation?.relname
    : undefined;
}

const relationOf = (
  names: Names,
  range: { schemaname?: string; relname?: string } | undefined,
): Relation | undefined => {
  const resolved = names.relation(range?.schemaname, range?.relname ?? "");
  return resolved.kind === "user" ? resolved.relation : undefined;
};

/** Whether columns of a relation, or any of it, have a class. */
const hasClass = (relation: Relation | undefined, columns?: readonly string[]): boolean =>
  relation?.columns.some(
    (each) => each.class !== undefined && (columns === undefined || columns.includes(each.name)),
  ) ?? false;

function isTelling(constraint: Constraint, table: Relation | undefined, names: Names): boolean {
  switch (constraint.contype) {
    case "CONSTR_FOREIGN": {
      const referenced = names.relation(constraint.pktable?.schemaname, constraint.pktable?.relname ?? "");
      if (referenced.kind !== "user") return referenced.kind !== "unknown" || !referenced.own;
      const columns = strings(constraint.pk_attrs);
      return hasClass(referenced.relation, columns.length > 0 ? columns : referenced.relation.primaryKey);
    }
    case "CONSTR_PRIMARY":
    case "CONSTR_UNIQUE":
      return constraint.indexname === undefined ? hasClass(table, strings(constraint.keys)) : hasClass(table);
    case "CONSTR_EXCLUSION":
      return hasClass(table);
    default:
      return false;
  }
}

function constraintsIn(value: unknown): Constraint[] {
  if (Array.isArray(value)) return value.flatMap(constraintsIn);
  if (typeof value !== "object" || value === null) return [];
  const [kind, fields] = unwrap(value) ?? [undefined, value];
  if (kind === "Constraint") return [fields];
  return Object.values(fields).flatMap(constraintsIn);
}
