import { ShellAction, SqlAction } from "../../shared/nouns/facts.ts";
import { schema } from "../../server/policy/schema.ts";
import { code, table } from "./markdown.ts";

/** What each fact says. One for every field that the schema gives to policies; the generator holds that. */
const factWords: Record<string, string> = {
  statements: "How many statements the command has.",
  parameters: "How many parameters it takes.",
  actions: "Everything that it does, by action. Each of them needs a permit of its own.",
  writes: "True where anything in it could change data, schema, settings or the world outside.",
  bounded:
    "Each UPDATE, DELETE and MERGE in it has a condition that restricts something; `WHERE true` is none.",
  opaque:
    "Something in it cannot be known before it runs: dynamic SQL, an unknown function, a name that does not resolve.",
  bulk: "It reads without a bound from a relation with many rows, joins without a condition, or makes rows without end.",
  reads: "Relations that it reads, `schema.name`, also behind views and in functions.",
  changes: "Relations that it changes.",
  functions: "Functions that it calls, also in functions and triggers.",
  definerFunctions: "Of these, those that run with the rights of their owner.",
  classes: "Classes of data that it reads anywhere, also in conditions.",
  classesChanged: "Classes of the columns that a write changes.",
  classesLookedUp: "Classes that it looks up by a known value.",
  effects: "What it does outside the query: `server-file`, `network`, `sleep`, `code`...",
  sessionChanges:
    "What it changes of the session: `role`, `set:search_path`, `read-write`, `transaction:commit`...",
  outsideTransaction:
    "What in it runs outside a transaction and cannot be rolled back: `VACUUM`, `CREATE INDEX CONCURRENTLY`...",
};

/** The same for commands on a host and for its files. */
const shellFactWords: Record<string, string> = {
  commands: "Simple commands in it, those within substitutions and wrappers included.",
  actions: "Everything that it does, by action. Each of them needs a permit of its own.",
  writes: "True where anything in it could change the host or the world.",
  programs:
    "Programs by their last path segment, behind quoting, aliases and wrappers: `rm` of `'r'm`, `/bin/rm`, `sudo rm`.",
  wrappers: "What stood before them: `sudo`, `env`, `xargs`, `timeout`.",
  reads: "Paths that it reads, as the line names them.",
  changes: "Paths that it creates or changes.",
  deletes: "Paths that it deletes.",
  deletesRecursively: "Of these, those deleted with all that is below them.",
  network: "`download`, `upload`, `connect`, `listen`.",
  hosts: "Hosts that it reaches, as far as the words tell.",
  secrets:
    "Kinds of secret that it reads: `private-key`, `shadow`, `password-file`, `token`, `cloud-credentials`, `metadata`, `environment`, `memory`, `history`...",
  persistence:
    "Ways to stay that it lays hands on: `cron`, `at`, `authorized-keys`, `unit`, `profile`, `sudoers`, `pam`, `loader`, `kernel`, `git-hook`...",
  effects:
    "What it does beyond single files: `broad` (whole trees such as / or a home directory), `download-and-run`, `decode-and-run`, `remote-run`, `dev-tcp`, `reverse-shell`, `tunnel`, `disk`, `wipe`, `power`, `fork-bomb`, `process`, `service`, `package`, `account`, `container`, `container-escape`, `kernel`, `mount`, `firewall`, `logs`, `history`, `truncate`, `set-uid`, `detached`; `dynamic-path` (what it reads or changes is named by an expansion); `starter`, `loader`, `path`, `startup-file`, `shadow` (it changes what later words and other programs start)...",
  opensInterpreter: "It starts a program in which more can be done unseen: an editor, a REPL, another shell.",
  runsScript: "It runs the content of a file, which is read and judged where it can be.",
  opaque:
    "Something in it cannot be known before it runs: a program whose name is made when it runs, `eval`.",
  tampers: "What of the gate's own hook it touches: `bind`, `trap`, `PROMPT_COMMAND`.",
};

const everyContext = {
  facts: "What parsing learnt, below.",
  now: 'The time: `context.now < datetime("2027-01-01T00:00:00Z")`.',
  reason: "Why the session was opened, in the actor's own words.",
  sessionAgeSeconds: "How long ago it was opened.",
};
/** What else a policy may ask about a command. */
const contextWords: Record<string, string> = {
  ...everyContext,
  recentLookups:
    "Hidden values that the actor has looked for by known ones within the last hour, with this command's; 0 where this one looks for none.",
};

/** The facts that a policy may speak of, with the type that the schema gives them. */
export const factsTable = (): string => fieldsTable("SqlFacts", "context.facts", factWords);

export const shellFactsTable = (): string => fieldsTable("ShellFacts", "context.facts", shellFactWords);

/** What a policy may speak of beside them; of commands on a host all but one. */
export function contextTable(): string {
  fieldsTable("ShellContext", "context", everyContext);
  return fieldsTable("SqlContext", "context", contextWords);
}

function fieldsTable(type: string, path: string, words: Readonly<Record<string, string>>): string {
  const [, body = ""] = new RegExp(`type ${type} = \\{([^}]*)\\}`).exec(schema) ?? [];
  const fields = [...body.matchAll(/^\s*(\w+): ([\w<>]+),$/gm)].map(([, name = "", of = ""]) => ({
    name,
    of,
  }));
  const named = fields.map(({ name }) => name);
  const missing = named.filter((name) => !Object.hasOwn(words, name));
  const gone = Object.keys(words).filter((name) => !named.includes(name));
  if (missing.length > 0 || gone.length > 0)
    throw new Error(
      `${type}: fields without words: ${missing.join(", ")}; words without a field: ${gone.join(", ")}`,
    );
  return table(
    ["name", "type", "what it says"],
    fields.map(({ name, of }) => [code(`${path}.${name}`), code(of), words[name] ?? ""]),
  );
}

/** The actions and the groups that hold them. */
export const actionsTable = (): string => actionsOf(SqlAction.options);
export const shellActionsTable = (): string => actionsOf(ShellAction.options);

function actionsOf(actions: readonly string[]): string {
  const groupsOf = (action: string) => {
    const [, groups = ""] =
      new RegExp(`^action "${action.replace(".", "\\.")}" in \\[([^\\]]*)\\]`, "m").exec(schema) ?? [];
    return [...groups.matchAll(/"([^"]+)"/g)].map(([, group = ""]) => group);
  };
  const byGroups = new Map<string, string[]>();
  for (const action of actions) {
    const groups = groupsOf(action).map(code).join(", ");
    byGroups.set(groups, [...(byGroups.get(groups) ?? []), action]);
  }
  return table(
    ["in the groups", "actions"],
    [...byGroups].map(([groups, each]) => [groups === "" ? "none" : groups, each.map(code).join(" ")]),
  );
}
