import { afterAll, beforeAll, expect, test } from "vitest";
import { finalStates, type Command } from "../../shared/nouns/command.ts";
import { relayTo, through, type Wire } from "./testing-wire.ts";
import { layGround, write, type Ground } from "./testing-ground.ts";
import { addTarget, engineer, openGateway, policies, reviewer, type TestGateway } from "./testing.ts";

/** Two gateways on one store, which get in each other's way; and a target that goes away under a command. */
let ground: Ground;
let wire: Wire;
let one: TestGateway;
let other: TestGateway;

beforeAll(async () => {
  ground = await layGround();
  wire = await relayTo(ground.shop.url);
  one = await openGateway(ground.store.url, ground.folder);
  await one.policies.put(policies, { by: "test", comment: "", managed: false });
  for (const env of ["open", "prod"] as const)
    await addTarget(one, env, { url: through(ground.shop.url, wire) });
  other = await openGateway(ground.store.url, ground.folder);
});
afterAll(async () => {
  await one?.stop();
  await other?.stop();
  await wire?.close();
  await ground?.remove();
});

let row = 0;
const submit = (gateway: TestGateway, session: { id: Command["session"] }, id: number, key = `row ${id}`) =>
  gateway.gate.submit({
    actor: engineer,
    session: session.id,
    key,
    input: { sql: write(id), parameters: [], maxRows: 10 },
  });
const intents = async (id: Command["id"]) =>
  (await ground.entries(id)).filter((kind) => kind === "command.intent").length;

test("retries with one key, at both at once, are one command that runs once", async () => {
  const session = await one.gate.open(engineer, "open", "");
  for (let round = 0; round < 5; round++) {
    const id = ++row;
    const accepted = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => submit(n % 2 === 0 ? one : other, session, id)),
    );
    const settled = await Promise.allSettled(
      accepted.flatMap((tried) => (tried.status === "fulfilled" ? [tried.value.settled] : [])),
    );
    const commands = new Set(settled.flatMap((end) => (end.status === "fulfilled" ? [end.value.id] : [])));
    // Where the gateway that does not hold the session was first, nothing began, and the next try is the first.
    if (commands.size === 0) await (await submit(one, session, id)).settled;
    expect(commands.size).toBeLessThanOrEqual(1);
    expect(await ground.runs(id)).toBe(1);
  }
  await one.gate.end(session.id, engineer);
});

test("at a gateway that does not hold the session nothing begins, and the key is free again", async () => {
  const session = await one.gate.open(engineer, "open", "");
  const id = ++row;
  const { settled, id: command } = await submit(other, session, id);
  await expect(settled).rejects.toMatchObject({ code: "conflict" });
  expect(await intents(command)).toBe(0);
  await expect
    .poll(async () => (await (await submit(one, session, id)).settled.catch(() => undefined))?.state)
    .toBe("completed");
  expect(await ground.runs(id)).toBe(1);
  await one.gate.end(session.id, engineer);
});

test("a key that could not be given back while the store was away is given back later", async () => {
  const session = await one.gate.open(engineer, "open", "");
  const id = ++row;
  const { keys } = other.journal;
  const { release } = keys;
  keys.release = () => Promise.reject(new Error("the store is away"));
  // The other does not hold the session, so nothing begins there.
  await expect((await submit(other, session, id)).settled).rejects.toMatchObject({ code: "conflict" });
  keys.release = release;
  await other.gate.sweep();
  expect(await (await submit(one, session, id)).settled).toMatchObject({ state: "completed" });
  expect(await ground.runs(id)).toBe(1);
  await one.gate.end(session.id, engineer);
});

test("what one leads the other tells of and cancels, also while it waits for its turn", async () => {
  const session = await one.gate.open(engineer, "open", "");
  const [locked, behind] = [++row, ++row];
  await ground.client.query("begin");
  try {
    await ground.client.query(write(locked));
    const running = await submit(one, session, locked);
    await expect.poll(() => intents(running.id)).toBe(1);
    const waiting = await submit(one, session, behind);
    const again = await submit(other, session, behind);
    expect(again.id).toBe(waiting.id);
    expect(await other.gate.command(again.id, engineer)).toMatchObject({
      state: "running",
      sql: write(behind),
      target: "open",
    });
    await expect(other.gate.command(again.id, reviewer)).rejects.toMatchObject({ code: "not_found" });
    for (const { id, settled } of [waiting, running]) {
      expect(await other.gate.cancel(id, engineer)).toBe(true);
      expect(await settled).toMatchObject({ id, state: "cancelled" });
    }
    expect(await again.settled).toMatchObject({ id: waiting.id, state: "cancelled" });
  } finally {
    await ground.client.query("rollback");
  }
  expect([await ground.runs(locked), await ground.runs(behind)]).toEqual([0, 0]);
  await one.gate.end(session.id, engineer);
});

test("retries wait together, however many they are", async () => {
  const session = await one.gate.open(engineer, "open", "");
  const locked = ++row;
  const { commands } = one.journal;
  const { waitFor } = commands;
  let waits = 0;
  await ground.client.query("begin");
  try {
    await ground.client.query(write(locked));
    const running = await submit(one, session, locked);
    await expect.poll(() => intents(running.id)).toBe(1);
    commands.waitFor = (id, since, ms, signal) => {
      waits++;
      return waitFor(id, since, ms, signal);
    };
    const retries = [];
    for (let retry = 0; retry < 50; retry++) retries.push(await submit(one, session, locked));
    expect(waits).toBeLessThan(retries.length);
    await ground.client.query("rollback");
    for (const { settled } of retries)
      expect(await settled).toMatchObject({ id: running.id, state: "completed" });
  } finally {
    commands.waitFor = waitFor;
    await ground.client.query("rollback");
  }
  expect(await ground.runs(locked)).toBe(1);
  await one.gate.end(session.id, engineer);
});

