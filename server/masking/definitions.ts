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
