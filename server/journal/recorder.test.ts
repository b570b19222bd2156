import { appendFile, mkdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SessionId } from "../../shared/ids.ts";
import { verifyFile } from "../../shared/recording/verify.ts";
import { openDatabase } from "../db/database.ts";
import { createNotifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { createJournal } from "./journal.ts";
import { createRecorder } from "./recorder.ts";
import { openRecordingFiles } from "./recording-files.ts";
import { noEvents } from "./recording-lines.ts";
import type { RecordingBlob } from "./recording-store.ts";
import { recordingKey } from "./recordings.ts";
import {
  someActor,
  someCommand,
  someSession,
  someVault,
  startJournal,
  temporaryFolder,
  textsOf,
} from "./testing.ts";
import { rowsOf } from "./recordable.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
  folder = await temporaryFolder();
});
afterAll(async () => {
  await fresh.drop();
  await folder.remove();
});

const fileOf = (session: SessionId) => join(folder.path, "recordings", recordingKey(session));
const stateEvent = (session: SessionId, at: number) => ({
  type: "state" as const,
  at,
  command: someCommand(session).id,
  state: "running" as const,
});

test("a recording goes on after a restart, without the line that was torn", async () => {
  const session = someSession();
  const first = await startJournal(fresh.url, folder.path);
  (await first.journal.open(session, someActor)).write(stateEvent(session.id, 1));
  await first.stop();
  await appendFile(fileOf(session.id), `${"a".repeat(64)} {"type":"sta`);

  const second = await startJournal(fresh.url, folder.path);
  (await second.journal.open(session, someActor)).write(stateEvent(session.id, 2));
  await second.journal.close(session.id, "closed");
  const verdict = await verifyFile(second.journal.recordings.export(session.id));
  expect(verdict).toMatchObject({ ok: true, events: 4, live: false });
  await expect(second.journal.open(session, someActor)).rejects.toMatchObject({ code: "session_closed" });
  await second.stop();
});

test("a recording that was altered while the gateway was away is not continued", async () => {
  const alterations: ((path: string) => Promise<void>)[] = [
    (path) => truncate(path, 10),
    (path) => rm(path),
    async (path) => writeFile(path, (await readFile(path, "utf8")).replace("a look", "a hook")),
    (path) => appendFile(path, `${"0".repeat(64)} {}\n`),
  ];
  for (const alter of alterations) {
    const session = someSession();
    const first = await startJournal(fresh.url, folder.path);
    await first.journal.open(session, someActor);
    await first.stop();
    await alter(fileOf(session.id));
    const second = await startJournal(fresh.url, folder.path);
    await expect(second.journal.open(session, someActor)).rejects.toMatchObject({
      code: "journal_unavailable",
    });
    // The session can still be ended; its last entry says that the recording is not whole.
    await second.journal.close(session.id, "recorder");
    const entries = await second.journal.ledger.page((await second.journal.ledger.head()).seq - 1, 1);
    expect(entries[0]).toMatchObject({ kind: "session.closed", body: { recording: { complete: false } } });
    await second.stop();
  }
});

test("nothing is recorded behind the end, whoever still holds the recorder", async () => {
  const session = someSession();
  const { journal, stop } = await startJournal(fresh.url, folder.path);
  const recorder = await journal.open(session, someActor);
  const closed = journal.close(session.id, "killed");
  const late = () => recorder.write(stateEvent(session.id, 9));
  await expect
    .poll(() => {
      try {
        late();
        return "written";
      } catch (error) {
        return Object(error).code;
      }
    })
    .toBe("session_closed");
  await closed;
  const text = await readFile(fileOf(session.id), "utf8");
  expect(text.trimEnd().split("\n").at(-1)).toContain('"type":"closed"');
  expect(await verifyFile(journal.recordings.export(session.id))).toMatchObject({ ok: true });
  await stop();
});

