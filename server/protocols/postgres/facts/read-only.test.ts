import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../../db/testing.ts";
import { dangerous } from "./corpus/dangerous.ts";
import { everyday } from "./corpus/everyday.ts";
import { evasive } from "./corpus/evasive.ts";
import { testingCatalog } from "./testing-catalog.ts";
import { schemaOf } from "./testing-schema.ts";

let place: Awaited<ReturnType<typeof freshDatabase>>;

beforeAll(async () => {
  place = await freshDatabase();
  for (const statement of schemaOf(testingCatalog)) await place.database.pool.query(statement);
});
afterAll(() => place.drop());

/** PostgreSQL's "cannot execute ... in a read-only transaction". */
const readOnlyTransaction = "25006";

async function failure(sql: string): Promise<string | undefined> {
  const client = await place.database.pool.connect();
  try {
    await client.query("BEGIN READ ONLY; SET LOCAL statement_timeout = '2s'");
    await client.query(sql);
    return undefined;
  } catch (error) {
    return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown";
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
}

test("what the facts call a reading runs in a read-only transaction", async () => {
  const readings = [...everyday, ...dangerous, ...evasive].filter(
    ({ writes, effects = "", bulk, sql }) =>
      writes !== true &&
      !/sleep|lock/.test(effects) &&
      bulk !== true &&
      !/\$\d|^(copy|commit|begin)/i.test(sql),
  );
  const refused: string[] = [];
  let ran = 0;
  for (const { sql } of readings) {
    const code = await failure(sql);
    if (code === undefined) ran += 1;
    if (code === readOnlyTransaction) refused.push(sql);
  }
  expect(refused).toEqual([]);
  expect(ran).toBeGreaterThan(120);
});
