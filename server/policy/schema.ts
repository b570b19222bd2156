import { SqlAction } from "../../shared/nouns/facts.ts";

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
// What is reached. kind: "postgres".
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

action "session.open" appliesTo { principal: Actor, resource: Target, context: {} };
action "unmask" appliesTo { principal: Actor, resource: DataClass, context: UnmaskContext };
`;
