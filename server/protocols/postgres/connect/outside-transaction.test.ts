import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { freshDatabase } from "../../../db/testing.ts";
import { createParser } from "../parse/parser.ts";
import { outsideTransaction } from "../facts/outside-transaction.ts";
import { namesOf } from "../facts/names.ts";
import { testingCatalog } from "../facts/testing-catalog.ts";
import type { Backend } from "./backend.ts";
import type { Chunk, Executable } from "./chunk.ts";
import { beside, collect, executable, open, rowsOf, run } from "./testing.ts";

const parser = createParser({ workers: 1, deadlineMs: 60_000 });
let place: Awaited<ReturnType<typeof freshDatabase>>;
let backend: Backend;

beforeAll(async () => {
  place = await freshDatabase();
});
afterAll(async () => {
  await parser.close();
  await place.drop();
});
beforeEach(async () => {
  // Autovacuum would take locks of its own.
  await inDatabase(
    "create table parts (id int primary key, name text) with (autovacuum_enabled = false); insert into parts select n, 'part' from generate_series(1, 100) n",
  );
  // Shorter than any wait for another's transaction.
  backend = await open(place.url, { limits: { lockTimeoutMs: 100 } });
});
afterEach(async () => {
  await backend.close();
  await inDatabase("drop table parts");
});

const inDatabase = async (sql: string) => (await beside(place.url, (client) => client.query(sql))).rows ?? [];
const one = async (sql: string) => rowsOf(await collect(run(backend, sql)))[0]?.[0];

/** The command as the gate would have it run: alone, where it has to be. */
async function alone(sql: string): Promise<Executable> {
  const { tree } = await parser.parse(sql);
  const stmt = tree.stmts?.[0]?.stmt;
  const command = executable(sql, { writes: true, maxAffectedRows: 0 });
  const outside = outsideTransaction(Object.keys(stmt ?? {})[0] ?? "", stmt, namesOf(testingCatalog));
  return { ...command, statements: command.statements.map((each) => ({ ...each, outside })) };
}
function runAlone(sql: string, signal?: AbortSignal): Promise<Chunk[]> {
  const ended = alone(sql).then((command) => collect(run(backend, sql, command, signal)));
  // Whoever waits for it comes to that in their time.
  ended.catch(() => undefined);
  return ended;
}

/** Another session's transaction that has written to the table, while `work` runs. */
const whileWritten = (work: (end: () => Promise<unknown>) => Promise<void>) =>
  beside(place.url, async (client) => {
    await client.query("begin; update parts set name = 'other' where id = 1");
    await work(() => client.query("commit"));
  });
async function waitsFor(event: string): Promise<void> {
  const waiting = () => inDatabase(`select wait_event from pg_stat_activity where pid = ${backend.pid}`);
  await expect.poll(waiting).toEqual([{ wait_event: event }]);
}

test("what cannot run in a transaction runs, and the session is read-only again", async () => {
  await runAlone("vacuum (full, analyze) parts");
  await runAlone("create index concurrently parts_by_name on parts (name)");
  await runAlone("reindex index concurrently parts_by_name");
  expect(
    await inDatabase("select indisvalid from pg_index where indexrelid = 'parts_by_name'::regclass"),
  ).toEqual([{ indisvalid: true }]);
  await runAlone("drop index concurrently parts_by_name");
  expect(await one("show default_transaction_read_only")).toBe("on");
  expect(await one("show lock_timeout")).toBe("100ms");
  await expect(collect(run(backend, "delete from parts"))).rejects.toMatchObject({
    error: { code: "25006" },
  });
});

test("it runs as its command's only statement, under a permit to write", async () => {
  const script = executable(["vacuum parts", "delete from parts"], { writes: true });
  const { statements } = await alone("vacuum parts");
  const outside = statements[0]?.outside;
  const together = { ...script, statements: script.statements.map((each) => ({ ...each, outside })) };
  await expect(collect(run(backend, [], together))).rejects.toMatchObject({ code: "runs_alone" });
  // Where facts and statement were not of one mind, the server's own refusal stands behind.
  await expect(collect(run(backend, "vacuum parts", { writes: true }))).rejects.toMatchObject({
    error: { code: "25001" },
  });
  expect(await inDatabase("select count(*)::int from parts")).toEqual([{ count: 100 }]);
});

test("what waits for others' transactions while nobody waits for it is not cut short by the lock time-out", async () => {
  await whileWritten(async (end) => {
    const built = runAlone("create index concurrently patient on parts (name)");
    await waitsFor("virtualxid");
    // Longer than the lock time-out, by the server's clock.
    await expect
      .poll(() =>
        inDatabase(
          `select now() - query_start > '300ms' as long from pg_stat_activity where pid = ${backend.pid} and wait_event = 'virtualxid'`,
        ),
      )
      .toEqual([{ long: true }]);
    await end();
    await built;
  });
  await whileWritten(async () => {
    await expect(runAlone("vacuum full parts")).rejects.toMatchObject({ error: { code: "55P03" } });
  });
});

test("a stop in the middle says what may be left behind, and the session goes on", async () => {
  const stop = new AbortController();
  await whileWritten(async () => {
    const built = runAlone("create index concurrently halfway on parts (name)", stop.signal);
    await waitsFor("virtualxid");
    stop.abort();
    await expect(built).rejects.toMatchObject({
      code: "cancelled",
      hint: expect.stringContaining("DROP INDEX CONCURRENTLY"),
    });
  });
  expect(await inDatabase("select indexrelid::regclass::text from pg_index where not indisvalid")).toEqual([
    { indexrelid: "halfway" },
  ]);
  expect(await one("select count(*) from parts")).toBe("100");
});

test("a connection that is lost leaves the outcome unknown", async () => {
  await whileWritten(async () => {
    const built = runAlone("create index concurrently lost on parts (name)");
    await waitsFor("virtualxid");
    await inDatabase(`select pg_terminate_backend(${backend.pid})`);
    await expect(built).rejects.toMatchObject({
      code: "target_unreachable",
      extra: { outcome: "unknown" },
      hint: expect.stringContaining("invalid index"),
    });
  });
});
