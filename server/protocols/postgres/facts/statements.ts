import type { Node } from "libpg-query";
import type { SqlAction } from "../../../../shared/nouns/facts.ts";

/** Names of the grammar's nodes that are statements. */
type Keys<Union> = Union extends Union ? keyof Union : never;
export type StatementKind = Extract<Keys<Node>, `${string}Stmt`>;

export type StatementClass = {
  action: SqlAction;
  /** Needs a read-write transaction, or changes the world. A kind marked here stays so whatever it holds. */
  writes: boolean;
  /** Sends rows to the client by itself. */
  returnsRows: boolean;
  /** A fact of its own in `effects`. */
  effect?: string;
  /** What it does, for people who review the table. */
  note: string;
};

const ddl = (note: string, effect?: string): StatementClass => ({
  action: "sql.ddl",
  writes: true,
  returnsRows: false,
  note,
  ...(effect === undefined ? {} : { effect }),
});
const grant = (note: string): StatementClass => ({
  action: "sql.grant",
  writes: true,
  returnsRows: false,
  note,
});
const maintenance = (note: string): StatementClass => ({
  action: "sql.maintenance",
  writes: true,
  returnsRows: false,
  note,
});
const of = (
  action: SqlAction,
  writes: boolean,
  returnsRows: boolean,
  note: string,
  effect?: string,
): StatementClass => ({
  action,
  writes,
  returnsRows,
  note,
  ...(effect === undefined ? {} : { effect }),
});

/**
 * Every statement of PostgreSQL 18's grammar, classified on purpose. A kind without an entry does not compile, and a
 * test compares the table with the grammar's own list.
 */
