import { z } from "zod";

/** One thing that a SQL statement does; each is a Cedar action. */
export const SqlAction = z.enum([
  "sql.select",
  "sql.insert",
  "sql.update",
  "sql.delete",
  "sql.merge",
  "sql.truncate",
  "sql.explain",
  "sql.copy",
  "sql.ddl",
  "sql.grant",
  "sql.session",
  "sql.transaction",
  "sql.maintenance",
  "sql.call",
  "sql.do",
  "sql.lock",
  "sql.prepare",
  "sql.cursor",
  "sql.listen",
  "sql.other",
]);
export type SqlAction = z.infer<typeof SqlAction>;

export const RelationUse = z.object({
  /** `schema.name`, resolved against the catalog; an unresolved name as written, with `known: false`. */
  relation: z.string(),
  known: z.boolean(),
  columns: z.array(z.string()),
  /** Classes of the columns used. */
  classes: z.array(z.string()),
  /** What using it does or shows beside its rows: `column-statistics`, `others-activity`, `network`... */
  effect: z.string().optional(),
});
export type RelationUse = z.infer<typeof RelationUse>;

export const FunctionUse = z.object({
  name: z.string(),
  volatility: z.enum(["immutable", "stable", "volatile", "unknown"]),
  definer: z.boolean(),
  /** What it can do outside the query: `server-file`, `network`, `sleep`, `backend-control`, `settings`... */
  effect: z.string().optional(),
});
export type FunctionUse = z.infer<typeof FunctionUse>;

/** A known-value look-up: full equality between a classified column and literals or parameters, `values` of them. */
export const Lookup = z.object({
  relation: z.string(),
  column: z.string(),
  class: z.string(),
  /** How many; of an array in a parameter, how many it may hold. */
  values: z.int().default(1),
});
export type Lookup = z.infer<typeof Lookup>;

/**
 * What parsing learnt about a SQL command. Sorted, free of duplicates and of values that the text holds, so that
 * equal commands give equal facts.
 */
export const SqlFacts = z.object({
  kind: z.literal("sql"),
  statements: z.int(),
  actions: z.array(SqlAction),
  /** True where anything in it could change data, schema, settings or the world. */
  writes: z.boolean(),
  reads: z.array(RelationUse),
  changes: z.array(RelationUse),
  functions: z.array(FunctionUse),
  /** Classes read anywhere, also in WHERE. */
  classes: z.array(z.string()),
  /** Classes of columns that a write changes. */
  classesChanged: z.array(z.string()),
  /** Every UPDATE, DELETE and MERGE has a condition that restricts something. */
  bounded: z.boolean(),
  /** Something in it cannot be known: dynamic SQL, unknown function, unresolved name. */
  opaque: z.boolean(),
  opaqueReasons: z.array(z.string()),
  /** Reads without LIMIT on a relation with many rows, cross joins, series without bound. */
  bulk: z.boolean(),
  lookups: z.array(Lookup),
  /** Functions with effects outside the query. */
  effects: z.array(z.string()),
  /** `set:search_path`, `role`, `read-write`... */
  sessionChanges: z.array(z.string()),
  /**
   * What in it PostgreSQL refuses inside a transaction block: `VACUUM`, `CREATE INDEX CONCURRENTLY`... Such a statement
   * runs alone, commits by itself and cannot be rolled back. Facts that were kept before this one have none.
   */
  outsideTransaction: z.array(z.string()).default([]),
  parameters: z.int(),
  /** A person's line: "UPDATE with FROM, 1 statement". */
  summary: z.string(),
  /** Name of the main target relation or "", for titles. */
  subject: z.string(),
});
export type SqlFacts = z.infer<typeof SqlFacts>;

/** One thing that a shell command does; each is a Cedar action. */
export const ShellAction = z.enum([
  /** Runs programs: every shell command that is more than words to the shell itself. */
  "shell.run",
  /** Words to the shell itself: `cd`, an assignment, `alias`. */
  "shell.session",
  "shell.read",
  "shell.write",
  "shell.delete",
  "shell.network",
  /** Acts as somebody else: `sudo`, `su`, `doas`, a set-uid bit. */
  "shell.privilege",
  /** Changes how the host works: services, packages, users, mounts, kernel, power. */
  "shell.system",
  /** Starts a program in which further commands can be given unseen. */
  "shell.interpreter",
  /** Runs a file's content. */
  "shell.script",
  /** Lays hands on the gate's own hook. */
  "shell.tamper",
  /** Something in it cannot be known. */
  "shell.opaque",
  /** Opens a terminal whose commands are recorded but not judged. */
  "shell.raw",
  "file.list",
  "file.download",
  "file.upload",
  /** A download as the bytes are, which nothing masks. */
  "file.binary",
]);
export type ShellAction = z.infer<typeof ShellAction>;

/** A path as the command names it: quoting resolved, `~` and variables as written. */
const PathUse = z.object({
  path: z.string(),
  recursive: z.boolean(),
  forced: z.boolean(),
});
export type PathUse = z.infer<typeof PathUse>;

const NetworkUse = z.object({
  direction: z.enum(["download", "upload", "connect", "listen"]),
  /** As far as the words tell; "" where they do not. */
  host: z.string(),
});
export type NetworkUse = z.infer<typeof NetworkUse>;

/** What parsing learnt about a shell command. Sorted, free of duplicates, so that equal commands give equal facts. */
export const ShellFacts = z.object({
  kind: z.literal("shell"),
  actions: z.array(ShellAction),
  /** True where anything in it could change the host or the world. */
  writes: z.boolean(),
  /** Simple commands in it, those within substitutions and wrappers included. */
  commands: z.int(),
  /** Programs by their last path segment, resolved through quoting and wrappers: `rm`. */
  programs: z.array(z.string()),
  /** What stood before them: `sudo`, `env`, `xargs`. */
  wrappers: z.array(z.string()),
  reads: z.array(PathUse),
  changes: z.array(PathUse),
  deletes: z.array(PathUse),
  network: z.array(NetworkUse),
  /** Kinds of secret that it reads: `private-key`, `shadow`, `token`, `environment`, `cloud-credentials`, `metadata`. */
  secrets: z.array(z.string()),
  /** Ways to stay: `cron`, `authorized-keys`, `unit`, `profile`. */
  persistence: z.array(z.string()),
  /** `download-and-run`, `decode-and-run`, `dev-tcp`, `disk`, `power`, `fork-bomb`, `history`... */
  effects: z.array(z.string()),
  opensInterpreter: z.boolean(),
  runsScript: z.boolean(),
  /** Files whose content it runs, as named. */
  scripts: z.array(z.string()),
  opaque: z.boolean(),
  opaqueReasons: z.array(z.string()),
  /** What of the gate's hook it touches: `bind`, `trap`, `PROMPT_COMMAND`. */
  tampers: z.array(z.string()),
  /** A person's line: "deletes /var/log recursively, by force". */
  summary: z.string(),
  /** The main program and its first operand, for titles. */
  subject: z.string(),
});
export type ShellFacts = z.infer<typeof ShellFacts>;

export const Facts = z.discriminatedUnion("kind", [SqlFacts, ShellFacts]);
export type Facts = z.infer<typeof Facts>;
