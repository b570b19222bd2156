import { afterAll, beforeAll, expect, test } from "vitest";
import { newReviewId } from "../../shared/ids.ts";
import { freshDatabase } from "../db/testing.ts";
import type { Recorder } from "./recorder.ts";
import { someActor, someCommand, someSession, startJournal, temporaryFolder } from "./testing.ts";
import { rowsOf } from "./recordable.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let one: Awaited<ReturnType<typeof startJournal>>;

beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
  folder = await temporaryFolder();
  one = await startJournal(fresh.url, folder.path);
});
afterAll(async () => {
  await one.stop();
  await fresh.drop();
  await folder.remove();
});

/** Runs a command through the journal as the gate does: intent, events, outcome. `meanwhile`: behind each piece of its rows. */
async function runCommand(
  session: ReturnType<typeof someSession>,
  sql: string,
  rows: string[][],
  meanwhile: (recorder: Recorder) => void = () => {},
) {
  const { journal } = one;
  const recorder = await journal.open(session, someActor);
  const command = someCommand(session.id, sql);
  await journal.intend(command);
  const at = 1;
  recorder.write({ type: "command", at, command: command.id, sql, parameters: [], sha256: command.sha256 });
  recorder.write({
    type: "columns",
    at,
    command: command.id,
    statement: 0,
    columns: [{ name: "id", type: "integer" }],
  });
  for (let from = 0; from < rows.length; from += 2) {
    recorder.write({
      type: "rows",
      at,
      command: command.id,
      statement: 0,
      rows: rowsOf(rows.slice(from, from + 2)),
    });
    meanwhile(recorder);
  }
  const rowCount = rows.length;
  recorder.write({
    type: "statement",
    at,
    command: command.id,
    statement: 0,
    tag: "SELECT",
    rowCount,
    truncated: false,
  });
  recorder.write({ type: "outcome", at, command: command.id, state: "completed", masked: [] });
  await journal.outcome({
    id: command.id,
    session: session.id,
    actor: someActor.id,
    state: "completed",
    sha256: command.sha256,
    writes: false,
  });
  return command;
}

test("a command's intent and outcome are in the ledger and in its row", async () => {
  const session = someSession();
  const command = await runCommand(session, "select id from t", [["1"]]);
  const record = await one.journal.commands.get(command.id);
  expect(record?.command.state).toBe("completed");
  const { intent, outcome } = record?.command.evidence ?? {};
  const entries = await one.journal.ledger.page((intent ?? 0) - 1, 10);
  expect(entries[0]).toMatchObject({
    seq: intent,
    kind: "command.intent",
    command: command.id,
    actor: someActor.id,
  });
  const end = entries.find(({ seq }) => seq === outcome);
  expect(end).toMatchObject({ kind: "command.outcome", body: { state: "completed" } });
  const recording = await one.journal.recordings.get(session.id);
  expect(end?.body?.["recording"]).toEqual({ events: recording?.events, hash: recording?.hash });
});

test("rows are read back page by page, whatever the size of the chunks they came in", async () => {
  const rows = Array.from({ length: 7 }, (_, index) => [String(index)]);
  const command = await runCommand(someSession(), "select id from seven", rows);
  for (const limit of [1, 2, 3, 7, 100]) {
    const read: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await one.journal.resultPage(command.id, 0, cursor, limit);
      expect(page.rows.length).toBeLessThanOrEqual(limit);
      read.push(...page.rows);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(read).toEqual(rows);
  }
});

test("a page of rows ends where they are large, and the next goes on", async () => {
  const rows = Array.from({ length: 4 }, (_, index) => [String(index).repeat(5 * 1024 * 1024)]);
  const command = await runCommand(someSession(), "select large from four", rows);
  const first = await one.journal.resultPage(command.id, 0, undefined, 100);
  expect(first.rows).toHaveLength(2);
  const rest = await one.journal.resultPage(command.id, 0, first.cursor, 100);
  expect([...first.rows, ...rest.rows].map(([cell]) => cell?.charAt(0))).toEqual(["0", "1", "2", "3"]);
});

test("rows are read back whole though others' events stand among them", async () => {
  const rows = Array.from({ length: 7 }, (_, index) => [String(index)]);
  const session = someSession();
  const held = someCommand(session.id);
  const review = newReviewId();
  const command = await runCommand(session, "select id from seven", rows, (recorder) =>
    recorder.write({
      type: "vote",
      at: 1,
      command: held.id,
      review,
      name: "Tom",
      verdict: "reject",
      comment: "",
    }),
  );
  expect((await one.journal.resultPage(command.id, 0, undefined, 100)).rows).toEqual(rows);
  const { cursor } = await one.journal.resultPage(command.id, 0, undefined, 2);
  expect((await one.journal.resultPage(command.id, 0, cursor, 100)).rows).toEqual(rows.slice(2));
});

test("a cursor cannot reach into another command or the middle of a line", async () => {
  const session = someSession();
  const other = await runCommand(session, "select id from other", [["secret"]]);
  const command = await runCommand(session, "select id from mine", [["1"], ["2"], ["3"]]);
  const foreign = (await one.journal.resultPage(other.id, 0, undefined, 1)).cursor ?? "100.0";
  for (const cursor of [foreign, "0.0", "77.0", "999999999.0", "x", "-1.0"])
    await expect(one.journal.resultPage(command.id, 0, cursor, 10)).rejects.toMatchObject({
      code: "malformed",
    });
});

test("an intent is refused for a command that has run", async () => {
  const session = someSession();
  const command = await runCommand(session, "select 1", []);
  await expect(one.journal.intend(command)).rejects.toMatchObject({ code: "conflict" });
});

test("waiting for a command ends when it changes", async () => {
  const session = someSession();
  await one.journal.open(session, someActor);
  const command = someCommand(session.id);
  await one.journal.intend(command);
  const waiting = one.journal.commands.waitFor(command.id, "running", 60_000);
  await one.journal.outcome({
    id: command.id,
    session: session.id,
    actor: someActor.id,
    state: "failed",
    sha256: "",
    writes: true,
  });
  expect((await waiting)?.command.state).toBe("failed");
});
