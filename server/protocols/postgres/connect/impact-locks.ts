import type { ParseResult } from "libpg-query";
import type { Parsed } from "../facts/meaning.ts";
import { isOn } from "../facts/options.ts";

/** Modes by strength (PostgreSQL's documentation, "Explicit Locking"). */
export const modes = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;
export type LockMode = (typeof modes)[number];

/** What waits for whoever holds it, in words. */
const holdsUp: Readonly<Record<LockMode, string>> = {
  "ACCESS SHARE": "only what takes the relation for itself waits",
  "ROW SHARE": "others read and write; only the rows that it takes are locked",
  "ROW EXCLUSIVE": "others read and write; the rows that it touches are locked until it ends",
  "SHARE UPDATE EXCLUSIVE": "others read and write; changes of its schema and VACUUM wait",
  SHARE: "others read; writes wait until it ends",
  "SHARE ROW EXCLUSIVE": "others read; writes wait until it ends",
  EXCLUSIVE: "others read; writes wait until it ends",
  "ACCESS EXCLUSIVE": "reads and writes wait until it ends",
};

/** A relation as a statement names it, and the lock that the statement takes on it. */
export type Lock = { schema: string | undefined; name: string; mode: LockMode };

type Statement = NonNullable<NonNullable<ParseResult["stmts"]>[number]["stmt"]>;
type Named = { schemaname?: string; relname?: string };

/**
 * What ALTER TABLE takes for each of its parts, where that is less than everything (`AlterTableGetLockLevel` in
 * PostgreSQL's tablecmds.c).
 */
const alterations: Readonly<Record<string, LockMode>> = {
  AT_SetStatistics: "SHARE UPDATE EXCLUSIVE",
  AT_ClusterOn: "SHARE UPDATE EXCLUSIVE",
  AT_DropCluster: "SHARE UPDATE EXCLUSIVE",
  AT_SetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ResetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_SetRelOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ResetRelOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ValidateConstraint: "SHARE UPDATE EXCLUSIVE",
  AT_AttachPartition: "SHARE UPDATE EXCLUSIVE",
  AT_EnableTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableAlwaysTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableReplicaTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigUser: "SHARE ROW EXCLUSIVE",
  AT_DisableTrig: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigUser: "SHARE ROW EXCLUSIVE",
};

/** Locks that the statements of a text take on what they name, the strongest of each relation; reads take none that matter. */
export function locksOf(parsed: Parsed): Lock[] {
  const strongest = new Map<string, Lock>();
  for (const { stmt } of parsed.tree.stmts ?? []) {
    if (stmt === undefined) continue;
    for (const lock of locksOfStatement(stmt)) {
      const key = JSON.stringify([lock.schema, lock.name]);
      const before = strongest.get(key);
      if (before === undefined || modes.indexOf(lock.mode) > modes.indexOf(before.mode))
        strongest.set(key, lock);
    }
  }
  return [...strongest.values()];
}

/** A lock as reviewers read it. */
export const describeLock = (relation: string, mode: LockMode): string =>
  `${mode} on ${relation}: ${holdsUp[mode]}`;

const lock = (of: Named | undefined, mode: LockMode): Lock[] =>
  of?.relname === undefined ? [] : [{ schema: of.schemaname, name: of.relname, mode }];

