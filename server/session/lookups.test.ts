import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ActorId } from "../../shared/ids.ts";
import { freshDatabase } from "../db/testing.ts";
import { createLookups, type Lookups } from "./lookups.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let lookups: Lookups;
let clock = 0;
const minute = 60_000;
const [anna, bruno] = ["anna", "bruno"].map((name) => ActorId.parse(`issuer.test|${name}`)) as [
  ActorId,
  ActorId,
];

beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
});
afterAll(() => fresh.drop());
beforeEach(async () => {
  clock = Date.UTC(2026, 10, 20, 10, 2);
  lookups = createLookups({ database: fresh.database, now: () => clock });
  await fresh.database.pool.query("truncate lookups");
});

test("each count answers with all of the last hour, its own included", async () => {
  expect(await lookups.count(anna, 3)).toBe(3);
  clock += 20 * minute;
  expect(await lookups.count(anna, 1)).toBe(4);
  expect(await lookups.recent(anna)).toBe(4);
});

test("actors are counted apart", async () => {
  await lookups.count(anna, 3);
  expect(await lookups.count(bruno, 1)).toBe(1);
});

test("what is older than an hour no longer counts, what is younger does", async () => {
  await lookups.count(anna, 3);
  clock += 30 * minute;
  await lookups.count(anna, 2);
  clock += 30 * minute;
  expect(await lookups.recent(anna)).toBe(5);
  clock += 5 * minute;
  expect(await lookups.recent(anna)).toBe(2);
  expect(await lookups.count(anna, 1)).toBe(3);
  clock += 24 * 60 * minute;
  expect(await lookups.count(anna, 1)).toBe(1);
});

test("at the same moment, through two gateways, no two get the same count", async () => {
  const elsewhere = createLookups({ database: fresh.database, now: () => clock });
  const counts = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? lookups : elsewhere).count(anna, 1)),
  );
  expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
});

test("a gateway whose clock is behind does not take counts away", async () => {
  await lookups.count(anna, 5);
  const behind = createLookups({ database: fresh.database, now: () => clock - 65 * minute });
  expect(await behind.count(anna, 1)).toBe(6);
  expect(await lookups.recent(anna)).toBe(6);
});

test("an actor takes a bounded number of rows, and a count is bounded", async () => {
  for (let index = 0; index < 60; index++) {
    await lookups.count(anna, 1);
    clock += 3 * minute;
  }
  const { rows } = await fresh.database.pool.query("select count(*)::int as rows from lookups");
  expect(rows).toEqual([{ rows: 13 }]);
  await lookups.count(anna, 2_000_000_000);
  expect(await lookups.count(anna, 2_000_000_000)).toBeLessThan(1_100_000);
});
