import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate, openDatabase } from "./database.ts";
import { createNotifier } from "./notify.ts";
import { freshDatabase } from "./testing.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

test("gateways that start together migrate once", async () => {
  const other = openDatabase(fresh.url);
  await Promise.all([migrate(fresh.database), migrate(other), migrate(fresh.database)]);
  const { rows } = await other.pool.query("select name from migrations order by name");
  expect(rows.map((row: { name: string }) => row.name)).toEqual([
    ...new Set(rows.map((row: { name: string }) => row.name)),
  ]);
  expect(rows.length).toBeGreaterThan(5);
  await other.close();
});

test("an event reaches the other process, and its own listeners once", async () => {
  const other = openDatabase(fresh.url);
  const [here, there] = await Promise.all([createNotifier(fresh.database), createNotifier(other)]);
  const seenHere: unknown[] = [];
  here.subscribe((event) => seenHere.push(event));
  const arrived = new Promise((resolve) => there.subscribe(resolve));
  const event = { type: "policies.changed", version: 7 } as const;
  await here.publish(event);
  expect(await arrived).toEqual(event);
  expect(seenHere).toEqual([event]);
  await Promise.all([here.close(), there.close()]);
  await other.close();
});

test("listening goes on after the connection was lost", async () => {
  const other = openDatabase(fresh.url);
  let gap = () => {};
  const healed = new Promise<void>((resolve) => (gap = resolve));
  const here = await createNotifier(fresh.database, () => gap());
  const sender = await createNotifier(other);
  await other.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sluice events' and datname = current_database()",
  );
  await healed;
  const arrived = new Promise((resolve) => here.subscribe(resolve));
  const event = { type: "policies.changed", version: 8 } as const;
  await sender.publish(event);
  expect(await arrived).toEqual(event);
  await Promise.all([here.close(), sender.close()]);
  await other.close();
});
