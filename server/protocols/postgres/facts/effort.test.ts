import { afterAll, expect, test } from "vitest";
import { createParser } from "../parse/parser.ts";
import { describe } from "./describe.ts";
import { maxSteps, newEffort } from "./effort.ts";
import { testingCatalog } from "./testing-catalog.ts";

const parser = createParser({ workers: 1, deadlineMs: 60_000 });
afterAll(() => parser.close());

async function stepsOf(sql: string): Promise<number> {
  const effort = newEffort();
  describe(await parser.parse(sql), testingCatalog, effort);
  return effort.steps;
}

const many = (count: number, each: (index: number) => string, glue = ", "): string =>
  Array.from({ length: count }, (_, index) => each(index)).join(glue);
const nested = (depth: number, around: (inner: string) => string, inner: string): string =>
  depth === 0 ? inner : around(nested(depth - 1, around, inner));
const ids = (count: number): string => `id IN (${many(count, String)})`;

/** Shapes that grow with `n`, and an `n` that PostgreSQL and the parser's limits still take twice. */
test.each<[shape: string, n: number, sql: (n: number) => string]>([
  ["conditions", 800, (n) => `SELECT id FROM customers WHERE ${many(n, (i) => `email = 'x${i}'`, " AND ")}`],
  ["alternatives", 900, (n) => `DELETE FROM orders WHERE ${many(n, (i) => `id = ${i}`, " OR ")}`],
  [
    "nested conditions",
    50,
    (n) => `DELETE FROM orders WHERE ${nested(n, (s) => `NOT (${s} AND id > 0)`, "id = 1")}`,
  ],
  [
    "alternatives around a long list",
    2_000,
    (n) => `DELETE FROM orders WHERE ${nested(60, (s) => `((${s}) OR id = 4) AND note > ''`, ids(n))}`,
  ],
  [
    "sub-selects around a long list",
    2_000,
    (n) =>
      nested(20, (s) => `SELECT id FROM orders WHERE id IN (${s})`, `SELECT id FROM orders WHERE ${ids(n)}`),
  ],
  ["a list of values", 10_000, (n) => `UPDATE orders SET note = 'x' WHERE ${ids(n)}`],
  ["rows to insert", 5_000, (n) => `INSERT INTO orders (id, note) VALUES ${many(n, (i) => `(${i}, 'x')`)}`],
  ["set operations", 200, (n) => many(n, (i) => `SELECT email FROM customers WHERE id = ${i}`, " UNION ")],
  ["statements", 200, (n) => many(n, (i) => `SELECT * FROM orders WHERE id = ${i}`, "; ")],
  ["with queries", 200, (n) => `WITH ${many(n, (i) => `c${i} AS (SELECT * FROM orders)`)} SELECT 1`],
  [
    "with queries of each other",
    200,
    (n) =>
      `WITH c0 AS (SELECT * FROM orders), ${many(n, (i) => `c${i + 1} AS (SELECT * FROM c${i})`)} SELECT 1`,
  ],
  [
    "calls",
    2_000,
    (n) => `SELECT id FROM orders WHERE ${many(n, () => "customer_email(id) = 'x'", " AND ")}`,
  ],
  [
    "names of the list in ORDER BY",
    5_000,
    (n) => `SELECT id AS a FROM orders ORDER BY ${many(n, () => "a")}`,
  ],
  ["columns", 800, (n) => `SELECT ${many(n, (i) => `id + ${i}`)} FROM orders`],
])("%s take steps by their number", async (_, n, sql) => {
  const once = await stepsOf(sql(n));
  expect(await stepsOf(sql(2 * n))).toBeLessThan(2.2 * once);
});

test.each<[string, string]>([
  ["joins", `SELECT 1 FROM orders o ${many(300, (i) => `JOIN orders o${i} ON o${i}.id = o.id`, " ")}`],
  [
    "a chain of joins",
    `SELECT 1 FROM orders o0 ${many(300, (i) => `JOIN orders o${i + 1} ON o${i + 1}.id = o${i}.id`, " ")}`,
  ],
  ["joins by USING", `SELECT 1 FROM orders o ${many(300, (i) => `JOIN orders o${i} USING (id)`, " ")}`],
  ["joins under aliases", `SELECT 1 FROM ${nested(100, (s) => `(${s} CROSS JOIN orders) j`, "orders x")}`],
])("%s take a bounded part of the steps", async (_, sql) => {
  expect(await stepsOf(sql)).toBeLessThan(maxSteps / 3);
});

test.each<[string, string]>([
  [
    "names among very many tables",
    `SELECT 1 FROM ${many(900, (i) => `orders o${i}`)} WHERE ${many(5_000, () => "o0.id = 1", " AND ")}`,
  ],
  [
    "columns of very many sub-selects",
    `SELECT 1 FROM ${many(900, (i) => `(SELECT 1 AS a${i}) o${i}`)} WHERE ${many(5_000, (i) => `a${i % 900} = 1`, " AND ")}`,
  ],
  [
    "conditions that are weighed at each level",
    `DELETE FROM orders WHERE ${nested(80, (s) => `CASE WHEN ${s} THEN random() > 1 ELSE id = 3 END`, `random() IN (${many(15_000, String)})`)}`,
  ],
])("%s are too large", async (_, sql) => {
  await expect(stepsOf(sql)).rejects.toMatchObject({ code: "sql_too_large" });
});
