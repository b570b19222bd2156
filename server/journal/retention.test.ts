import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SessionId } from "../../shared/ids.ts";
import { verifyFile } from "../../shared/recording/verify.ts";
import { freshDatabase } from "../db/testing.ts";
import { recordingKey } from "./recordings.ts";
import type { KeepRules } from "./retention.ts";
import { someActor, someCommand, someSession, startJournal, temporaryFolder } from "./testing.ts";

type Gateway = Awaited<ReturnType<typeof startJournal>>;

const day = 86_400_000;
const keep: KeepRules = {
  recordings: [
    { tag: { name: "env", value: "staging" }, days: 30, text: "env=staging:30" },
    { days: 365, text: "*:365" },
  ],
  texts: [{ days: 400, text: "*:400" }],
};
const tags = async () =>
  new Map([
    ["stage", { env: "staging" }],
    ["shop", { env: "prod" }],
  ]);

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: Gateway;
let time: number;

beforeEach(async () => {
  fresh = await freshDatabase({ migrate: true });
  folder = await temporaryFolder();
  time = Date.parse("2026-01-02T03:04:06.000Z");
  gateway = await startJournal(fresh.url, folder.path, () => time, { keep, tags });
});
afterEach(async () => {
  await gateway.stop();
  await fresh.drop();
  await folder.remove();
});

const fileOf = (session: SessionId) => join(folder.path, "recordings", recordingKey(session));
const exists = (session: SessionId) =>
  stat(fileOf(session)).then(
    () => true,
    () => false,
  );

/** A closed session with one command. */
async function closedSession(target: string): Promise<SessionId> {
  const { journal } = gateway;
  const session = someSession(target);
  await journal.open(session, someActor);
  const command = someCommand(session.id, "select 'quokka'", target);
  await journal.intend(command);
  const { id, actor, sha256 } = command;
  await journal.outcome({ id, session: session.id, actor, state: "completed", sha256, writes: false });
  await journal.close(session.id, "closed");
  return session.id;
}

async function after(days: number): Promise<void> {
  time += days * day;
  await gateway.journal.retention.step();
}

const entriesOf = async (kind: string) =>
  (await gateway.journal.ledger.page(0, 1_000)).filter((entry) => entry.kind === kind);

async function verdict() {
  const lines: string[] = [];
  for await (const line of gateway.journal.ledger.export()) lines.push(line);
  const { keys } = await gateway.journal.ledger.keys();
  return verifyFile(Readable.from([Buffer.from(lines.join(""))]), { trusted: keys });
}

/** What the check in the background makes of everything, from the beginning. */
async function checked() {
  const { evidence } = gateway.journal;
  const before = (await evidence.status()).completedAt;
  time += 1;
  do await evidence.verify();
  while ((await evidence.status()).completedAt === before);
  return evidence.status();
}

test("removes recordings and what the search knows of them, by the first rule that fits", async () => {
  const [staging, production, vanished] = [
    await closedSession("stage"),
    await closedSession("shop"),
    await closedSession("no-target-any-more"),
  ];
  expect(
    await gateway.journal.retention.removalOf("recordings", {
      target: "stage",
      endedAt: "2026-01-02T00:00:00.000Z",
    }),
  ).toEqual({
    rule: "env=staging:30",
    at: "2026-02-01T00:00:00.000Z",
  });
  await after(29);
  expect(await Promise.all([staging, production, vanished].map(exists))).toEqual([true, true, true]);
  const before = await gateway.journal.recordings.get(staging);
  await after(2);
  expect(await Promise.all([staging, production, vanished].map(exists))).toEqual([false, true, true]);
  const found = await gateway.journal.recordings.search({ q: "quokka" });
  expect(found.recordings.map(({ session }) => session)).not.toContain(staging);
  expect(found.recordings).toHaveLength(2);

  expect(await entriesOf("recording.removed")).toMatchObject([
    {
      session: staging,
      actor: null,
      body: {
        rule: "env=staging:30",
        target: "stage",
        recording: { events: before?.events, bytes: before?.bytes, hash: before?.hash },
      },
    },
  ]);
  expect((await gateway.journal.recordings.get(staging))?.removed).toEqual({
    rule: "env=staging:30",
    at: new Date(time).toISOString(),
  });
  await after(340);
  expect(await Promise.all([production, vanished].map(exists))).toEqual([false, false]);
  expect(await verdict()).toMatchObject({
    ok: true,
    removed: [
      { rule: "env=staging:30", recordings: 1, bodies: 0 },
      { rule: "*:365", recordings: 2, bodies: 0, at: new Date(time).toISOString() },
    ],
  });
  expect((await checked()).state).toBe("sound");
});