test("a gateway that was taken for dead while its command ran tells what the ledger says of it", async ({
  signal,
}) => {
  const session = await one.gate.open(engineer, "open", "");
  const locked = ++row;
  const { pool } = ground.store.database;
  await ground.client.query("begin");
  try {
    await ground.client.query(write(locked));
    const running = await submit(one, session, locked);
    await expect.poll(() => intents(running.id)).toBe(1);
    let recovered: Command["id"][] = [];
    while (!recovered.includes(running.id)) {
      signal.throwIfAborted();
      await pool.query(
        // Its lock in this store: in those of other suites stands the same number for another process.
        `select pg_terminate_backend(pid) from pg_locks join commands on objid = process::oid
         where locktype = 'advisory' and classid = $1 and commands.id = $2
           and database = (select oid from pg_database where datname = current_database())`,
        [0x51_01_ed, running.id],
      );
      recovered = await other.journal.recover();
    }
    await ground.client.query("rollback");
    expect(await running.settled).toMatchObject({ id: running.id, state: "unknown" });
    expect(await ground.entries(running.id)).toEqual(["command.intent", "command.outcome"]);
  } finally {
    await ground.client.query("rollback");
  }
  await one.gate.end(session.id, engineer);
});

test("an approval that both hear of, and both take up, is one run", async () => {
  const session = await one.gate.open(engineer, "prod", "");
  for (let round = 0; round < 5; round++) {
    const id = ++row;
    const held = await (await submit(one, session, id)).settled;
    expect(held.state).toBe("held");
    const review = await one.approvals.forCommand(held.id);
    if (review === undefined) throw new Error("a held command has a review");
    const ballot = { verdict: "approve" as const, sha256: review.sha256 };
    const racing = (gateway: TestGateway) => {
      gateway.wait(3_000);
      return Promise.all([gateway.gate.sweep(), gateway.gate.sweep()]);
    };
    await Promise.all([
      other.gate.vote(review.id, reviewer, ballot).then(() => Promise.all([racing(one), racing(other)])),
      racing(one),
    ]);
    await expect.poll(async () => (await one.gate.command(held.id, engineer, 1_000)).state).toBe("completed");
    expect(await ground.runs(id)).toBe(1);
    expect(await intents(held.id)).toBe(1);
  }
  await one.gate.end(session.id, engineer);
});

test("what was approved and waits for its turn is withdrawn at once, and does not run", async () => {
  const session = await one.gate.open(engineer, "prod", "");
  const hold = async (cell: number) => {
    const held = await (await submit(one, session, cell)).settled;
    const review = await one.approvals.forCommand(held.id);
    if (review === undefined) throw new Error("a held command has a review");
    const ballot = { verdict: "approve" as const, sha256: review.sha256 };
    return { id: held.id, approve: () => other.gate.vote(review.id, reviewer, ballot) };
  };
  const [locked, behind] = [++row, ++row];
  const [first, second] = [await hold(locked), await hold(behind)];
  await ground.client.query("begin");
  try {
    await ground.client.query(write(locked));
    await first.approve();
    await expect.poll(() => intents(first.id)).toBe(1);
    await second.approve();
    await expect.poll(() => ground.entries(second.id)).toContain("review.decided");
    await one.gate.cancel(second.id, engineer);
    expect(await one.gate.command(second.id, engineer)).toMatchObject({ state: "withdrawn" });
  } finally {
    await ground.client.query("rollback");
  }
  await expect.poll(async () => (await one.gate.command(first.id, engineer)).state).toBe("completed");
  await one.gate.end(session.id, engineer);
  expect([await ground.runs(locked), await ground.runs(behind)]).toEqual([1, 0]);
  expect((await ground.entries(second.id)).at(-1)).toBe("review.withdrawn");
});

test.each([["before a request reaches it"], ["after a request has reached it"]])(
  "a target that is lost %s leaves a command whose end is known, or said to be unknown",
  async (when) => {
    const ends = new Set<string>();
    for (let point = 1, walking = true; walking; point++) {
      const session = await one.gate.open(engineer, "open", "");
      await (
        await submit(one, session, 0, "first")
      ).settled;
      const id = ++row;
      let requests = 0;
      let cutting: NodeJS.Timeout | undefined;
      wire.tap = () => {
        if (++requests < point) return true;
        if (requests > point) return false;
        if (when.startsWith("before")) return false;
        // Its answer is lost; what it asked for happens.
        cutting = setTimeout(() => wire.cut(), 100);
        return true;
      };
      const ended = await (await submit(one, session, id)).settled;
      // Where the next request ended it first, the cut would fall into the next round.
      clearTimeout(cutting);
      wire.tap = () => true;
      walking = requests >= point;
      expect(finalStates).toContain(ended.state);
      const ran = await ground.runs(id);
      if (ended.state === "completed") expect(ran).toBe(1);
      else if (ended.state !== "unknown") expect(ran).toBe(0);
      expect(await intents(ended.id)).toBe(1);
      ends.add(`${ended.state}, ran ${ran}`);
      await one.gate.end(session.id, engineer);
    }
    expect([...ends]).toEqual(expect.arrayContaining(["completed, ran 1", "failed, ran 0"]));
  },
  90_000,
);
