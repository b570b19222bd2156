import { ShellAction, SqlAction } from "../../shared/nouns/facts.ts";

/** What a policy may call `sql.read` and `sql.write`; every SQL action is in `sql.any` as well. */
const readActions: ReadonlySet<SqlAction> = new Set([
  "sql.select",
  "sql.explain",
  "sql.prepare",
  "sql.cursor",
]);
const writeActions: ReadonlySet<SqlAction> = new Set([
  "sql.insert",
  "sql.update",
  "sql.delete",
  "sql.merge",
  "sql.truncate",
]);

const sqlAction = (action: SqlAction): string => {
  const groups = [
    "sql.any",
    ...(readActions.has(action) ? ["sql.read"] : []),
    ...(writeActions.has(action) ? ["sql.write"] : []),
  ];
  return `action "${action}" in [${groups.map((group) => `"${group}"`).join(", ")}]
  appliesTo { principal: Actor, resource: Target, context: SqlContext };`;
};

const isFile = (action: ShellAction) => action.startsWith("file.");
/** A raw terminal is no command of a shell's: a policy has to name it. */
const shellGroup = (action: ShellAction): string => {
  if (action === "shell.raw") return "";
  return ` in ["${isFile(action) ? "file.any" : "shell.any"}"]`;
};
const shellAction = (action: ShellAction): string =>
  `action "${action}"${shellGroup(action)}
  appliesTo { principal: Actor, resource: Target, context: ShellContext };`;

/**
 * The Cedar schema that every policy must fit. Facts are all required, so that a policy never has to guard with
 * `has`, and none can be misspelt into a policy that silently does nothing.
 */
export const schema = `
// A group's id, as the identity provider gives it.
entity Group;
// A target's tag, "env=prod".
entity Tag;
// A class of data, "email".
entity DataClass;
// Who acts. kind: "human" or "workload".
entity Actor in [Group] {
  kind: String,
  issuer: String,
  tenant?: String,
  roles: Set<String>,
};
// What is reached. kind: "postgres" or "ssh".
entity Target in [Tag] { kind: String };

type SqlFacts = {
  statements: Long,
  parameters: Long,
  actions: Set<String>,
  writes: Bool,
  bounded: Bool,
  opaque: Bool,
  bulk: Bool,
  // Relations, "schema.name".
  reads: Set<String>,
  changes: Set<String>,
  functions: Set<String>,
  definerFunctions: Set<String>,
  // Classes of data: read anywhere, changed by a write, looked up by a known value.
  classes: Set<String>,
  classesChanged: Set<String>,
  classesLookedUp: Set<String>,
  // "sleep", "server-file"...: what functions do outside the query.
  effects: Set<String>,
  // "role", "set:search_path"...
  sessionChanges: Set<String>,
  // "VACUUM", "CREATE INDEX CONCURRENTLY"...: what commits by itself and cannot be rolled back.
  outsideTransaction: Set<String>,
};

type ShellFacts = {
  // Simple commands in it, those within substitutions and wrappers included.
  commands: Long,
  actions: Set<String>,
  writes: Bool,
  // By their last path segment, resolved through quoting, aliases and wrappers: "rm". What stood before: "sudo".
  programs: Set<String>,
  wrappers: Set<String>,
  // Paths as named; what is deleted with all that is below it.
  reads: Set<String>,
  changes: Set<String>,
  deletes: Set<String>,
  deletesRecursively: Set<String>,
  // "download", "upload", "connect", "listen"; the hosts as far as the words tell.
  network: Set<String>,
  hosts: Set<String>,
  // Kinds of secret that are read: "private-key", "shadow", "environment"...
  secrets: Set<String>,
  // Ways to stay: "cron", "authorized-keys"...
  persistence: Set<String>,
  // "download-and-run", "decode-and-run", "disk", "power"...
  effects: Set<String>,
  opensInterpreter: Bool,
  runsScript: Bool,
  opaque: Bool,
  // What of the gate's own hook it touches.
  tampers: Set<String>,
};

type ShellContext = {
  facts: ShellFacts,
  now: datetime,
  reason: String,
  sessionAgeSeconds: Long,
};
type SqlContext = {
  facts: SqlFacts,
  now: datetime,
  // Why the session was opened, in the actor's own words, and how long ago.
  reason: String,
  sessionAgeSeconds: Long,
  // Hidden values that the actor has looked for by known ones in the last hour, with this command's; 0 where it
  // looks for none.
  recentLookups: Long,
};
type UnmaskContext = {
  target: Target,
  facts: SqlFacts,
  now: datetime,
  reason: String,
  sessionAgeSeconds: Long,
  recentLookups: Long,
};

action "sql.any";
action "sql.read" in ["sql.any"];
action "sql.write" in ["sql.any"];
${SqlAction.options.map(sqlAction).join("\n")}

action "shell.any";
action "file.any";
${ShellAction.options.map(shellAction).join("\n")}

action "session.open" appliesTo { principal: Actor, resource: Target, context: {} };
action "unmask" appliesTo { principal: Actor, resource: DataClass, context: UnmaskContext };
`;