test("an outcome that comes behind its session's end is in the ledger, and the session stays over", async () => {
  const session = someSession();
  const errors: unknown[] = [];
  let [holdsNext, isHeld] = [false, false];
  let letGo = () => {};
  const go = new Promise<void>((resolve) => (letGo = resolve));
  const { journal, stop } = await startJournal(fresh.url, folder.path, Date.now, {
    onError: (error) => errors.push(error),
    through: (files) => ({
      ...files,
      async open(key) {
        const blob = await files.open(key);
        return {
          ...blob,
          // A disk that takes very long to flush, once.
          async sync() {
            const waits = holdsNext;
            holdsNext = false;
            isHeld ||= waits;
            await blob.sync();
            if (waits) await go;
          },
        };
      },
    }),
  });
  await journal.open(session, someActor);
  const outcomeOf = ({ id, actor, sha256 }: ReturnType<typeof someCommand>) =>
    journal.outcome({ id, session: session.id, actor, state: "completed", sha256, writes: true });
  const [slow, later] = [someCommand(session.id), someCommand(session.id)];
  for (const command of [slow, later]) await journal.intend(command);
  holdsNext = true;
  const ended = outcomeOf(slow);
  await expect.poll(() => isHeld).toBe(true);
  await journal.close(session.id, "killed");
  letGo();
  await ended;
  await outcomeOf(later);

  const entries = (await journal.ledger.page(0, 1_000)).filter((entry) => entry.session === session.id);
  expect(entries.map(({ kind, command }) => [kind, command])).toEqual([
    ["session.opened", null],
    ["command.intent", slow.id],
    ["command.intent", later.id],
    ["session.closed", null],
    ["command.outcome", slow.id],
    ["command.outcome", later.id],
  ]);
  expect((await journal.commands.get(slow.id))?.command.state).toBe("completed");
  expect((await journal.recordings.get(session.id))?.endedAt).toBeDefined();
  expect(await verifyFile(journal.recordings.export(session.id))).toMatchObject({ ok: true });
  expect(errors).toEqual([]);
  await stop();
});

test("a full disk fails the recorder, for good, and tells the gate", async () => {
  const directory = join(folder.path, "full");
  await mkdir(directory);
  const store = await openRecordingFiles(directory);
  const blob = await store.open("x.rec");
  const failures: Error[] = [];
  const recorder = createRecorder(
    {
      ...blob,
      size: 0,
      append: async () => writeFile("/dev/full", "x"),
    },
    { events: 0, bytes: 0, hash: "0".repeat(64) },
    (error) => failures.push(error),
  );
  const { id } = someSession();
  recorder.write(stateEvent(id, 1));
  await expect(recorder.flush()).rejects.toMatchObject({ code: "journal_unavailable" });
  expect(() => recorder.write(stateEvent(id, 2))).toThrow(/cannot be written/);
  await expect(recorder.drained()).rejects.toMatchObject({ code: "journal_unavailable" });
  expect(failures).toHaveLength(1);
  await blob.close();
});

test("what the target said is in the store before it may be shown; what it was asked may come first", async () => {
  const written: string[] = [];
  let go = () => {};
  const blob: RecordingBlob = {
    size: 0,
    append: (chunks) =>
      new Promise((resolve) => {
        go = () => {
          written.push(Buffer.concat(chunks).toString());
          resolve();
        };
      }),
    sync: async () => {},
    truncate: async () => {},
    close: async () => {},
  };
  const recorder = createRecorder(blob, noEvents, () => {});
  const { id } = someSession();
  recorder.write(stateEvent(id, 1));
  await recorder.drained();
  expect(written).toEqual([]);

  recorder.write({
    type: "rows",
    at: 2,
    command: someCommand(id).id,
    statement: 0,
    rows: rowsOf([["seen"]]),
  });
  let shown = false;
  const drained = recorder.drained().then(() => (shown = true));
  await expect.poll(() => go.toString().includes("written")).toBe(true);
  expect(shown).toBe(false);
  go();
  await drained;
  expect(written.join("")).toContain("seen");
});

test.each<[string, (path: string) => Promise<void>]>([
  ["is taken away", (path) => rm(path)],
  [
    "has another in its place",
    async (path) => {
      await rm(path);
      await writeFile(path, "");
    },
  ],
])("a recording whose file %s fails at the next event", async (_, change) => {
  const directory = join(folder.path, crypto.randomUUID());
  const store = await openRecordingFiles(directory);
  const failures: Error[] = [];
  const blob = await store.open("x.rec");
  const recorder = createRecorder(blob, noEvents, (error) => failures.push(error));
  const { id } = someSession();
  recorder.write(stateEvent(id, 1));
  await recorder.flush();
  await change(join(directory, "x.rec"));
  recorder.write(stateEvent(id, 2));
  await expect(recorder.flush()).rejects.toMatchObject({ code: "journal_unavailable" });
  expect(failures).toHaveLength(1);
  await blob.close();
});

