import { afterAll, expect, test } from "vitest";
import { createParser } from "../parse/parser.ts";
import { describe } from "./describe.ts";
import type { Span } from "./meaning.ts";
import { testingCatalog } from "./testing-catalog.ts";

const parser = createParser({ workers: 1, deadlineMs: 60_000 });
afterAll(() => parser.close());

/** A command's statements with every span as the text that it covers. */
async function statementsOf(sql: string) {
  const bytes = Buffer.from(sql);
  const text = (span: Span | undefined) =>
    span === undefined ? undefined : bytes.toString("utf8", span.start, span.end);
  const { statements } = describe(await parser.parse(sql), testingCatalog);
  return statements.map((statement) => ({
    ...statement,
    text: text(statement.span),
    sites: statement.sites.map((site) => ({
      ...site,
      text: text(site.span),
      aliasText: text(site.aliasSpan),
      equalities: site.equalities.map((each) => ({
        ...each,
        values: each.values.map(text),
        array: text(each.array),
        conjunct: text(each.conjunct),
      })),
    })),
  }));
}

test("spans of statements leave semicolons, space and comments out, and count bytes", async () => {
  const statements = await statementsOf(
    "/* é */ SELECT 'ü' ; ;\n-- x\n DELETE FROM orders WHERE note = '€' -- y\n;",
  );
  expect(statements.map(({ text }) => text)).toEqual(["SELECT 'ü'", "DELETE FROM orders WHERE note = '€'"]);
});

test("a site's span is the reference alone, its alias stands apart", async () => {
  const [statement] = await statementsOf(
    `SELECT 'é' FROM ONLY (public.customers) AS c (a, "B") JOIN orders o ON true, "customers", customers * z LIMIT 1`,
  );
  expect(statement?.sites).toMatchObject([
    {
      text: "ONLY (public.customers)",
      aliasText: 'AS c (a, "B")',
      alias: "c",
      columnAliases: ["a", "B"],
      only: true,
    },
    { text: "orders", aliasText: "o", alias: "o", only: false },
    { text: '"customers"', aliasText: undefined, alias: undefined },
    { text: "customers *", aliasText: "z", alias: "z" },
  ]);
});

test("an equality names its conjunct and its value exactly", async () => {
  const [statement] = await statementsOf(
    "SELECT id FROM customers c WHERE (c.email = E'ä\\n') AND $2 = phone AND birth_date = '2000-01-01'::date AND name = 'x' LIMIT 1",
  );
  expect(statement?.sites[0]?.equalities).toEqual([
    { column: "email", values: ["E'ä\\n'"], conjunct: "c.email = E'ä\\n'" },
    { column: "phone", values: ["$2"], conjunct: "$2 = phone" },
    { column: "birth_date", values: ["'2000-01-01'::date"], conjunct: "birth_date = '2000-01-01'::date" },
    { column: "name", values: ["'x'"], conjunct: "name = 'x'" },
  ]);
});

test.each([
  ["email IN ('a', $1, E'\\x62')", ["'a'", "$1", "E'\\x62'"], undefined],
  ["email = ANY (ARRAY['a', 'b'])", ["'a'", "'b'"], "ARRAY['a', 'b']"],
  ["c.email = some(array[$1]::text[])", ["$1"], "array[$1]::text[]"],
  ["email = CAST('a' AS varchar(20))", ["CAST('a' AS varchar(20))"], undefined],
  ["date '2000-01-01' = birth_date", ["date '2000-01-01'"], undefined],
  ["email = U&'d!0061t' UESCAPE '!'", ["U&'d!0061t' UESCAPE '!'"], undefined],
  [
    "email IN (U&'d\\0061t', CAST($1 AS text), 'c'::text)",
    ["U&'d\\0061t'", "CAST($1 AS text)", "'c'::text"],
    undefined,
  ],
])("%s holds a column to known values", async (conjunct, values, array) => {
  const [statement] = await statementsOf(`SELECT id FROM customers c WHERE id > 1 AND ${conjunct} LIMIT 1`);
  expect(statement?.sites[0]?.equalities).toMatchObject([{ values, array, conjunct }]);
});

test.each([
  "email NOT IN ('a')",
  "email IN ('a', phone)",
  "email IN ('a', NULL)",
  "email IN ('a' || 'b')",
  "email IN (('a'))",
  "email IN (SELECT name FROM vendors)",
  "email <> ANY (ARRAY['a'])",
  "email = ALL (ARRAY['a'])",
  "email = ANY ('{a,b}')",
  "email = ANY ($1 || ARRAY['a'])",
  "email = ANY (ARRAY[]::text[])",
  "email = ANY (ARRAY[ARRAY['a']])",
  "email = ANY (ARRAY['a'] || ARRAY['b'])",
  "email LIKE ANY (ARRAY['a'])",
  "email IN ('a') IS TRUE",
  "(email, id) IN (('a', 1))",
  "lower(email) IN ('a')",
  "email = CAST('a' AS text) COLLATE \"C\"",
  "email = CAST('a' || 'b' AS text)",
  `email IN (${Array.from({ length: 11 }, (_, index) => `'${index}'`).join(", ")})`,
])("%s holds it to none", async (condition) => {
  const [statement] = await statementsOf(`SELECT id FROM customers c WHERE ${condition} LIMIT 1`);
  expect(statement?.sites.flatMap(({ equalities }) => equalities)).toEqual([]);
});

