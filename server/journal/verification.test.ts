import { appendFile, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SessionId } from "../../shared/ids.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { recordingKey } from "./recordings.ts";
import { someActor, someCommand, someSession, startJournal, temporaryFolder } from "./testing.ts";
import { rowsOf } from "./recordable.ts";

type Gateway = Awaited<ReturnType<typeof startJournal>>;

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: Gateway;
const others: Gateway[] = [];

beforeEach(async () => {
  fresh = await freshDatabase({ migrate: true });
  folder = await temporaryFolder();
  gateway = await startJournal(fresh.url, folder.path);
});
afterEach(async () => {
  await Promise.all([gateway, ...others.splice(0)].map(({ stop }) => stop()));
  await fresh.drop();
  await folder.remove();
});

const fileOf = (session: SessionId) => join(folder.path, "recordings", recordingKey(session));
const sql = (text: string, values: unknown[] = []) => fresh.database.pool.query(text, values);

/** A session that ran a command and ended, with a signed head behind it. */
async function closedSession(): Promise<{ session: SessionId; closedBy: number }> {
  const { journal } = gateway;
  const session = someSession();
  const recorder = await journal.open(session, someActor);
  const command = someCommand(session.id);
  await journal.intend(command);
  recorder.write({ type: "state", at: 1, command: command.id, state: "running" });
  const { id, actor, sha256 } = command;
  await journal.outcome({ id, session: session.id, actor, state: "completed", sha256, writes: false });
  await journal.close(session.id, "closed");
  await journal.ledger.sign();
  return { session: session.id, closedBy: (await journal.ledger.head()).seq };
}

/** Goes through everything there is, from the beginning. */
async function wholePass({ journal }: Gateway = gateway): Promise<void> {
  const before = (await journal.evidence.status()).completedAt;
  do await journal.evidence.verify();
  while ((await journal.evidence.status()).completedAt === before);
}

async function alarms(): Promise<unknown[]> {
  const { journal } = gateway;
  const entries = await journal.ledger.page(0, 1_000);
  return entries
    .filter(({ kind }) => kind === "evidence.alarm")
    .map(({ body, session }) => ({ body, session }));
}

test("whole evidence is sound, also after a rotation, a restart and in another process", async () => {
  expect((await gateway.journal.evidence.status()).state).toBe("unchecked");
  await closedSession();
  await gateway.journal.ledger.rotateKey(null);
  const { closedBy } = await closedSession();
  await wholePass();
  expect(await gateway.journal.evidence.status()).toMatchObject({
    state: "sound",
    checkedTo: closedBy,
    findings: [],
  });
  const other = await startJournal(fresh.url, folder.path);
  others.push(other);
  await wholePass(other);
  expect((await other.journal.evidence.status()).state).toBe("sound");
  expect(await alarms()).toEqual([]);
});

test.each<[string, string, (closedBy: number) => [number, string]]>([
  ["a body", "update ledger set body = '{}' where seq = 2", () => [2, "it is not what was written"]],
  ["an actor", "update ledger set actor = 'x' where seq = 2", () => [2, "it is not what was written"]],
  ["a missing entry", "delete from ledger where seq = 2", () => [2, "it is missing"]],
  ["a missing body", "update ledger set body = null where seq = 2", () => [2, "it is not what was written"]],
  [
    "a removed body that no rule removed",
    "update ledger set body = null, body_hash = encode(sha256(body::bytea), 'hex') where seq = 2",
    () => [2, "its body is missing, and no rule has removed it"],
  ],
  [
    "a forged checkpoint",
    "update checkpoints set signature = reverse(signature)",
    (closedBy) => [closedBy, expect.stringContaining("is not signed by key")],
  ],
  [
    "a cut end",
    "delete from ledger where seq > 3; update ledger_head set (seq, hash) = (select seq, hash from ledger where seq = 3)",
    (closedBy) => [4, `it is missing: the ledger went on to entry ${closedBy}`],
  ],
])("%s that was altered in the store raises one alarm", async (_, tamper, expected) => {
  const { closedBy } = await closedSession();
  await wholePass();
  const told: string[] = [];
  const notifier: Notifier = await createNotifier(fresh.database);
  notifier.subscribe((event) => told.push(event.type));
  await sql(tamper);
  await wholePass();
  await wholePass();
  const [entry, why] = expected(closedBy);
  const status = await gateway.journal.evidence.status();
  expect(status).toMatchObject({ state: "damaged", findings: [{ entry, why }] });
  expect(gateway.journal.evidence.alarms()).toBe(status.findingCount);
  if (!tamper.startsWith("delete from ledger where seq > 3"))
    expect(await alarms()).toMatchObject([{ body: { entry, why } }]);
  await expect.poll(() => told).toContain("evidence.changed");
  await notifier.close();
});

