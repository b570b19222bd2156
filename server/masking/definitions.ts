import type { Relation } from "../../shared/nouns/catalog.ts";
import { hiddenColumns } from "./hidden.ts";
import { runBy, tellingBy, type Guarded } from "./telling-definitions.ts";
import { isNode, list, names, open, walk, word, type Node } from "./tree.ts";

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

/** What a table's column can be renamed beside: names of these hold no class. */
const harmlessRenames = new Set(["OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"]);

/**
 * The protected relation that a definition would show, keep or move from under its classes; undefined where it does
 * none of that. An index or constraint over an expression of hidden columns is an oracle: building it fails or not by
 * their values. So is one that compares the rows which are there, and a table that is sorted by hidden values shows
 * their order.
 */
export function endangered(kind: string, body: Node, guarded: Guarded): Relation | undefined {
  const { relations: protectedRelations } = guarded;
  if (harmless.has(kind)) return undefined;
  const telling = tellingBy(kind, body, guarded);
  if (telling !== undefined) return telling;
  if (kind === "ClusterStmt") return undefined;
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
  const meant = [...protectedRelations].filter((relation) =>
    named.some(
      ({ schema, name }) => name === relation.name && (schema ?? relation.schema) === relation.schema,
    ),
  );
  return meant.find((relation) => {
    const hidden = new Set(hiddenColumns(relation, guarded.hidden).map(({ name }) => name));
    return !leavesAlone(kind, body, relation, hidden);
  });
}

/** Whether a definition on a relation neither looks at its hidden columns nor moves them. */
function leavesAlone(kind: string, body: Node, relation: Relation, hidden: ReadonlySet<string>): boolean {
  switch (kind) {
    case "AlterTableStmt":
      return list(body, "cmds").every((command) => isHarmlessChange(command, relation, hidden));
    case "IndexStmt":
      return !mentions([body["whereClause"], body["indexParams"]], relation, hidden);
    case "RenameStmt":
      return (
        harmlessRenames.has(word(body, "renameType") ?? "") ||
        (word(body, "renameType") === "OBJECT_COLUMN" && !hidden.has(word(body, "subname") ?? ""))
      );
    default:
      return false;
  }
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
  objects: readonly string[],
): { detail: string; hint: string } {
  const columns = objects.join(", ");
  const somebody = `Somebody who may see ${columns} can run it`;
  switch (kind) {
    case "ClusterStmt":
      if (!isNode(body["relation"]))
        return {
          detail: `CLUSTER sorts all tables anew, and ${relation} may be sorted by ${columns}, which you may not see.`,
          hint: `Cluster one table, by an index on columns that you may see. ${somebody}.`,
        };
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
        hint: `Index ${columns} by name alone, each without other columns, WHERE, UNIQUE or an operator class; expressions over other columns of ${relation} work. ${somebody}.`,
      };
    case "CreateStatsStmt":
      return {
        detail: `Statistics on ${relation} keep common values of its columns, and ${columns} are hidden from you.`,
        hint: `ANALYZE ${relation} works. ${somebody}.`,
      };
    case "AlterTableStmt":
      return {
        detail: `This ALTER TABLE on ${relation} could show ${columns}, which you may not see, or take them from under their classes.`,
        hint: `Columns, defaults, NOT NULL, constraints and types of ${relation} can be changed where no expression or key names ${columns}. ${somebody}.`,
      };
    case "RenameStmt":
      return {
        detail: `A new name would take ${columns} of ${relation} from under their classes, which go by names.`,
        hint: `Leave the names of ${relation} and of ${columns}, or ask an administrator to set the classes of the new name. ${somebody}.`,
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

function isHarmlessChange(command: unknown, relation: Relation, hidden: ReadonlySet<string>): boolean {
  const { body } = open(command) ?? { body: {} };
  const change = word(body, "subtype") ?? "";
  const known =
    change === "AT_AlterColumnType" ? !hidden.has(word(body, "name") ?? "") : harmlessChanges.has(change);
  return known && !mentions(body, relation, hidden);
}

/** Whether expressions name a hidden column, or the whole row that holds it. A column of an index is a bare name. */
function mentions(value: unknown, { name }: Relation, hidden: ReadonlySet<string>): boolean {
  let found = false;
  walk(value, (kind, body) => {
    if (kind !== "ColumnRef") return;
    const last = names(list(body, "fields")).at(-1) ?? "*";
    if (last === "*" || last === name || hidden.has(last)) found = true;
  });
  return found;
}
