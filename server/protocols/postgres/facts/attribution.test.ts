import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../../db/testing.ts";
import { createParser } from "../parse/parser.ts";
import { dangerous } from "./corpus/dangerous.ts";
import { everyday } from "./corpus/everyday.ts";
import { evasive } from "./corpus/evasive.ts";
import { describe } from "./describe.ts";
import { testingCatalog } from "./testing-catalog.ts";
import { generatedQuery } from "./testing-queries.ts";
import { schemaOf } from "./testing-schema.ts";

/**
 * PostgreSQL as the judge: a view's dependencies are the columns that its analysis resolved. Whatever it finds, the
 * facts must have found.
 */
const parser = createParser({ workers: 1, deadlineMs: 60_000 });
let place: Awaited<ReturnType<typeof freshDatabase>>;

beforeAll(async () => {
  place = await freshDatabase();
  for (const statement of schemaOf(testingCatalog)) await place.database.pool.query(statement);
});
afterAll(async () => {
  parser.close();
  await place.drop();
});

type Dependency = { relation: string; column: string | null };

/** What the query depends on; undefined where PostgreSQL does not take it as a view. */
async function dependencies(sql: string): Promise<Dependency[] | undefined> {
  const client = await place.database.pool.connect();
  try {
    await client.query("BEGIN");
    const width = await client.query(`SELECT * FROM (${sql}\n) judged LIMIT 0`).then(
      ({ fields }) => fields.length,
      () => undefined,
    );
    if (width === undefined) return undefined;
    await client.query("ROLLBACK; BEGIN");
    const names = Array.from({ length: width }, (_, index) => `c${index}`).join(", ");
    const made = await client.query(`CREATE VIEW judged${width === 0 ? "" : ` (${names})`} AS ${sql}`).then(
      () => true,
      () => false,
    );
    if (!made) return undefined;
    const { rows } = await client.query<Dependency>(
      `SELECT DISTINCT n.nspname || '.' || c.relname AS relation, a.attname AS column
         FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
              AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
              JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
              LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
        WHERE r.ev_class = 'judged'::regclass AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
    );
    return rows;
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
}

/** What PostgreSQL found and the facts did not. */
async function missing(sql: string): Promise<string[] | undefined> {
  const depends = await dependencies(sql);
  if (depends === undefined) return undefined;
  const { facts, statements } = describe(await parser.parse(sql), testingCatalog);
  const reached = new Map<string, Set<string> | "all">();
  for (const { relation: oid, columns, systemColumns } of statements.flatMap(({ sites }) => sites)) {
    const relation = testingCatalog.relations.find((each) => each.oid === oid);
    const name = `${relation?.schema}.${relation?.name}`;
    const before = reached.get(name);
    if (columns === "all" || before === "all") reached.set(name, "all");
    else reached.set(name, new Set([...(before ?? []), ...columns, ...systemColumns]));
  }
  const known = facts.opaque ? [`opaque: ${facts.opaqueReasons.join("; ")}`] : [];
  return depends
    .filter(({ relation, column }) => {
      // A name in a string (`'orders'::regclass`) is a dependency too, and reads nothing.
      if (column === null && sql.includes(`'${relation.replace("public.", "")}'`)) return false;
      const columns = reached.get(relation);
      return columns === undefined || (columns !== "all" && column !== null && !columns.has(column));
    })
    .map(({ relation, column }) => `${relation}.${column ?? "*"}`)
    .concat(known);
}

test("the corpus reaches every column that PostgreSQL's analysis reaches", async () => {
  const queries = [...everyday, ...evasive, ...dangerous].filter(
    ({ sql, actions, opaque }) =>
      actions === undefined && opaque !== true && !sql.includes(";") && !sql.includes("$1"),
  );
  const missed: string[] = [];
  let judged = 0;
  for (const { sql } of queries) {
    const found = await missing(sql);
    if (found === undefined) continue;
    judged += 1;
    if (found.length > 0) missed.push(`${sql}: ${found.join(", ")}`);
  }
  expect(missed).toEqual([]);
  expect(judged).toBeGreaterThan(120);
});

test("generated queries reach every column that PostgreSQL's analysis reaches, and resolve", async () => {
  let judged = 0;
  await fc.assert(
    fc.asyncProperty(generatedQuery, async (sql) => {
      const found = await missing(sql);
      if (found === undefined) return;
      judged += 1;
      expect({ sql, found }).toEqual({ sql, found: [] });
    }),
    {
      numRuns: Number(process.env["SLUICE_GENERATED"] ?? 600),
      seed: Number(process.env["SLUICE_SEED"] ?? 20_261_120),
    },
  );
  expect(judged).toBeGreaterThan(150);
}, 600_000);
