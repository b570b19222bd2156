import { afterAll, expect, test } from "vitest";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { createParser } from "../parse/parser.ts";
import { dangerous } from "./corpus/dangerous.ts";
import { everyday } from "./corpus/everyday.ts";
import { evasive } from "./corpus/evasive.ts";
import { describe } from "./describe.ts";
import type { Meaning } from "./meaning.ts";
import { testingCatalog } from "./testing-catalog.ts";

const parser = createParser({ workers: 1, deadlineMs: 60_000 });
afterAll(() => parser.close());

/** Ways to put a query into another statement: none may lose what the query reads or does. */
const wrappers: Record<string, (sql: string) => string> = {
  subselect: (sql) => `SELECT * FROM (${sql}\n) q`,
  "with query": (sql) => `WITH q AS (${sql}\n) SELECT 1 FROM q`,
  "recursive with": (sql) => `WITH RECURSIVE q AS (${sql}\n) SELECT 1 FROM q`,
  lateral: (sql) => `SELECT 1 FROM products z, LATERAL (${sql}\n) q`,
  condition: (sql) => `SELECT 1 WHERE EXISTS (${sql}\n)`,
  order: (sql) => `SELECT 1 ORDER BY EXISTS (${sql}\n)`,
  join: (sql) => `SELECT 1 FROM products z LEFT JOIN products y ON EXISTS (${sql}\n)`,
  argument: (sql) => `SELECT abs(1 + (SELECT count(*) FROM (${sql}\n) q))`,
  case: (sql) => `SELECT CASE WHEN true THEN EXISTS (${sql}\n) END`,
  window: (sql) => `SELECT sum(1) OVER (ORDER BY EXISTS (${sql}\n))`,
  returning: (sql) => `DELETE FROM products WHERE id = 1 RETURNING EXISTS (${sql}\n)`,
  assignment: (sql) => `UPDATE products SET category = EXISTS (${sql}\n) WHERE id = 1`,
  "on conflict": (sql) =>
    `INSERT INTO products (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = EXISTS (${sql}\n)`,
  merge: (sql) =>
    `MERGE INTO products p USING settings s ON p.name = s.key AND EXISTS (${sql}\n) WHEN MATCHED THEN DO NOTHING`,
  union: (sql) => `(${sql}\n) UNION ALL SELECT 1`,
  values: (sql) => `VALUES (EXISTS (${sql}\n))`,
  explain: (sql) => `EXPLAIN ANALYZE ${sql}`,
  prepare: (sql) => `PREPARE p AS ${sql}`,
  cursor: (sql) => `DECLARE c CURSOR FOR ${sql}`,
  copy: (sql) => `COPY (${sql}\n) TO STDOUT`,
  "create table": (sql) => `CREATE TABLE made AS ${sql}`,
  "do block": (sql) => `DO $wrap$ BEGIN PERFORM 1 FROM (${sql}\n) q; END $wrap$`,
  "do assignment": (sql) => `DO $wrap$ DECLARE x boolean; BEGIN x := EXISTS (${sql}\n); END $wrap$`,
  "do loop": (sql) => `DO $wrap$ DECLARE r record; BEGIN FOR r IN ${sql} LOOP NULL; END LOOP; END $wrap$`,
  "do execute": (sql) => `DO $wrap$ BEGIN EXECUTE $x$${sql}$x$; END $wrap$`,
  view: (sql) => `CREATE VIEW made AS ${sql}`,
  function: (sql) => `CREATE FUNCTION made() RETURNS void LANGUAGE sql AS $x$${sql}$x$`,
  "in a script": (sql) => `SELECT 1; ${sql}`,
};

async function meaningOf(sql: string): Promise<Meaning | undefined> {
  try {
    return describe(await parser.parse(sql), testingCatalog);
  } catch (error) {
    if (error instanceof Refusal && error.code === "sql_unparseable") return undefined;
    throw error;
  }
}