function locksOfStatement(stmt: Statement): Lock[] {
  if ("InsertStmt" in stmt) return lock(stmt.InsertStmt.relation, "ROW EXCLUSIVE");
  if ("UpdateStmt" in stmt) return lock(stmt.UpdateStmt.relation, "ROW EXCLUSIVE");
  if ("DeleteStmt" in stmt) return lock(stmt.DeleteStmt.relation, "ROW EXCLUSIVE");
  if ("MergeStmt" in stmt) return lock(stmt.MergeStmt.relation, "ROW EXCLUSIVE");
  if ("AlterTableStmt" in stmt) return alterTable(stmt.AlterTableStmt);
  if ("IndexStmt" in stmt) {
    const { relation, concurrent } = stmt.IndexStmt;
    return lock(relation, concurrent === true ? "SHARE UPDATE EXCLUSIVE" : "SHARE");
  }
  if ("CreateTrigStmt" in stmt) return lock(stmt.CreateTrigStmt.relation, "SHARE ROW EXCLUSIVE");
  if ("CreatePolicyStmt" in stmt) return lock(stmt.CreatePolicyStmt.table, "ACCESS EXCLUSIVE");
  if ("AlterPolicyStmt" in stmt) return lock(stmt.AlterPolicyStmt.table, "ACCESS EXCLUSIVE");
  if ("RuleStmt" in stmt) return lock(stmt.RuleStmt.relation, "ACCESS EXCLUSIVE");
  if ("RenameStmt" in stmt) {
    const { relation, renameType } = stmt.RenameStmt;
    return lock(relation, renameType === "OBJECT_INDEX" ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE");
  }
  if ("AlterObjectSchemaStmt" in stmt) return lock(stmt.AlterObjectSchemaStmt.relation, "ACCESS EXCLUSIVE");
  if ("RefreshMatViewStmt" in stmt) {
    const { relation, concurrent } = stmt.RefreshMatViewStmt;
    return lock(relation, concurrent === true ? "EXCLUSIVE" : "ACCESS EXCLUSIVE");
  }
  if ("VacuumStmt" in stmt) {
    const mode = isOn(stmt.VacuumStmt.options, "full") ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
    return (stmt.VacuumStmt.rels ?? []).flatMap((one) =>
      "VacuumRelation" in one ? lock(one.VacuumRelation.relation, mode) : [],
    );
  }
  if ("ClusterStmt" in stmt) return lock(stmt.ClusterStmt.relation, "ACCESS EXCLUSIVE");
  if ("ReindexStmt" in stmt) {
    const { kind, relation, params } = stmt.ReindexStmt;
    // An index's own name says nothing of its table here.
    if (kind !== "REINDEX_OBJECT_TABLE") return [];
    return lock(relation, isOn(params, "concurrently") ? "SHARE UPDATE EXCLUSIVE" : "SHARE");
  }
  if ("TruncateStmt" in stmt)
    return (stmt.TruncateStmt.relations ?? []).flatMap((one) =>
      "RangeVar" in one ? lock(one.RangeVar, "ACCESS EXCLUSIVE") : [],
    );
  if ("CreateStmt" in stmt) return referenced(stmt.CreateStmt);
  if ("DropStmt" in stmt) return dropped(stmt.DropStmt);
  if ("LockStmt" in stmt) {
    // The grammar counts modes from 1, in this order.
    const mode = modes[(stmt.LockStmt.mode ?? modes.length) - 1] ?? "ACCESS EXCLUSIVE";
    return (stmt.LockStmt.relations ?? []).flatMap((one) =>
      "RangeVar" in one ? lock(one.RangeVar, mode) : [],
    );
  }
  return [];
}

type Of<Kind extends string> =
  Extract<Statement, Record<Kind, unknown>> extends Record<Kind, infer Node> ? Node : never;

function alterTable({ relation, cmds = [] }: Of<"AlterTableStmt">): Lock[] {
  const locks = cmds.flatMap((one): Lock[] => {
    if (!("AlterTableCmd" in one)) return [];
    const { subtype = "", def } = one.AlterTableCmd;
    if (def && "Constraint" in def && def.Constraint.contype === "CONSTR_FOREIGN")
      return [
        ...lock(relation, "SHARE ROW EXCLUSIVE"),
        ...lock(def.Constraint.pktable, "SHARE ROW EXCLUSIVE"),
      ];
    return lock(relation, alterations[subtype] ?? "ACCESS EXCLUSIVE");
  });
  const own = locks.filter(
    ({ name, schema }) => name === relation?.relname && schema === relation?.schemaname,
  );
  const others = locks.filter((one) => !own.includes(one));
  const [strongest] = own.toSorted((a, b) => modes.indexOf(b.mode) - modes.indexOf(a.mode));
  return strongest === undefined ? others : [strongest, ...others];
}

/** A new table locks those that its foreign keys refer to. */
function referenced({ tableElts = [] }: Of<"CreateStmt">): Lock[] {
  const constraints = tableElts.flatMap((one) =>
    "Constraint" in one
      ? [one.Constraint]
      : "ColumnDef" in one
        ? (one.ColumnDef.constraints ?? []).flatMap((own) => ("Constraint" in own ? [own.Constraint] : []))
        : [],
  );
  return constraints.flatMap(({ contype, pktable }) =>
    contype === "CONSTR_FOREIGN" ? lock(pktable, "SHARE ROW EXCLUSIVE") : [],
  );
}

const relations = new Set<string | undefined>([
  "OBJECT_TABLE",
  "OBJECT_VIEW",
  "OBJECT_MATVIEW",
  "OBJECT_FOREIGN_TABLE",
  "OBJECT_SEQUENCE",
]);
/** Of these the last name is their own, and those before it are their table's. */
const parts = new Set<string | undefined>(["OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"]);

function dropped({ objects = [], removeType }: Of<"DropStmt">): Lock[] {
  return objects.flatMap((object) => {
    const names = "List" in object ? (object.List.items ?? []) : [];
    const words = names.flatMap((name) => ("String" in name ? (name.String.sval ?? []) : []));
    const own = parts.has(removeType) ? words.slice(0, -1) : relations.has(removeType) ? words : [];
    return lock({ relname: own.at(-1), schemaname: own.at(-2) }, "ACCESS EXCLUSIVE");
  });
}