export const statementClasses: Record<StatementKind, StatementClass> = {
  SelectStmt: of("sql.select", false, true, "INTO, row locks and functions can make it write"),
  InsertStmt: of("sql.insert", true, false, "returns rows with RETURNING"),
  UpdateStmt: of("sql.update", true, false, "returns rows with RETURNING"),
  DeleteStmt: of("sql.delete", true, false, "returns rows with RETURNING"),
  MergeStmt: of("sql.merge", true, false, "returns rows with RETURNING"),
  TruncateStmt: of("sql.truncate", true, false, "empties tables, with CASCADE others too"),
  CopyStmt: of("sql.copy", false, true, "direction and place decide"),
  ExplainStmt: of("sql.explain", false, true, "ANALYZE runs the statement"),
  CallStmt: of("sql.call", true, true, "procedures may write and end transactions"),
  DoStmt: of("sql.do", true, false, "runs code"),
  LockStmt: of("sql.lock", true, false, "stops others"),
  PrepareStmt: of("sql.prepare", false, false, "counted as if it ran: EXECUTE names it later"),
  ExecuteStmt: of("sql.prepare", true, true, "known only where the same command prepared it"),
  DeallocateStmt: of("sql.prepare", false, false, "forgets a prepared statement"),
  DeclareCursorStmt: of("sql.cursor", false, false, "its query runs as it is fetched"),
  FetchStmt: of("sql.cursor", false, true, "known only where the same command declared the cursor"),
  ClosePortalStmt: of("sql.cursor", false, false, "closes a cursor"),
  VariableSetStmt: of("sql.session", false, false, "roles, read-only and search_path are facts of their own"),
  VariableShowStmt: of("sql.session", false, true, "shows a setting"),
  DiscardStmt: of("sql.session", true, false, "drops plans, temporary tables and settings"),
  ConstraintsSetStmt: of("sql.transaction", false, false, "when constraints are checked"),
  TransactionStmt: of(
    "sql.transaction",
    false,
    false,
    "READ WRITE and two-phase commit are facts of their own",
  ),
  ListenStmt: of("sql.listen", true, false, "payloads of others arrive", "listen"),
  UnlistenStmt: of("sql.listen", true, false, "stops listening"),
  NotifyStmt: of("sql.listen", true, false, "sends a payload to others", "notify"),
  LoadStmt: of("sql.other", true, false, "loads a library into the server", "server-code"),
  CheckPointStmt: of("sql.maintenance", true, false, "forces a checkpoint", "server"),
  VacuumStmt: maintenance("VACUUM and ANALYZE; FULL rewrites and locks"),
  ClusterStmt: maintenance("rewrites and locks a table"),
  ReindexStmt: maintenance("rebuilds indexes"),
  RefreshMatViewStmt: maintenance("runs the view's query and stores its rows"),
  CreateTableAsStmt: of("sql.ddl", true, false, "stores a query's rows"),
  ViewStmt: ddl("keeps a query"),
  RuleStmt: ddl("rewrites later statements", "rule"),
  CreateTrigStmt: ddl("runs code in later statements", "trigger"),
  CreateEventTrigStmt: ddl("runs code in later DDL", "trigger"),
  AlterEventTrigStmt: ddl("switches code in later DDL", "trigger"),
  CreateFunctionStmt: ddl("keeps code", "code"),
  AlterFunctionStmt: ddl("changes code's rights or settings", "code"),
  CreatePLangStmt: ddl("adds a language", "code"),
  CreateTransformStmt: ddl("converts between SQL and a language", "code"),
  CreateCastStmt: ddl("changes what casts run", "code"),
  CreateConversionStmt: ddl("changes how text is converted", "code"),
  CreateExtensionStmt: ddl("installs code", "code"),
  AlterExtensionStmt: ddl("updates code", "code"),
  AlterExtensionContentsStmt: ddl("changes what an extension owns", "code"),
  CreateSchemaStmt: ddl("may hold further statements"),
  CreateStmt: ddl("a table"),
  AlterTableStmt: ddl(
    "a table, view, index or sequence; switches of triggers, rules and row security decide",
  ),
  CreateForeignTableStmt: ddl("a table on another server", "network"),
  CreateFdwStmt: ddl("a way to other servers", "network"),
  AlterFdwStmt: ddl("a way to other servers", "network"),
  CreateForeignServerStmt: ddl("another server", "network"),
  AlterForeignServerStmt: ddl("another server", "network"),
  ImportForeignSchemaStmt: ddl("tables of another server", "network"),
  CreateUserMappingStmt: ddl("credentials for another server", "network"),
  AlterUserMappingStmt: ddl("credentials for another server", "network"),
  DropUserMappingStmt: ddl("credentials for another server", "network"),
  CreatePublicationStmt: ddl("sends changes to others", "replication"),
  AlterPublicationStmt: ddl("sends changes to others", "replication"),
  CreateSubscriptionStmt: ddl("takes changes from another server", "replication"),
  AlterSubscriptionStmt: ddl("takes changes from another server", "replication"),
  DropSubscriptionStmt: ddl("stops taking changes", "replication"),
  IndexStmt: ddl("an index; evaluates its expressions"),
  CreateStatsStmt: ddl("extended statistics: they hold values"),
  AlterStatsStmt: ddl("extended statistics"),
  CreateSeqStmt: ddl("a sequence"),
  AlterSeqStmt: ddl("a sequence"),
  DefineStmt: ddl("an aggregate, operator, type, collation or text search object: the kind decides"),
  CreateDomainStmt: ddl("a domain"),
  AlterDomainStmt: ddl("a domain"),
  CompositeTypeStmt: ddl("a type"),
  CreateEnumStmt: ddl("a type"),
  AlterEnumStmt: ddl("a type"),
  CreateRangeStmt: ddl("a type"),
  AlterTypeStmt: ddl("functions of a base type", "code"),
  AlterCollationStmt: ddl("a collation"),
  AlterOperatorStmt: ddl("functions of an operator", "code"),
  CreateOpClassStmt: ddl("operators and functions of an index", "code"),
  CreateOpFamilyStmt: ddl("an empty family of operators"),
  AlterOpFamilyStmt: ddl("operators and functions of an index", "code"),
  AlterTSDictionaryStmt: ddl("text search"),
  AlterTSConfigurationStmt: ddl("text search"),
  CreateAmStmt: ddl("an access method", "code"),
  CreatePolicyStmt: ddl("row security", "row-security"),
  AlterPolicyStmt: ddl("row security", "row-security"),
  ReplicaIdentityStmt: ddl("what replication sends"),
  DropStmt: ddl("drops objects, with CASCADE others too; the kind decides"),
  RenameStmt: ddl("renames: classes follow the catalog's next reading; the kind decides"),
  AlterObjectDependsStmt: ddl("what falls with an extension"),
  AlterObjectSchemaStmt: ddl("moves to another schema; the kind decides"),
  AlterOwnerStmt: grant("gives an object away"),
  CommentStmt: ddl("a comment"),
  SecLabelStmt: ddl("a security label"),
  CreateTableSpaceStmt: ddl("a place of files", "server-file"),
  DropTableSpaceStmt: ddl("a place of files", "server-file"),
  AlterTableSpaceOptionsStmt: ddl("a place of files", "server-file"),
  AlterTableMoveAllStmt: ddl("moves files"),
  CreatedbStmt: ddl("a database", "server"),
  DropdbStmt: ddl("a database", "server"),
  AlterDatabaseStmt: ddl("a database", "server"),
  AlterDatabaseSetStmt: ddl("settings of later sessions", "settings"),
  AlterDatabaseRefreshCollStmt: ddl("a database's collation version", "server"),
  AlterSystemStmt: ddl("the server's configuration", "settings"),
  GrantStmt: grant("rights on objects"),
  GrantRoleStmt: grant("membership"),
  AlterDefaultPrivilegesStmt: grant("rights on later objects"),
  CreateRoleStmt: grant("a role"),
  AlterRoleStmt: grant("a role, its password and attributes"),
  AlterRoleSetStmt: grant("a role's settings in later sessions"),
  DropRoleStmt: grant("a role"),
  DropOwnedStmt: grant("drops everything of a role"),
  ReassignOwnedStmt: grant("gives everything of a role away"),
  // The parser never makes these of a command; were one to come, it would be unknown.
  RawStmt: of("sql.other", true, false, "wrapper of a statement"),
  SetOperationStmt: of("sql.other", true, false, "made by analysis"),
  ReturnStmt: of("sql.other", false, false, "a SQL function's RETURN"),
  PLAssignStmt: of("sql.other", true, false, "an assignment in PL/pgSQL"),
};

export const isStatementKind = (kind: string): kind is StatementKind => Object.hasOwn(statementClasses, kind);
