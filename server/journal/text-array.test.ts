import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../db/testing.ts";
import { textArray } from "./text-array.ts";

let database: Awaited<ReturnType<typeof freshDatabase>>;
let client: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

const arrive = async (values: (string | null)[]) =>
  (await client.query<{ given: unknown }>("select $1::text[] as given", [textArray(values)])).rows[0]?.given;

test.each([
  [[]],
  [["plain"]],
  [['{"a":"b\\"c"}', "{,}", "NULL", "null", "", " ", "'", "\\", "\n\t", null, "é€😀"]],
  [Array.from({ length: 512 }, (_, index) => `"${"ü".repeat(index)}"`)],
])("texts arrive as they were: %j", async (values) => {
  expect(await arrive(values)).toEqual(values);
});

test("half of a surrogate pair arrives as pg itself sends it", async () => {
  const { rows } = await client.query<{ given: unknown }>("select array[$1::text] as given", ["a\ud83db"]);
  expect(await arrive(["a\ud83db"])).toEqual(rows[0]?.given);
});

test("NUL is refused as a value that the store cannot hold", async () => {
  await expect(arrive(["a\0b"])).rejects.toMatchObject({ code: "22021" });
});
