import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Session } from "../../shared/nouns/session.ts";
import type { Recordable } from "../journal/recordable.ts";
import { RecordingEvent } from "../../shared/recording/format.ts";
import { layGround, write, type Ground } from "./testing-ground.ts";
import {
  addTarget,
  auditor,
  engineer,
  openGateway,
  policies,
  reviewer,
  type TestGateway,
} from "./testing.ts";

/** Commands between their acceptance and their end: who may end them when, and what is then known of them. */
let ground: Ground;
let gateway: TestGateway;
let session: Session;

beforeAll(async () => {
  ground = await layGround();
  gateway = await openGateway(ground.store.url, ground.folder);
  await gateway.policies.put(policies, { by: "test", comment: "", managed: false });
  for (const env of ["open", "prod"] as const) await addTarget(gateway, env, ground.shop);
  session = await gateway.gate.open(engineer, "open", "");
});
afterAll(async () => {
  await gateway?.stop();
  await ground?.remove();
});

const submit = (sql: string, within = session, key?: string) =>
  gateway.gate.submit({
    actor: engineer,
    session: within.id,
    input: { sql, parameters: [], maxRows: 100 },
    key,
  });
/** Holds a row, so that whoever writes it waits. */
async function holding(id: number): Promise<{ letGo(): Promise<void> }> {
  const other = new pg.Client({ connectionString: ground.shop.url });
  await other.connect();
  await other.query("begin");
  await other.query("update cells set runs = runs where id = $1", [id]);
  return {
    async letGo() {
      await other.query("rollback");
      await other.end();
    },
  };
}

test("a command that is cancelled while it waits behind another ends at once, and says so", async () => {
  const { letGo } = await holding(1);
  const first = await submit(write(1));
  const second = await submit(write(2));
  expect(await gateway.gate.command(second.id, engineer)).toMatchObject({ state: "running" });
  await gateway.gate.cancel(second.id, engineer);
  // The first one still waits for its row.
  expect(await second.settled).toMatchObject({ state: "cancelled", error: { code: "cancelled" } });
  expect(await gateway.gate.command(second.id, engineer)).toMatchObject({ state: "cancelled" });
  expect(await gateway.gate.command(first.id, engineer)).toMatchObject({ state: "running" });
  await letGo();
  expect(await first.settled).toMatchObject({ state: "completed" });
  expect([await ground.runs(1), await ground.runs(2)]).toEqual([1, 0]);
  expect(await ground.entries(second.id)).toEqual(["command.intent", "command.outcome"]);
});

test("a flood of the target's messages is cut, and says so in the answer, the recording and the command", async () => {
  const sql = "do $$ begin for i in 1..1500 loop raise notice 'message %', i; end loop; end $$";
  const shown: Recordable[] = [];
  const viewer = { show: ({ event }: { event: Recordable }) => void shown.push(event) };
  const input = { sql, parameters: [], maxRows: 10 };
  const { id, settled } = await gateway.gate.submit({ actor: engineer, session: session.id, input, viewer });
  expect(await settled).toMatchObject({ state: "completed" });
  const messages = (events: readonly (Recordable | RecordingEvent)[]) =>
    events.flatMap((event) =>
      event.type === "notice" && event.command === id ? [event.notice.message] : [],
    );
  expect(messages(shown)).toHaveLength(1_001);
  expect(messages(shown).at(-1)).toContain("they are left out from here on, also of the recording");
  const recorded: RecordingEvent[] = [];
  const events = await gateway.journal.recordings.length(session.id);
  for await (const json of gateway.journal.recordings.follow(session.id)) {
    recorded.push(RecordingEvent.parse(JSON.parse(json)));
    if (recorded.length === events) break;
  }
  expect(messages(recorded)).toEqual(messages(shown));
  const told = await gateway.gate.command(id, engineer);
  if (told.kind !== "sql") throw new TypeError("it is SQL");
  expect(told.result?.notices).toHaveLength(101);
  expect(told.result?.notices.at(-1)?.message).toBe("More messages came: they are in the recording.");
});

test("a value that would be sent as another one than was shown is refused", async () => {
  const input = { sql: "select $1::text", parameters: ["a\ud800"], maxRows: 10 };
  await expect(gateway.gate.submit({ actor: engineer, session: session.id, input })).rejects.toMatchObject({
    code: "invalid",
  });
  const whole = { ...input, parameters: ["a\u{1F600}"] };
  const { settled } = await gateway.gate.submit({ actor: engineer, session: session.id, input: whole });
  expect(await settled).toMatchObject({ state: "completed" });
});

test("the session's end tells what waited in it what ended it", async () => {
  const { letGo } = await holding(3);
  const ending = await gateway.gate.open(engineer, "open", "to be killed");
  const first = await submit(write(3), ending);
  const second = await submit(write(4), ending, "a key");
  await gateway.gate.end(ending.id, auditor);
  await letGo();
  expect(await second.settled).toMatchObject({ state: "cancelled" });
  expect(await gateway.gate.command(second.id, engineer)).toMatchObject({
    state: "cancelled",
    error: { code: "session_closed", message: expect.stringContaining("auditor or administrator") },
  });
  expect(["cancelled", "failed"]).toContain((await first.settled).state);
  expect([await ground.runs(3), await ground.runs(4)]).toEqual([0, 0]);
});