const queries = [...everyday, ...dangerous, ...evasive].filter(
  ({ sql, actions = "select" }) =>
    /\bselect\b/.test(actions) && !/;|\$\$|^(copy|declare|prepare|explain|do|create)/i.test(sql),
);

test.each(Object.entries(wrappers))("nothing is lost in: %s", async (_, wrap) => {
  const lost: string[] = [];
  let wrapped = 0;
  for (const { sql } of queries) {
    const [inner, outer] = [await meaningOf(sql), await meaningOf(wrap(sql))];
    if (inner === undefined || outer === undefined) continue;
    // A body that is no valid code is not read at all, and says so.
    if (outer.facts.opaqueReasons.some((reason) => reason.endsWith("cannot be read"))) continue;
    wrapped += 1;
    const missing = (of: (meaning: Meaning) => string[]): boolean => {
      const all = new Set(of(outer));
      return of(inner).some((each) => !all.has(each));
    };
    if (missing(({ facts }) => facts.reads.map(({ relation }) => relation))) lost.push(`reads: ${sql}`);
    if (missing(({ facts }) => facts.changes.map(({ relation }) => relation))) lost.push(`changes: ${sql}`);
    if (missing(({ facts }) => facts.classes)) lost.push(`classes: ${sql}`);
    if (missing(({ facts }) => facts.effects)) lost.push(`effects: ${sql}`);
    if (missing(({ facts }) => facts.sessionChanges)) lost.push(`session: ${sql}`);
    if (missing(({ facts }) => facts.functions.map(({ name }) => name))) lost.push(`functions: ${sql}`);
    // A column that is not known may be a variable inside a body.
    if (missing(({ facts }) => facts.opaqueReasons.filter((reason) => !reason.startsWith("column"))))
      lost.push(`opaque: ${sql}`);
    if (
      missing(({ statements }) =>
        statements.flatMap(({ unmaskable }) => unmaskable.map(({ reason }) => reason)),
      )
    )
      lost.push(`unmaskable: ${sql}`);
    if (inner.facts.writes && !outer.facts.writes) lost.push(`writes: ${sql}`);
    if (!inner.facts.bounded && outer.facts.bounded) lost.push(`bounded: ${sql}`);
  }
  expect(wrapped).toBeGreaterThan(100);
  expect(lost).toEqual([]);
});

test("equal commands give equal facts", async () => {
  for (const { sql } of queries.slice(0, 50))
    expect(await meaningOf(`/* again */ ${sql}`)).toMatchObject({ facts: (await meaningOf(sql))?.facts });
});

test("facts hold no value that the text holds", async () => {
  const secret = "kx93secret";
  const texts = [
    `SELECT * FROM customers WHERE email = '${secret}' AND name LIKE '${secret}%' LIMIT 1`,
    `UPDATE orders SET note = '${secret}' WHERE status = '${secret}'`,
    `SELECT set_config('${secret}', '${secret}', false)`,
    `SET app.name = '${secret}'`,
    `NOTIFY c, '${secret}'`,
    `DO $$ BEGIN EXECUTE 'SELECT ${secret.length}, ''${secret}''' ; END $$`,
    `SELECT query_to_xml('${secret}', true, true, '')`,
    `COPY orders TO PROGRAM '${secret}'`,
    `ALTER ROLE x PASSWORD '${secret}'`,
  ];
  for (const text of texts) {
    const meaning = await meaningOf(text);
    expect(JSON.stringify(meaning?.facts)).not.toContain(secret);
    expect(JSON.stringify(meaning?.statements)).not.toContain(secret);
  }
});

test("a tree at the parser's depth limit does not overflow the reader", async () => {
  const deep = await parser.parse(`SELECT ${"(1)+".repeat(300)}1 FROM customers`);
  expect(describe(deep, testingCatalog).facts.opaque).toBe(false);
  const unions = await parser.parse(
    `SELECT email FROM customers${" UNION SELECT name FROM customers".repeat(300)}`,
  );
  expect(describe(unions, testingCatalog).facts.classes).toEqual(["email", "name"]);
});