test("removes what entries say of commands; the chain verifies, and says by which rule", async () => {
  await closedSession("shop");
  await after(401);
  const intents = await entriesOf("command.intent");
  expect(intents).toMatchObject([{ body: null }]);
  expect(intents[0]?.bodyHash).toMatch(/^[0-9a-f]{64}$/);
  expect((await entriesOf("session.closed"))[0]?.body).not.toBeNull();
  const { rows } = await fresh.database.pool.query(
    "select body::text from ledger where body like '%quokka%'",
  );
  expect(rows).toEqual([]);
  expect(await verdict()).toMatchObject({
    ok: true,
    removed: [{ rule: "*:365" }, { rule: "*:400", bodies: 3 }],
  });
  expect((await checked()).state).toBe("sound");
});

test("a body that is taken away without a rule is missed", async () => {
  const session = await closedSession("shop");
  await after(401);
  const [closed] = (await entriesOf("session.closed")).filter((entry) => entry.session === session);
  await fresh.database.pool.query(
    "update ledger set body_hash = encode(sha256(convert_to(body, 'UTF8')), 'hex'), body = null where seq = $1",
    [closed?.seq],
  );
  expect(await verdict()).toMatchObject({ ok: false, entry: closed?.seq, why: /is missing, and no rule/ });
  expect((await checked()).findings).toMatchObject([{ entry: closed?.seq }]);
});

test("a session under a legal hold stays until the hold is lifted; both are in the ledger", async () => {
  const session = await closedSession("stage");
  const { holds } = gateway.journal;
  await holds.place(session, { actor: "issuer|elif", reason: "case 7" });
  await after(500);
  expect(await exists(session)).toBe(true);
  expect((await entriesOf("command.intent"))[0]?.body).not.toBeNull();
  expect((await gateway.journal.recordings.get(session))?.hold).toMatchObject({
    by: "issuer|elif",
    reason: "case 7",
  });
  await holds.lift(session, { actor: "issuer|jonas", reason: "case closed" });
  await expect(holds.lift(session, { actor: "x", reason: "x" })).rejects.toMatchObject({ code: "conflict" });
  await after(0);
  expect(await exists(session)).toBe(false);
  expect([...(await entriesOf("hold.placed")), ...(await entriesOf("hold.lifted"))]).toMatchObject([
    { session, actor: "issuer|elif", body: { reason: "case 7" } },
    { session, actor: "issuer|jonas", body: { reason: "case closed" } },
  ]);
  await expect(holds.place(session, { actor: "x", reason: "late" })).rejects.toMatchObject({
    code: "removed",
  });
});

test("a hold that has to wait for retention says so, and is placed once that is done", async () => {
  const session = await closedSession("stage");
  const remover = await fresh.database.pool.connect();
  await remover.query("begin");
  await remover.query("select from recordings where session = $1 for update", [session]);
  const by = { actor: "issuer|elif", reason: "case 9" };
  await expect(gateway.journal.holds.place(session, by)).rejects.toMatchObject({ code: "conflict" });
  await remover.query("commit");
  remover.release();
  await gateway.journal.holds.place(session, by);
  expect(await entriesOf("hold.placed")).toMatchObject([{ actor: by.actor }]);
});

test("where the recording is gone, a legal hold keeps what is said of its commands", async () => {
  const session = await closedSession("shop");
  await after(370);
  expect(await exists(session)).toBe(false);
  await gateway.journal.holds.place(session, { actor: "issuer|elif", reason: "case 8" });
  await after(100);
  expect((await entriesOf("command.intent"))[0]?.body).not.toBeNull();
  await gateway.journal.holds.lift(session, { actor: "issuer|elif", reason: "over" });
  await after(0);
  expect((await entriesOf("command.intent"))[0]?.body).toBeNull();
  expect((await gateway.journal.recordings.get(session))?.textsRemoved).toMatchObject({ rule: "*:400" });
});

test("a removal that failed behind its entry is ended later, and told once", async () => {
  const session = await closedSession("stage");
  const away = join(folder.path, "away");
  await rename(fileOf(session), away);
  await mkdir(fileOf(session));
  await expect(after(31)).rejects.toThrow(/directory/);
  expect((await gateway.journal.recordings.get(session))?.removed).toBeUndefined();
  await rm(fileOf(session), { recursive: true });
  await rename(away, fileOf(session));
  await after(0);
  expect(await exists(session)).toBe(false);
  expect(await entriesOf("recording.removed")).toHaveLength(1);
});

test("live sessions, and those with a command that waits, stay", async () => {
  const live = someSession("stage");
  await gateway.journal.open(live, someActor);
  const waiting = await closedSession("stage");
  await fresh.database.pool.query("update commands set state = 'held' where session = $1", [waiting]);
  await after(1_000);
  expect(await Promise.all([live.id, waiting].map(exists))).toEqual([true, true]);
});