test("where recordings cannot be written no session opens and no outcome is acknowledged", async () => {
  const database = openDatabase(fresh.url);
  const notifier = await createNotifier(database);
  const directory = join(folder.path, "doomed");
  const failed: SessionId[] = [];
  const files = await openRecordingFiles(directory);
  let full = false;
  const journal = await createJournal({
    database,
    notifier,
    recordings: {
      ...files,
      async open(key) {
        const blob = await files.open(key);
        return {
          size: 0,
          append: (chunks) => (full ? writeFile("/dev/full", "x") : blob.append(chunks)),
          sync: () => blob.sync(),
          truncate: (size) => blob.truncate(size),
          close: () => blob.close(),
        };
      },
    },
    vault: someVault,
    texts: textsOf(database),
    now: Date.now,
    onRecorderFailure: (session) => failed.push(session),
  });
  const session = someSession();
  const recorder = await journal.open(session, someActor);
  const command = someCommand(session.id);
  await journal.intend(command);
  full = true;
  recorder.write(stateEvent(session.id, 1));
  const { id, actor, sha256 } = command;
  await expect(
    journal.outcome({ id, session: session.id, actor, state: "completed", sha256, writes: false }),
  ).rejects.toMatchObject({ code: "journal_unavailable" });
  expect(failed).toEqual([session.id]);
  // What happened is said nevertheless, and that nobody can replay it.
  const outcome = (await journal.commands.get(command.id))?.command.evidence?.outcome ?? 0;
  const entries = await journal.ledger.page(outcome - 1, 1);
  expect(entries[0]).toMatchObject({ body: { state: "completed", recording: null } });

  await rm(directory, { recursive: true });
  await expect(journal.open(someSession(), someActor)).rejects.toMatchObject({ code: "journal_unavailable" });
  await journal.stop();
  await notifier.close();
  await database.close();
});

test("keys that could leave the directory are refused, and links are not followed", async () => {
  const directory = join(folder.path, "recordings");
  const store = await openRecordingFiles(directory);
  for (const key of ["../ledger-key.pem", "/etc/passwd", "a/b.rec", "..%2fx.rec", "a.rec\0", ".rec", ""]) {
    await expect(store.open(key)).rejects.toThrow(TypeError);
    await expect(store.size(key)).rejects.toThrow(TypeError);
    await expect(store.read(key, 0)[Symbol.asyncIterator]().next()).rejects.toThrow(TypeError);
  }
  await symlink("/etc/passwd", join(directory, "link.rec"));
  await expect(store.open("link.rec")).rejects.toThrow(/ELOOP/);
  await expect(store.read("link.rec", 0)[Symbol.asyncIterator]().next()).rejects.toThrow(/ELOOP/);
  expect(() => recordingKey("../../etc/passwd" as SessionId)).toThrow(/pattern/);
});

test("a follower gets what was written and what is written, to the end of the session", async () => {
  const { journal, stop } = await startJournal(fresh.url, folder.path);
  const session = someSession();
  const recorder = await journal.open(session, someActor);
  const written = [recorder.write(stateEvent(session.id, 1)).toString()];
  const seen: string[] = [];
  for await (const event of journal.recordings.follow(session.id, { from: 1 })) {
    seen.push(event);
    if (seen.length < 50) written.push(recorder.write(stateEvent(session.id, seen.length + 1)).toString());
    else if (seen.length === 50) await journal.close(session.id, "closed");
  }
  expect(seen.slice(0, 50)).toEqual(written);
  expect(JSON.parse(seen[50] ?? "")).toMatchObject({ type: "closed", because: "closed" });

  const stopped = new AbortController();
  const open = someSession();
  await journal.open(open, someActor);
  for await (const _ of journal.recordings.follow(open.id, { signal: stopped.signal })) stopped.abort();
  await stop();
});

