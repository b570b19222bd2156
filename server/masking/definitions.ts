import type { Relation } from "../../shared/nouns/catalog.ts";
import { list, open, walk, word, type Node } from "./tree.ts";

/** Statements that are handled by what they read and write, reference by reference. */
const queries = new Set([
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "ExplainStmt",
  "DeclareCursorStmt",
  "PrepareStmt",
  "CopyStmt",
  "CreateTableAsStmt",
  "ViewStmt",
]);
/** Statements on a table that neither show nor keep a value, nor move a column from under its class. */
const harmless = new Set([
  "TruncateStmt",
  "LockStmt",
  "VacuumStmt",
  "ReindexStmt",
  "ClusterStmt",
  "GrantStmt",
  "RefreshMatViewStmt",
  "DropStmt",
  "CommentStmt",
  "AlterOwnerStmt",
]);
const harmlessChanges = new Set([
  "AT_AddColumn",
  "AT_DropColumn",
  "AT_ColumnDefault",
  "AT_SetNotNull",
  "AT_DropNotNull",
  "AT_AddConstraint",
  "AT_DropConstraint",
  "AT_ValidateConstraint",
  "AT_SetStatistics",
  "AT_SetStorage",
  "AT_SetRelOptions",
  "AT_ResetRelOptions",
  "AT_ChangeOwner",
  "AT_EnableRowSecurity",
  "AT_DisableRowSecurity",
  "AT_EnableTrig",
  "AT_DisableTrig",
  "AT_ClusterOn",
]);

export const isQuery = (kind: string): boolean => queries.has(kind);

/**
 * The protected relation that a definition would show, keep or move from under its classes; undefined where it does
 * none of that. An index or constraint over an expression is an oracle: building it fails or not by hidden values.
 */
export function endangered(
  kind: string,
  body: Node,
  protectedRelations: Iterable<Relation>,
): Relation | undefined {
  if (harmless.has(kind)) return undefined;
  if (kind === "AlterTableStmt" && list(body, "cmds").every(isHarmlessChange)) return undefined;
  if (
    kind === "IndexStmt" &&
    body["whereClause"] === undefined &&
    !list(body, "indexParams").some(hasExpression)
  )
    return undefined;
  if (kind === "RenameStmt" && word(body, "renameType") === "OBJECT_SCHEMA") {
    // Every relation in it moves, and another may take its name.
    for (const relation of protectedRelations) if (relation.schema === word(body, "subname")) return relation;
    return undefined;
  }
  if (kind === "AlterObjectSchemaStmt" && word(body, "objectType") === "OBJECT_EXTENSION") {
    // Its tables move along, and the catalog does not tell which are its.
    const [any] = protectedRelations;
    return any;
  }
  const named: { schema: string | undefined; name: string }[] = [];
  walk(body, (inner, node) => {
    // A foreign key names a table to check that a row is there.
    if (inner === "Constraint") return false;
    if (inner === "RangeVar")
      named.push({ schema: word(node, "schemaname"), name: word(node, "relname") ?? "" });
    return undefined;
  });
  for (const relation of protectedRelations)
    if (
      named.some(
        ({ schema, name }) => name === relation.name && (schema ?? relation.schema) === relation.schema,
      )
    )
      return relation;
  return undefined;
}

/** Why a definition on a protected relation is refused, and what would work. */
export function objectionTo(
  kind: string,
  body: Node,
  relation: string,
  hiddenColumns: readonly string[],
): { detail: string; hint: string } {
  const columns = hiddenColumns.join(", ");
  const somebody = `Somebody who may see ${columns} can run it`;
  switch (kind) {
    case "IndexStmt":
      return {
        detail: `An index on ${relation} with an expression or a condition tells by its making what ${columns} hold, which you may not see.`,
        hint: `Index columns of ${relation} by their names alone, without WHERE. ${somebody}.`,
      };
    case "CreateStatsStmt":
      return {
        detail: `Statistics on ${relation} keep common values of its columns, and ${columns} are hidden from you.`,
        hint: `ANALYZE ${relation} works. ${somebody}.`,
      };
    case "AlterTableStmt":
      return {
        detail: `This ALTER TABLE on ${relation} could show ${columns}, which you may not see, or take them from under their classes.`,
        hint: `Adding and dropping columns, defaults, NOT NULL and constraints of ${relation} works where no expression names a column. ${somebody}.`,
      };
    case "RenameStmt":
      return {
        detail: `A new name would take ${columns} of ${relation} from under their classes, which go by names.`,
        hint: `Leave the name of ${relation} and its columns, or ask an administrator to set the classes of the new name. ${somebody}.`,
      };
    case "AlterObjectSchemaStmt":
      return word(body, "objectType") === "OBJECT_EXTENSION"
        ? {
            detail: `The extension's tables would move along, and ${relation} may be one: ${columns} would come from under their classes.`,
            hint: `${somebody}; functions can be called with the extension's schema as it is.`,
          }
        : {
            detail: `In another schema ${columns} of ${relation} would come from under their classes, which go by names.`,
            hint: `Leave ${relation} where it is, or ask an administrator to set the classes of the new name. ${somebody}.`,
          };
    case "CreateStmt":
      return {
        detail: `A table made after ${relation}, or under it, would hold or show ${columns} without their classes.`,
        hint: `Name the new table's columns yourself, without LIKE, INHERITS or PARTITION OF ${relation}. ${somebody}.`,
      };
    case "CreatePolicyStmt":
    case "AlterPolicyStmt":
      return {
        detail: `A policy on ${relation} tells by the rows that it lets through what ${columns} hold, which you may not see.`,
        hint: `${somebody}; choose rows of ${relation} with WHERE instead.`,
      };
    default:
      return {
        detail: `${kind.replace(/Stmt$/, "")} on ${relation} could show ${columns}, which you may not see, or take them from under their classes.`,
        hint: `${somebody}; leave ${relation} out of it otherwise.`,
      };
  }
}

function isHarmlessChange(command: unknown): boolean {
  const opened = open(command);
  if (opened === undefined || !harmlessChanges.has(word(opened.body, "subtype") ?? "")) return false;
  return !mentionsColumn(opened.body);
}

const hasExpression = (element: unknown): boolean => open(element)?.body["expr"] !== undefined;

function mentionsColumn(value: unknown): boolean {
  let found = false;
  walk(value, (kind) => {
    if (kind === "ColumnRef") found = true;
  });
  return found;
}
