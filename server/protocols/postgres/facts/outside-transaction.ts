import type { AlterSubscriptionStmt, Node, RangeVar, ReindexStmt, TransactionStmt } from "libpg-query";
import type { Names } from "./names.ts";
import { isOn } from "./options.ts";
import type { StatementKind } from "./statements.ts";

/**
 * A statement that PostgreSQL refuses inside a transaction block (`PreventInTransactionBlock` in PostgreSQL 18's
 * `utility.c` and `commands/`; 15 has the same forms but for options that are newer). It commits by itself, some of
 * them in several steps: nothing rolls it back.
 */
export type OutsideTransaction = {
  /** As people call it: "CREATE INDEX CONCURRENTLY". A fact for policy. */
  called: string;
  /** It waits for others' transactions while nobody waits for it, so that no lock time-out should cut it short. */
  patient: boolean;
  /** What may be left where it does not come to its end, and what to do then. */
  leaves: string;
};

const whole = "Nothing of it is left where it failed.";
const partly = (what: string): string =>
  `${what} that it had finished stay so; run it again for those that are left.`;
const outside = (called: string, leaves: string): OutsideTransaction => ({ called, patient: false, leaves });
const concurrent = (called: string, leaves: string): OutsideTransaction => ({
  called,
  patient: true,
  leaves,
});

const invalidIndex =
  "It may have left an invalid index behind, which costs every write and serves no query: find it with SELECT " +
  "indexrelid::regclass FROM pg_index WHERE NOT indisvalid, and DROP INDEX CONCURRENTLY it before you try again.";
const invalidCopies =
  "It may have left invalid indexes behind, whose names end in _ccnew or _ccold: find them with SELECT " +
  "indexrelid::regclass FROM pg_index WHERE NOT indisvalid, and DROP INDEX CONCURRENTLY them; the old index works on.";
const halfDropped = "The index may be left invalid, serving no query: run the same statement again.";
const halfDetached =
  "The partition may be left half detached (pg_inherits.inhdetachpending): finish with ALTER TABLE ... DETACH " +
  "PARTITION ... FINALIZE.";
const remoteSlot =
  "The other server may have kept a replication slot that nobody reads: look at its pg_replication_slots.";

type Form = (node: Node, names: Names) => OutsideTransaction | undefined;

/** By kind: the forms that run outside a transaction block. Kinds that are not here always run inside one. */
const forms: Partial<Record<StatementKind, Form>> = {
  VacuumStmt: (node) =>
    "VacuumStmt" in node && node.VacuumStmt.is_vacuumcmd === true
      ? outside("VACUUM", partly("Tables"))
      : undefined,
  ClusterStmt: (node, names) => {
    if (!("ClusterStmt" in node)) return undefined;
    const { relation } = node.ClusterStmt;
    return relation === undefined || isPartitioned(relation, names)
      ? outside("CLUSTER", partly("Tables"))
      : undefined;
  },
  ReindexStmt: (node, names) => ("ReindexStmt" in node ? reindex(node.ReindexStmt, names) : undefined),
  IndexStmt: (node) => {
    if (!("IndexStmt" in node) || node.IndexStmt.concurrent !== true) return undefined;
    const { unique } = node.IndexStmt;
    return concurrent(`CREATE ${unique === true ? "UNIQUE " : ""}INDEX CONCURRENTLY`, invalidIndex);
  },
  DropStmt: (node) =>
    "DropStmt" in node && node.DropStmt.concurrent === true
      ? concurrent("DROP INDEX CONCURRENTLY", halfDropped)
      : undefined,
  AlterTableStmt: (node) =>
    "AlterTableStmt" in node && (node.AlterTableStmt.cmds ?? []).some(detachesConcurrently)
      ? concurrent("DETACH PARTITION CONCURRENTLY", halfDetached)
      : undefined,
  CreatedbStmt: () => outside("CREATE DATABASE", whole),
  DropdbStmt: () =>
    outside("DROP DATABASE", "The database may be left unusable: run the same statement again."),
  AlterDatabaseStmt: (node) =>
    "AlterDatabaseStmt" in node && hasOption(node.AlterDatabaseStmt.options, "tablespace")
      ? outside("ALTER DATABASE SET TABLESPACE", whole)
      : undefined,
  CreateTableSpaceStmt: () => outside("CREATE TABLESPACE", whole),
  DropTableSpaceStmt: () => outside("DROP TABLESPACE", whole),
  AlterSystemStmt: () => outside("ALTER SYSTEM", whole),
  DiscardStmt: (node) =>
    "DiscardStmt" in node && node.DiscardStmt.target === "DISCARD_ALL"
      ? outside("DISCARD ALL", whole)
      : undefined,
  CreateSubscriptionStmt: () => outside("CREATE SUBSCRIPTION", remoteSlot),
  AlterSubscriptionStmt: (node) =>
    "AlterSubscriptionStmt" in node && refreshes(node.AlterSubscriptionStmt)
      ? outside("ALTER SUBSCRIPTION", remoteSlot)
      : undefined,
  DropSubscriptionStmt: () => outside("DROP SUBSCRIPTION", remoteSlot),
  TransactionStmt: (node) => ("TransactionStmt" in node ? twoPhase(node.TransactionStmt) : undefined),
};

