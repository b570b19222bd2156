import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { CommandId, SessionId } from "../../shared/ids.ts";
import { verifyFile } from "../../shared/recording/verify.ts";
import { freshDatabase } from "../db/testing.ts";
import { openDatabase } from "../db/database.ts";
import type { Draft } from "./chain.ts";
import { createLedgerWriter } from "./ledger-writer.ts";
import { createSigner, generateKey } from "./signer.ts";
import { someActor, someCommand, someSession, startJournal, temporaryFolder } from "./testing.ts";

type Gateway = Awaited<ReturnType<typeof startJournal>>;

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const gateways: Gateway[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());
beforeEach(async () => {
  fresh = await freshDatabase({ migrate: true });
});
afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
  await fresh.drop();
});

async function start(now?: () => number): Promise<Gateway> {
  const gateway = await startJournal(fresh.url, folder.path, now);
  gateways.push(gateway);
  return gateway;
}

const entry = (number: number) => ({
  kind: "catalog.read" as const,
  actor: "a",
  session: null,
  command: null,
  body: { number },
});

/** Verifies the whole ledger as an auditor would, and gives the numbers in its bodies. */
async function verifiedNumbers({ journal }: Gateway): Promise<number[]> {
  const numbers: number[] = [];
  const lines = async function* () {
    for await (const line of journal.ledger.export()) {
      const found = /"number":(\d+)/.exec(line);
      if (found) numbers.push(Number(found[1]));
      yield Buffer.from(line);
    }
  };
  expect(await verifyFile(lines())).toMatchObject({ ok: true, from: 1 });
  return numbers;
}

test("two gateways on one store write one chain without a gap", async () => {
  const both = [await start(), await start()];
  const count = 500;
  // The key changes under them as well: what each signs must be signed by the one in force.
  const rotated = Promise.all([1, 2, 3].map(() => both[0]?.journal.ledger.rotateKey(null)));
  const seqs = await Promise.all(
    both.flatMap(({ journal }, which) =>
      Array.from({ length: count }, async (_, index) => {
        // Some at once, some after others were answered.
        if (index % 3 === 0) await journal.ledger.head();
        return (await journal.note(entry(which * count + index))).seq;
      }),
    ),
  );
  await rotated;
  expect(new Set(seqs).size).toBe(2 * count);
  const numbers = await verifiedNumbers(await start());
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2 * count }, (_, index) => index));
});

test("a store that drops its connections loses nothing that was acknowledged, and doubles nothing", async () => {
  const gateway = await start();
  const acknowledged: number[] = [];
  let number = 0;
  const append = async () => {
    for (let index = 0; index < 60; index++) {
      const mine = number++;
      await gateway.journal.note(entry(mine)).then(
        () => acknowledged.push(mine),
        () => undefined,
      );
    }
  };
  const disturb = async () => {
    for (let round = 0; round < 5; round++) {
      await fresh.database.pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
      );
      await gateway.journal.note(entry(100_000 + round)).catch(() => undefined);
    }
  };
  await Promise.all([append(), append(), append(), append(), disturb()]);
  const numbers = await verifiedNumbers(gateway);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers).toEqual(expect.arrayContaining(acknowledged));
  expect(acknowledged.length).toBeGreaterThan(200);
});

