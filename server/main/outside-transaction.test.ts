import { afterAll, beforeAll, expect, test } from "vitest";
import type { Command } from "../../shared/nouns/command.ts";
import { layGround, type Ground } from "./testing-ground.ts";
import { addTarget, engineer, openGateway, policies, reviewer, type TestGateway } from "./testing.ts";

/** What PostgreSQL does not run inside a transaction, from the decision to the ledger. */
let ground: Ground;
let gateway: TestGateway;

beforeAll(async () => {
  ground = await layGround(
    "create table parts (id int primary key, name text); insert into parts select n, 'part' from generate_series(1, 100) n",
  );
  gateway = await openGateway(ground.store.url, ground.folder);
  await gateway.policies.put(policies, { by: "test", comment: "", managed: false });
  for (const env of ["open", "prod"] as const) await addTarget(gateway, env, ground.shop);
});
afterAll(async () => {
  await gateway?.stop();
  await ground?.remove();
});

const opened = (env: "open" | "prod") => gateway.gate.open(engineer, env, "");
const submit = async (sql: string, session: Awaited<ReturnType<typeof opened>>) =>
  gateway.gate.submit({ actor: engineer, session: session.id, input: { sql, parameters: [], maxRows: 100 } });
const ended = async (sql: string, session: Awaited<ReturnType<typeof opened>>): Promise<Command> =>
  (await submit(sql, session)).settled;
const inTarget = async (sql: string) =>
  (await ground.shop.database.pool.query<Record<string, unknown>>(sql)).rows;

test("is held, says that nothing rolls it back, and runs once when it is approved", async () => {
  const session = await opened("prod");
  const {
    review: held,
    id,
    decision,
  } = await ended("create index concurrently by_name on parts (name)", session);
  expect(decision?.facts).toMatchObject({ outsideTransaction: ["CREATE INDEX CONCURRENTLY"] });
  if (held === undefined) throw new Error("the command is held");
  const review = await gateway.approvals.get(held.id);
  expect(review.impact?.notes.join(" ")).toContain("no bound of rows holds");
  expect(review.impact?.locks).toContain("SHARE UPDATE EXCLUSIVE on public.parts");
  await gateway.gate.vote(held.id, reviewer, { verdict: "approve", sha256: review.sha256, comment: "" });
  await expect
    .poll(async () => (await gateway.gate.command(id, engineer)).state, { interval: 50 })
    .toBe("completed");
  expect(await inTarget("select indisvalid from pg_index where indexrelid = 'by_name'::regclass")).toEqual([
    { indisvalid: true },
  ]);
  const kinds = await ground.entries(id);
  expect(kinds.slice(-2)).toEqual(["command.intent", "command.outcome"]);
  await gateway.gate.end(session.id, engineer);
});

test("with other statements it is refused before anybody is asked, and nothing of it runs", async () => {
  for (const env of ["open", "prod"] as const) {
    const session = await opened(env);
    await expect(submit("delete from parts where id = 1; vacuum parts", session)).rejects.toMatchObject({
      code: "runs_alone",
      hint: expect.stringContaining("VACUUM as a command of its own"),
    });
    await gateway.gate.end(session.id, engineer);
  }
  expect(await inTarget("select count(*)::int from parts")).toEqual([{ count: 100 }]);
});

test("the target's error tells what may be left behind, where it had begun", async () => {
  const session = await opened("open");
  const unique = "create unique index concurrently once on parts (name)";
  expect(await ended(unique, session)).toMatchObject({
    state: "failed",
    error: { code: "23505", hint: expect.stringContaining("DROP INDEX CONCURRENTLY it") },
  });
  const misspelt = await ended("create index concurrently on parts (nmae)", session);
  expect(misspelt).toMatchObject({ state: "failed", error: { code: "42703" } });
  expect(misspelt.error?.hint ?? "").not.toContain("invalid index");
  expect(await ended("drop index concurrently once", session)).toMatchObject({ state: "completed" });
  await gateway.gate.end(session.id, engineer);
});

test("an index that is built concurrently leaves others at their work", async () => {
  const [building, reading] = [await opened("open"), await opened("open")];
  await ground.client.query("begin; update parts set name = 'other' where id = 2");
  const built = await submit("create index concurrently beside on parts (name)", building);
  await expect
    .poll(() =>
      inTarget(
        "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event = 'virtualxid'",
      ),
    )
    .toEqual([{ count: 1 }]);
  expect(await ended("select count(*) from parts", reading)).toMatchObject({ state: "completed" });
  await ground.client.query("commit");
  expect(await built.settled).toMatchObject({ state: "completed" });
  for (const { id } of [building, reading]) await gateway.gate.end(id, engineer);
});

test("where its answer cannot be shown, its effect is not denied", async () => {
  const session = await opened("open");
  const recorder = await gateway.journal.recorder(session.id);
  if (recorder === undefined) throw new Error("the session has a recorder");
  const { write: keep } = recorder;
  recorder.write = (event) => {
    if (event.type === "statement") throw new Error("the masker broke");
    return keep.call(recorder, event);
  };
  expect(await ended("vacuum parts", session)).toMatchObject({ state: "unknown" });
  recorder.write = keep;
  await gateway.gate.end(session.id, engineer);
});