test("an array in a parameter holds a column to values that come with it", async () => {
  const [statement] = await statementsOf("SELECT id FROM customers WHERE email = ANY ($1) LIMIT 1");
  expect(statement?.sites[0]?.equalities).toMatchObject([{ values: [], array: "$1", parameter: 1 }]);
});

test("a look-up counts every value that it names", async () => {
  const sql =
    "SELECT id FROM customers WHERE email IN ('a', 'b') UNION SELECT id FROM customers WHERE email = 'c' AND phone = '1'";
  expect(describe(await parser.parse(sql), testingCatalog).facts.lookups).toEqual([
    { relation: "public.customers", column: "email", class: "email", values: 3 },
    { relation: "public.customers", column: "phone", class: "phone", values: 1 },
  ]);
});

test("a relation that does more than hold rows is named with what it does", async () => {
  const { facts } = describe(
    await parser.parse("SELECT * FROM pg_stats s, pg_class; UPDATE pg_proc SET proname = 'x' WHERE oid = 1"),
    testingCatalog,
  );
  expect(facts.effects).toEqual(["column-statistics", "schema-text", "system-catalog"]);
  expect(facts.reads.map(({ relation, effect }) => [relation, effect])).toEqual([
    ["pg_catalog.pg_class", undefined],
    ["pg_catalog.pg_proc", "schema-text"],
    ["pg_catalog.pg_stats", "column-statistics"],
  ]);
  expect(facts.changes.map(({ relation, effect }) => [relation, effect])).toEqual([
    ["pg_catalog.pg_proc", "system-catalog"],
  ]);
});

test("renamed columns are reported by the relation's own names", async () => {
  const [statement] = await statementsOf("SELECT x.b FROM customers x (a, b, c) WHERE x.c = 'q'");
  expect(statement?.sites[0]).toMatchObject({
    columns: ["email", "name"],
    equalities: [{ column: "email" }],
  });
});

test("a write's reading back of its target is told from the sites that can be replaced", async () => {
  const [statement] = await statementsOf(
    "UPDATE customers c SET country = o.status FROM orders o WHERE o.customer_id = c.id AND c.phone LIKE '0%' RETURNING c.email",
  );
  expect(statement).toMatchObject({
    returnsRows: true,
    targetReads: [{ relation: 16401, columns: ["email", "id", "phone"] }],
    sites: [
      { text: "customers", role: "target", aliasText: "c" },
      { text: "orders", role: "from", columns: ["customer_id", "status"] },
    ],
  });
});

test("system columns are told apart from columns", async () => {
  const [statement] = await statementsOf("SELECT ctid, c.xmin, id FROM customers c");
  expect(statement?.sites[0]).toMatchObject({ columns: ["id"], systemColumns: ["ctid", "xmin"] });
});

test("the meaning carries the catalog's revision", async () => {
  expect(describe(await parser.parse("SELECT 1"), testingCatalog).catalogRevision).toBe(
    testingCatalog.revision,
  );
});

test.each([
  "SELECT id FROM customers WHERE email = 'qz-secret' AND phone IN ('qz-secret', 'x')",
  "SELECT 'qz-secret' AS a, /* qz-secret */ note FROM orders WHERE note LIKE 'qz-secret%' -- qz-secret",
  "INSERT INTO customers (email) VALUES ('qz-secret') ON CONFLICT DO NOTHING",
  "UPDATE customers SET email = U&'qz-secret' WHERE id = 1 RETURNING 'qz-secret'",
  "COPY orders TO PROGRAM 'qz-secret'; COPY orders FROM '/tmp/qz-secret'",
  "CREATE ROLE r PASSWORD 'qz-secret'; ALTER ROLE r SET search_path = 'qz-secret'",
  "SET search_path = 'qz-secret'; SET application_name = 'qz-secret'; SELECT set_config('work_mem', 'qz-secret', true)",
  "NOTIFY c, 'qz-secret'; COMMENT ON TABLE orders IS 'qz-secret'; PREPARE TRANSACTION 'qz-secret'",
  "DO $$ BEGIN EXECUTE 'qz-secret'; RAISE 'qz-secret'; PERFORM 'qz-secret'; END $$",
  "CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'qz-secret'; END $$",
  "SELECT dblink('host=qz-secret', 'qz-secret'), pg_read_file('qz-secret'), nextval('qz-secret'), 'qz-secret'::regclass",
])("facts of %s say nothing of the values in it", async (sql) => {
  const { facts } = describe(await parser.parse(sql), testingCatalog);
  expect(JSON.stringify(facts)).not.toContain("qz-secret");
});