test("a gateway that is killed leaves a whole ledger, and its command's outcome is unknown", async ({
  signal,
}) => {
  const program = join(import.meta.dirname, "testing-process.ts");
  const child = spawn(process.execPath, ["--import", "tsx", program, fresh.url, folder.path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let first: { session: SessionId; command: CommandId } | undefined;
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!first) first = z.object({ session: SessionId, command: CommandId }).parse(JSON.parse(line));
    else acknowledged = Number(line);
    if (acknowledged === 50) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  if (!first) throw new Error("the gateway did not start");
  // What a crash leaves of a line that was being written.
  await appendFile(join(folder.path, "recordings", `${first.session}.rec`), "0123torn");

  const next = await start();
  let record = await next.journal.commands.get(first.command);
  // The store may need a moment to see that the process is gone.
  while (record?.command.state === "running") {
    signal.throwIfAborted();
    await next.journal.recover();
    record = await next.journal.commands.get(first.command);
  }
  expect(record?.command.state).toBe("unknown");
  // The first two entries are the session and the intent.
  expect((await verifiedNumbers(next)).length).toBeGreaterThanOrEqual(acknowledged - 2);
  expect((await next.journal.ledger.head()).seq).toBeGreaterThanOrEqual(acknowledged);
  await next.journal.close(first.session, "gateway");
  const events = [];
  for await (const event of next.journal.recordings.follow(first.session))
    events.push(JSON.parse(event).type);
  expect(events).toEqual(["opened", "command", "outcome", "closed"]);
  expect(await verifyFile(next.journal.recordings.export(first.session))).toMatchObject({
    ok: true,
    events: 4,
  });
});

test("a running command of a living gateway is left alone by the others", async () => {
  const [one, other] = [await start(), await start()];
  const session = someSession();
  await one.journal.open(session, someActor);
  const command = someCommand(session.id);
  await one.journal.intend(command);
  expect(await other.journal.recover()).toEqual([]);
  expect(await one.journal.recover()).toEqual([]);
  await expect(other.journal.open(session, someActor)).rejects.toMatchObject({ code: "conflict" });
});

test("a command whose gateway was taken for dead has one outcome, whoever comes first, and keeps it", async ({
  signal,
}) => {
  const [one, ...others] = [await start(), await start(), await start()];
  const { pool } = fresh.database;
  const session = someSession();
  for (let round = 0; round < 3; round++) {
    const command = someCommand(session.id);
    await one.journal.intend(command);
    const seemsDead = () =>
      pool.query(
        // Its lock in this store: in those of other suites stands the same number for another process.
        `select pg_terminate_backend(pid) from pg_locks join commands on objid = process::oid
         where locktype = 'advisory' and classid = $1 and commands.id = $2
           and database = (select oid from pg_database where datname = current_database())`,
        [0x51_01_ed, command.id],
      );
    let recovered: unknown[] = [];
    while (recovered.length === 0) {
      signal.throwIfAborted();
      await seemsDead();
      recovered = (await Promise.all(others.map(({ journal }) => journal.recover()))).flat();
    }
    expect(recovered).toEqual([command.id]);
    const ended = { ...command, state: "completed" as const, writes: false };
    await expect(one.journal.outcome(ended)).rejects.toMatchObject({ code: "conflict" });
    const { rows } = await pool.query(
      "select body::json ->> 'state' as state from ledger where command = $1 and kind = 'command.outcome'",
      [command.id],
    );
    expect(rows).toEqual([{ state: "unknown" }]);
    expect((await one.journal.commands.get(command.id))?.command).toMatchObject({ state: "unknown" });
  }
});

test("a value that the store cannot hold refuses its own entry and no other", async () => {
  const { journal } = await start();
  const session = someSession();
  const sane = Array.from({ length: 5 }, (_, index) => journal.note(entry(index)));
  const command = someCommand(session.id, "select '\u0000'");
  await expect(journal.intend(command)).rejects.toMatchObject({ code: "journal_unavailable" });
  await Promise.all(sane);
});

test("a store that is away refuses; nothing waits without bound", async () => {
  const database = openDatabase("postgres://nobody@127.0.0.1:1/none");
  const signer = createSigner(generateKey());
  const keyring = { current: async () => signer };
  const writer = createLedgerWriter({ pool: database.pool, keyring, now: Date.now });
  const answers = await Promise.allSettled(
    Array.from({ length: 10_600 }, (_, index) => writer.append(entry(index))),
  );
  for (const answer of answers)
    expect(answer).toMatchObject({ status: "rejected", reason: { code: "journal_unavailable" } });
  await database.close();
});

test.each<Draft>([
  { ...entry(1), kind: "review.decided" },
  { ...entry(1), kind: "command.blocked" },
  { ...entry(1), kind: "policy.changed" },
  { ...entry(1), kind: "command.intent", body: { decision: { unmask: ["card"] } } },
  { ...entry(1), kind: "session.closed", body: { because: "killed" } },
])("a decision that matters is signed in its own commit: $kind", async (draft) => {
  const { journal } = await start(() => Date.parse("2026-01-02T03:04:05.678Z"));
  const { seq, hash } = await journal.note(draft);
  expect(await journal.ledger.checkpoints(0, 10)).toMatchObject([
    { seq, hash, at: "2026-01-02T03:04:05.678Z" },
  ]);
});

test("the head is signed where it moved, whatever moved it", async () => {
  const { journal } = await start();
  const drafts: Draft[] = [
    entry(1),
    { ...entry(2), kind: "command.intent", body: { decision: { unmask: [] } } },
    { ...entry(3), kind: "session.closed", body: { because: "idle" } },
  ];
  for (const draft of drafts) {
    const next = await journal.note(draft);
    expect(await journal.ledger.checkpoints(next.seq - 1, 10)).toEqual([]);
    expect(await journal.ledger.sign()).toMatchObject({ seq: next.seq, hash: next.hash });
    expect(await journal.ledger.sign()).toBeUndefined();
  }
});

test("a ledger that was rewritten in the store is not written on, nor opened again", async () => {
  const gateway = await start();
  for (let number = 0; number < 5; number++) await gateway.journal.note(entry(number));
  await gateway.journal.ledger.sign();
  const { pool } = fresh.database;
  await pool.query("delete from ledger where seq > 3");
  await pool.query("update ledger_head set (seq, hash) = (select seq, hash from ledger where seq = 3)");
  await expect(gateway.journal.note(entry(6))).rejects.toMatchObject({ code: "journal_unavailable" });
  await expect(startJournal(fresh.url, folder.path)).rejects.toMatchObject({ code: "journal_unavailable" });
});

test("an entry that was altered in the store is named by the verifier", async () => {
  const { journal } = await start();
  for (let number = 1; number <= 5; number++) await journal.note(entry(number));
  await fresh.database.pool.query(`update ledger set body = '{"number":30}' where seq = 3`);
  const lines = async function* () {
    for await (const line of journal.ledger.export()) yield Buffer.from(line);
  };
  expect(await verifyFile(lines())).toMatchObject({ ok: false, entry: 3 });
});
