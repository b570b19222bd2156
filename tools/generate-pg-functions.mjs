// Writes what PostgreSQL itself says of its functions and relations, for the facts of SQL:
//   node tools/generate-pg-functions.mjs postgres://host/db [more servers of other versions]
// The lists are the union over the servers; a function has its most volatile variant's volatility.
import { writeFile } from "node:fs/promises";
import pg from "pg";

const target = new URL("../server/protocols/postgres/facts/generated/postgres.ts", import.meta.url);
const functions = new Map();
const relations = new Map();
const versions = [];

for (const connectionString of process.argv.slice(2)) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows: found } = await client.query(
    `select proname as name, max(case provolatile when 'v' then 2 when 's' then 1 else 0 end) as volatility
     from pg_proc where pronamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) group by 1`,
  );
  for (const { name, volatility } of found)
    functions.set(name, Math.max(volatility, functions.get(name) ?? 0));
  const { rows: tables } = await client.query(
    `select n.nspname || '.' || c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     where n.nspname in ('pg_catalog', 'information_schema') and c.relkind in ('r', 'v', 'm', 'p', 'f', 'S') group by 1`,
  );
  for (const { name, columns } of tables)
    relations.set(name, [...new Set([...(relations.get(name) ?? []), ...columns])].sort());
  versions.push((await client.query("show server_version")).rows[0].server_version.split(" ")[0]);
  await client.end();
}
if (versions.length === 0) throw new Error("name at least one server");

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const names = (volatility) =>
  [...functions]
    .filter(([, value]) => value === volatility)
    .map(([name]) => name)
    .sort(order);
/** One string that is split at spaces: a tenth of the lines of an array. */
const words = (list) => {
  const lines = [];
  let line = "";
  for (const word of list) {
    if (line.length + word.length > 110) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return `\`\n${[...lines, line].map((each) => `  ${each}`).join("\n")}\n\``;
};
await writeFile(
  target,
  `// Made by tools/generate-pg-functions.mjs from PostgreSQL ${versions.sort().join(" and ")}: do not edit.

const words = (text: string): string[] => text.trim().split(/\\s+/);

/** Functions of pg_catalog and information_schema, by the volatility of their most volatile variant. */
export const volatileFunctions: readonly string[] = words(${words(names(2))});

export const stableFunctions: readonly string[] = words(${words(names(1))});

export const immutableFunctions: readonly string[] = words(${words(names(0))});

/** Relations of pg_catalog and information_schema with their columns: \`schema.name column column ...\`. */
export const systemRelations: readonly string[][] = [
${[...relations]
  .sort(([a], [b]) => order(a, b))
  .map(([name, columns]) => `  words(${JSON.stringify([name, ...columns].join(" "))}),`)
  .join("\n")}
];
`,
);