test("a follower in another process sees it too", async () => {
  const [one, other] = [
    await startJournal(fresh.url, folder.path),
    await startJournal(fresh.url, folder.path),
  ];
  const session = someSession();
  const recorder = await one.journal.open(session, someActor);
  const seen: string[] = [];
  for await (const event of other.journal.recordings.follow(session.id)) {
    seen.push(event);
    if (seen.length === 1) recorder.write(stateEvent(session.id, 1));
    if (seen.length === 2) await one.journal.close(session.id, "closed");
  }
  expect(seen).toHaveLength(3);
  await Promise.all([one.stop(), other.stop()]);
});

test("a session that ends waits for the outcome of what it runs, and ends once", async () => {
  const { journal, stop } = await startJournal(fresh.url, folder.path);
  const session = someSession();
  const recorder = await journal.open(session, someActor);
  const command = someCommand(session.id);
  await journal.intend(command);
  const closed = [journal.close(session.id, "killed", "issuer|admin"), journal.close(session.id, "expired")];
  recorder.write({ type: "outcome", at: 2, command: command.id, state: "cancelled", masked: [] });
  const { id, actor, sha256 } = command;
  await journal.outcome({ id, session: session.id, actor, state: "cancelled", sha256, writes: true });
  await Promise.all(closed);
  await journal.close(session.id, "again");

  const events: unknown[] = [];
  for await (const event of journal.recordings.follow(session.id)) events.push(JSON.parse(event));
  expect(events).toMatchObject([
    { type: "opened" },
    { type: "outcome", state: "cancelled" },
    { type: "closed", because: "killed" },
  ]);
  expect(await journal.recordings.length(session.id)).toBe(3);
  expect(await journal.recorder(session.id)).toBeUndefined();
  const entries = await journal.ledger.page((await journal.ledger.head()).seq - 1, 1);
  expect(entries[0]).toMatchObject({ kind: "session.closed", actor: "issuer|admin" });
  await stop();
});

test("only the process that holds a session writes and ends its recording", async () => {
  const [one, other] = [
    await startJournal(fresh.url, folder.path),
    await startJournal(fresh.url, folder.path),
  ];
  const session = someSession();
  await one.journal.open(session, someActor);
  expect(await other.journal.recorder(session.id)).toBeUndefined();
  await other.journal.close(session.id, "killed");
  expect((await other.journal.recordings.get(session.id))?.endedAt).toBeUndefined();
  expect(await other.journal.recordings.length(session.id)).toBe(1);
  await one.stop();
  await other.journal.close(session.id, "killed");
  expect((await other.journal.recordings.get(session.id))?.endedAt).toBeDefined();
  await other.stop();
});

test("a process that seemed dead and lives adds nothing to what another goes on with", async () => {
  const [one, other] = [
    await startJournal(fresh.url, folder.path),
    await startJournal(fresh.url, folder.path),
  ];
  const session = someSession();
  const before = await one.journal.open(session, someActor);
  before.write(stateEvent(session.id, 1));
  await before.flush();
  // As where the store has been away: it has forgotten the lock of a process that lives.
  await expect
    .poll(async () => {
      await fresh.database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'sluice journal' and datname = current_database()`,
      );
      return other.journal.recorder(session.id);
    })
    .toBeDefined();
  const after = await other.journal.recorder(session.id);
  before.write(stateEvent(session.id, 2));
  await expect(before.flush()).rejects.toMatchObject({ code: "journal_unavailable" });
  after?.write(stateEvent(session.id, 3));
  await other.journal.close(session.id, "closed");
  const verdict = await verifyFile(other.journal.recordings.export(session.id));
  expect(verdict).toMatchObject({ ok: true, events: 4, live: false });
  await one.stop();
  await other.stop();
});

test("callers that open one session at once share its recording, which begins with its opening", async () => {
  const { journal, stop } = await startJournal(fresh.url, folder.path);
  const session = someSession();
  const recorders = await Promise.all(
    Array.from({ length: 5 }, async (_, index) => {
      const recorder = await journal.open(session, someActor);
      recorder.write(stateEvent(session.id, index));
      return recorder;
    }),
  );
  expect(new Set(recorders).size).toBe(1);
  await journal.close(session.id, "closed");
  expect(await verifyFile(journal.recordings.export(session.id))).toMatchObject({ ok: true, events: 7 });
  await stop();
});