test.each<[string, (path: string) => Promise<void>, string]>([
  [
    "a byte",
    async (path) => {
      const bytes = await readFile(path);
      bytes[100] = (bytes[100] ?? 0) ^ 1;
      await writeFile(path, bytes);
    },
    "The recording was altered: event 1 breaks its chain.",
  ],
  ["a cut end", (path) => truncate(path, 500), "The recording was altered: it ends before event 3."],
  ["an added event", (path) => appendFile(path, "x"), "something was added to the recording"],
  ["a missing file", (path) => rm(path), "the recording is missing"],
])("%s of a recording raises an alarm that names its session", async (_, tamper, why) => {
  const { session, closedBy } = await closedSession();
  await closedSession();
  await tamper(fileOf(session));
  await wholePass();
  expect((await gateway.journal.evidence.status()).findings).toMatchObject([
    { entry: closedBy, what: "recording", session, why },
  ]);
  expect(await alarms()).toMatchObject([{ session, body: { entry: closedBy, why } }]);
});

test("an alarm ends once a whole pass finds nothing, and says so in the ledger", async () => {
  const { session } = await closedSession();
  const away = `${fileOf(session)}.away`;
  await rename(fileOf(session), away);
  await wholePass();
  expect((await gateway.journal.evidence.status()).state).toBe("damaged");
  await rename(away, fileOf(session));
  await wholePass();
  expect((await gateway.journal.evidence.status()).state).toBe("sound");
  const [last] = await gateway.journal.ledger.page((await gateway.journal.ledger.head()).seq - 1, 1);
  expect(last).toMatchObject({ kind: "evidence.sound" });
});

test("goes on where it was: each step is bounded, and one process at a time does one", async () => {
  for (let batch = 0; batch < 3; batch++)
    await Promise.all(
      Array.from({ length: 400 }, (_, number) =>
        gateway.journal.note({
          kind: "catalog.read",
          actor: null,
          session: null,
          command: null,
          body: { number },
        }),
      ),
    );
  const other = await startJournal(fresh.url, folder.path);
  others.push(other);
  const reached: number[] = [];
  for (const { journal } of [gateway, other, gateway, other]) {
    await journal.evidence.verify();
    reached.push((await journal.evidence.status()).checkedTo);
  }
  expect(reached).toEqual([500, 1_000, 1_200, 1_200]);

  // A step of another process holds the row: this one leaves it alone, and does not wait.
  const client = await fresh.database.pool.connect();
  await client.query("begin; select from journal_work for update");
  await gateway.journal.evidence.verify();
  await client.query("rollback");
  client.release();
  expect((await gateway.journal.evidence.status()).checkedTo).toBe(1_200);
});

test("a recording that is larger than a step is checked in several", async () => {
  const { journal } = gateway;
  const session = someSession();
  const recorder = await journal.open(session, someActor);
  const command = someCommand(session.id).id;
  const rows = [["x".repeat(3 * 1024 * 1024)]];
  for (let part = 0; part < 8; part++) {
    recorder.write({ type: "rows", at: part, command, statement: 0, rows: rowsOf(rows) });
    await recorder.drained();
  }
  await journal.close(session.id, "closed");
  const path = fileOf(session.id);
  let steps = 0;
  do {
    await journal.evidence.verify();
    steps += 1;
  } while ((await journal.evidence.status()).completedAt === null);
  expect(steps).toBeGreaterThan(3);
  expect((await journal.evidence.status()).state).toBe("sound");

  const bytes = await readFile(path);
  const last = bytes.length - 1_000;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  await writeFile(path, bytes);
  await wholePass();
  expect((await journal.evidence.status()).findings).toMatchObject([{ session: session.id }]);
});
