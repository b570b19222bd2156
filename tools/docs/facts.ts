import { SqlAction } from "../../shared/nouns/facts.ts";
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
};

/** What else a policy may ask about a command. */
const contextWords: Record<string, string> = {
  facts: "What parsing learnt, below.",
  now: 'The time: `context.now < datetime("2027-01-01T00:00:00Z")`.',
  reason: "Why the session was opened, in the actor's own words.",
  sessionAgeSeconds: "How long ago it was opened.",
  recentLookups:
    "Hidden values that the actor has looked for by known ones within the last hour, with this command's; 0 where this one looks for none.",
};

/** The facts that a policy may speak of, with the type that the schema gives them. */
export const factsTable = (): string => fieldsTable("SqlFacts", "context.facts", factWords);

/** What a policy may speak of beside them. */
export const contextTable = (): string => fieldsTable("SqlContext", "context", contextWords);

function fieldsTable(type: string, path: string, words: Record<string, string>): string {
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

/** The actions of SQL and the groups that hold them. */
export function actionsTable(): string {
  const groupsOf = (action: string) => {
    const [, groups = ""] =
      new RegExp(`^action "${action.replace(".", "\\.")}" in \\[([^\\]]*)\\]`, "m").exec(schema) ?? [];
    return [...groups.matchAll(/"([^"]+)"/g)].map(([, group = ""]) => group);
  };
  const byGroups = new Map<string, string[]>();
  for (const action of SqlAction.options) {
    const groups = groupsOf(action).map(code).join(", ");
    byGroups.set(groups, [...(byGroups.get(groups) ?? []), action]);
  }
  return table(
    ["in the groups", "actions"],
    [...byGroups].map(([groups, actions]) => [groups, actions.map(code).join(" ")]),
  );
}
