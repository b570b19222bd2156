import type { Relation } from "../../shared/nouns/catalog.ts";
import { runBy, tellingBy, type Guarded } from "./telling-definitions.ts";
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
 * none of that. An index or constraint over an expression is an oracle: building it fails or not by hidden values. So
 * is one that compares the rows which are there, and a table that is sorted by hidden values shows their order.
 */
export function endangered(kind: string, body: Node, guarded: Guarded): Relation | undefined {
  const { relations: protectedRelations } = guarded;
  if (harmless.has(kind)) return undefined;
  const telling = tellingBy(kind, body, guarded);
  if (telling !== undefined) return telling;
  if (kind === "ClusterStmt") return undefined;
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
  if (
    kind === "AlterExtensionContentsStmt" ||
    publishesAll(body) ||
    (kind === "AlterObjectSchemaStmt" && word(body, "objectType") === "OBJECT_EXTENSION")
  ) {
    // Its tables go along, and the catalog does not tell which are an extension's; its functions are taken as reviewed.
    const [any] = protectedRelations;
    return any;
  }
  if (kind === "CreateFunctionStmt" || kind === "AlterFunctionStmt") return runBy(kind, body, guarded);
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

/** A publication of every table, or of every one in a schema. */
const publishesAll = (body: Node): boolean =>
  body["for_all_tables"] === true ||
  list(body, "pubobjects").some((object) =>
    /_TABLES_IN_/.test(word(open(object)?.body ?? {}, "pubobjtype") ?? ""),
  );

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
    case "ClusterStmt":
      return {
        detail: `Sorted by that index ${relation} would show the order of ${columns}, which you may not see.`,
        hint: `Use an index of ${relation} on columns that you may see. ${somebody}.`,
      };
    case "CreateFunctionStmt":
    case "AlterFunctionStmt":
      return {
        detail: `A view, trigger, constraint or index of ${relation} runs this function on ${columns}, which you may not see.`,
        hint: `Give the new function another name. ${somebody}.`,
      };
    case "AlterExtensionContentsStmt":
      return {
        detail: `What belongs to the extension ${word(body, "extname") ?? ""} is taken as reviewed, and could show ${columns} of ${relation}.`,
        hint: `Leave ${word(body, "extname") ?? "it"} as it was installed. ${somebody}.`,
      };
    case "CreatePublicationStmt":
    case "AlterPublicationStmt":
      return {
        detail: `This publication would send ${columns} of ${relation} elsewhere, which you may not see.`,
        hint: `Name the tables of the publication, without ${relation}. ${somebody}.`,
      };
    case "IndexStmt":
      return {
        detail: `This index on ${relation} would tell what ${columns} hold, or in which order, which you may not see.`,
        hint: `Index columns of ${relation} by their names alone, without WHERE; a column that is hidden from you alone, without UNIQUE or an operator class. ${somebody}.`,
      };
    case "CreateStatsStmt":
      return {
        detail: `Statistics on ${relation} keep common values of its columns, and ${columns} are hidden from you.`,
        hint: `ANALYZE ${relation} works. ${somebody}.`,
      };
    case "AlterTableStmt":
      return {
        detail: `This ALTER TABLE on ${relation} could show ${columns}, which you may not see, or take them from under their classes.`,
        hint: `Adding and dropping columns, defaults, NOT NULL and constraints of ${relation} works where no expression names a column and none of these is in a key. ${somebody}.`,
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