/** The kinds of which some form runs outside a transaction block. */
export const kindsOutside: readonly string[] = Object.keys(forms);

/** Whether a statement of a command runs outside a transaction block, and what is then to be known of it. */
export function outsideTransaction(kind: string, stmt: Node | undefined, names: Names) {
  const form = Object.entries(forms).find(([known]) => known === kind)?.[1];
  return stmt === undefined ? undefined : form?.(stmt, names);
}

const isPartitioned = ({ schemaname, relname = "" }: RangeVar, names: Names): boolean => {
  const resolved = names.relation(schemaname, relname);
  return resolved.kind === "user" && resolved.relation.kind === "partitioned";
};

const hasOption = (options: readonly Node[] | undefined, ...wanted: string[]): boolean =>
  (options ?? []).some((option) => "DefElem" in option && wanted.includes(option.DefElem.defname ?? ""));

function reindex({ kind, relation, params }: ReindexStmt, names: Names): OutsideTransaction | undefined {
  if (isOn(params, "concurrently")) return concurrent("REINDEX CONCURRENTLY", invalidCopies);
  if (relation === undefined) return outside("REINDEX", partly("Indexes"));
  const { schemaname, relname = "" } = relation;
  const table = names.ofIndex(schemaname, relname);
  const ofPartitions =
    kind === "REINDEX_OBJECT_INDEX"
      ? table?.kind === "user" && table.relation.kind === "partitioned"
      : isPartitioned(relation, names);
  return ofPartitions ? outside("REINDEX", partly("Indexes")) : undefined;
}

function detachesConcurrently(command: Node): boolean {
  if (!("AlterTableCmd" in command)) return false;
  const { def } = command.AlterTableCmd;
  return def !== undefined && "PartitionCmd" in def && def.PartitionCmd.concurrent === true;
}

/** Those of its forms that talk to the other server, or may; `refresh = false` is not looked at. */
function refreshes({ kind = "ALTER_SUBSCRIPTION_OPTIONS", options }: AlterSubscriptionStmt): boolean {
  return kind === "ALTER_SUBSCRIPTION_OPTIONS"
    ? hasOption(options, "failover", "two_phase")
    : /_PUBLICATION$|_REFRESH$/.test(kind);
}

function twoPhase({ kind }: TransactionStmt): OutsideTransaction | undefined {
  if (kind === "TRANS_STMT_COMMIT_PREPARED") return outside("COMMIT PREPARED", whole);
  if (kind === "TRANS_STMT_ROLLBACK_PREPARED") return outside("ROLLBACK PREPARED", whole);
  return undefined;
}