test("whoever may end others' commands ends a held one, and nobody else does", async () => {
  const asking = await gateway.gate.open(engineer, "prod", "");
  const { settled, id } = await submit(write(5), asking);
  const held = await settled;
  expect(held.state).toBe("held");
  await expect(gateway.gate.cancel(id, reviewer)).rejects.toMatchObject({ code: "not_found" });
  expect(await gateway.gate.cancel(id, auditor, true)).toBe(false);
  expect(await gateway.gate.command(id, engineer)).toMatchObject({ state: "withdrawn" });
  await gateway.gate.end(asking.id, engineer);
});

test("how a command ends behind its session's recording is in the ledger, and no failure of the gateway", async () => {
  gateway.errors.length = 0;
  const ending = await gateway.gate.open(engineer, "open", "");
  const asking = await gateway.gate.open(engineer, "prod", "");
  const { letGo } = await holding(6);
  const running = await submit(write(6), ending);
  await expect.poll(() => ground.entries(running.id)).toEqual(["command.intent"]);
  const held = await (await submit(write(7), asking)).settled;
  // As a kill that came in between leaves them, for whoever still holds the recorder.
  for (const one of [ending, asking])
    (await gateway.journal.open(one, engineer)).write({ type: "closed", at: 1, because: "killed" });
  await letGo();
  expect((await running.settled).state).toBe("failed");
  await gateway.gate.cancel(held.id, engineer);
  expect(await gateway.gate.command(held.id, engineer)).toMatchObject({ state: "withdrawn" });
  expect(await ground.entries(running.id)).toEqual(["command.intent", "command.outcome"]);
  expect((await ground.entries(held.id)).slice(-2)).toEqual(["review.opened", "review.withdrawn"]);
  expect(gateway.errors).toEqual([]);
  for (const { id } of [ending, asking]) await gateway.gate.end(id, engineer);
});

test("a session that ends while a command's impact is measured leaves no review behind", async () => {
  const asking = await gateway.gate.open(engineer, "prod", "");
  const locking = new pg.Client({ connectionString: ground.shop.url });
  await locking.connect();
  // The catalog is known by then; the planner waits for the table, and with it the measurement.
  await (
    await submit("select 1", asking)
  ).settled;
  await locking.query("begin; lock table cells in access exclusive mode");
  const { settled, id } = await submit(write(6), asking);
  const waiting = async () =>
    (
      await ground.client.query(
        "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      )
    ).rowCount;
  await expect.poll(waiting).toBe(1);
  const ended = gateway.gate.end(asking.id, engineer);
  await locking.query("rollback");
  await locking.end();
  await ended;
  await settled.catch(() => undefined);
  // As every second or so; two have passed.
  gateway.wait(2_000);
  await gateway.gate.sweep();
  await expect
    .poll(async () => (await gateway.gate.command(id, engineer)).state)
    .toMatch(/withdrawn|cancelled/);
  expect((await gateway.approvals.list({ state: "pending", actor: engineer })).reviews).toEqual([]);
});

test("a command that came to nothing gives its key back", async () => {
  const { letGo } = await holding(7);
  const first = await submit(write(7));
  const crowd = await Promise.all(
    Array.from({ length: 20 }, (_, n) => submit(write(8 + n), session, `key ${n}`)),
  );
  const settled = Promise.allSettled(crowd.map((one) => one.settled));
  await letGo();
  await first.settled;
  const refused = (await settled).flatMap((one, n) => (one.status === "rejected" ? [n] : []));
  expect(refused.length).toBeGreaterThan(0);
  for (const n of refused) {
    expect(await ground.runs(8 + n)).toBe(0);
    expect(await (await submit(write(8 + n), session, `key ${n}`)).settled).toMatchObject({
      state: "completed",
    });
    expect(await ground.runs(8 + n)).toBe(1);
  }
});

test("an answer that cannot be shown leaves no effect, and is known to have failed", async () => {
  const own = await gateway.gate.open(engineer, "open", "");
  const recorder = await gateway.journal.recorder(own.id);
  if (recorder === undefined) throw new Error("the session has a recorder");
  const { write: keep } = recorder;
  recorder.write = (event) => {
    if (event.type === "statement") throw new Error("the masker broke");
    return keep.call(recorder, event);
  };
  const { settled, id } = await submit(write(50), own);
  expect(await settled).toMatchObject({ state: "failed", error: { code: "internal" } });
  expect((await gateway.gate.command(id, engineer)).error?.message).toContain("nothing of it was committed");
  expect(await ground.runs(50)).toBe(0);
  recorder.write = keep;
  expect(await (await submit(write(50), own)).settled).toMatchObject({ state: "completed" });
});

test("a read whose rows cannot be shown is left at the target, and its session goes on", async () => {
  const own = await gateway.gate.open(engineer, "open", "");
  const recorder = await gateway.journal.recorder(own.id);
  if (recorder === undefined) throw new Error("the session has a recorder");
  const { write: keep } = recorder;
  recorder.write = (event) => {
    if (event.type === "rows") throw new Error("the masker broke");
    return keep.call(recorder, event);
  };
  const read = "select a.id from cells a, cells b, cells c order by 1";
  expect(await (await submit(read, own)).settled).toMatchObject({
    state: "failed",
    error: { code: "internal" },
  });
  recorder.write = keep;
  expect(await (await submit(read, own)).settled).toMatchObject({ state: "completed" });
});
