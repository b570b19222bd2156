import { afterAll, expect, test } from "vitest";
import { createParser } from "../parse/parser.ts";
import { describe } from "./describe.ts";
import { testingCatalog } from "./testing-catalog.ts";

const parser = createParser({ workers: 1, deadlineMs: 60_000 });
afterAll(() => parser.close());

const factsOf = async (sql: string) => describe(await parser.parse(sql), testingCatalog).facts;
const times = (count: number, each: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => each(index)).join(", ");

/** WITH queries of which each doubles the columns of the one before it. */
const doubling = (last: number): string =>
  `WITH c0 AS (SELECT * FROM orders), ${times(last, (n) => `c${n + 1} AS (SELECT * FROM c${n} a, c${n} b)`)}`;
const wide = `WITH c AS (SELECT ${times(1_600, (n) => `1 AS x${n}`)})`;

test.each([
  ["stars that double", `${doubling(16)} SELECT 1`],
  ["their copies", `${doubling(14)}, ${times(700, (n) => `d${n} AS (SELECT * FROM c14)`)} SELECT 1`],
  ["references to them", `${doubling(14)} SELECT 1 FROM ${times(700, (n) => `c14 q${n}`)}`],
  ["stars that double in sub-selects", nested(12)],
  ["many stars in one list", `${wide} SELECT ${times(200, () => "*")} FROM c`],
  ["a list as long", `SELECT ${times(1_665, () => "1")}`],
  ["VALUES as wide", `VALUES (${times(1_665, () => "1")})`],
  ["RETURNING as wide", `DELETE FROM orders WHERE id = 1 RETURNING ${times(500, () => "*")}`],
  ["copies within the width", `${wide}, ${times(300, (n) => `d${n} AS (SELECT * FROM c)`)} SELECT 1`],
  ["references within the width", `${wide} SELECT 1 FROM ${times(300, (n) => `c q${n}`)}`],
  [
    "natural joins within the width",
    `${wide} SELECT 1 FROM c ${Array.from({ length: 60 }, (_, n) => `NATURAL JOIN c q${n}`).join(" ")}`,
  ],
])("%s are too large", async (_, sql) => {
  await expect(factsOf(sql)).rejects.toMatchObject({ code: "sql_too_large" });
});

function nested(depth: number): string {
  return depth === 0 ? "SELECT * FROM orders" : `WITH c AS (${nested(depth - 1)}) SELECT * FROM c a, c b`;
}

test("as many columns as PostgreSQL allows are read, and few stars over wide queries", async () => {
  expect(await factsOf(`SELECT ${times(1_664, () => "1")}`)).toMatchObject({ opaque: false });
  expect(await factsOf(`${wide} SELECT a.* FROM c a, c b, c d`)).toMatchObject({ opaque: false });
});
