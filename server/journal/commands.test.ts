import { afterAll, beforeAll, expect, test } from "vitest";
import type { Effect } from "../../shared/nouns/decision.ts";
import { newReviewId } from "../../shared/ids.ts";
import { freshDatabase } from "../db/testing.ts";
import type { RecordingQuery } from "./search.ts";
import {
  someActor,
  someCommand,
  someDecision,
  someSession,
  startJournal,
  temporaryFolder,
} from "./testing.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let one: Awaited<ReturnType<typeof startJournal>>;
let other: Awaited<ReturnType<typeof startJournal>>;

beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
  folder = await temporaryFolder();
  one = await startJournal(fresh.url, folder.path);
  other = await startJournal(fresh.url, folder.path);
});
afterAll(async () => {
  await one.stop();
  await other.stop();
  await fresh.drop();
  await folder.remove();
});

test("one key gives one command, however many ask at once and wherever", async () => {
  const { id } = someSession();
  const reservations = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 2 ? one : other).journal.keys.reserve(id, "k", "hash")),
  );
  expect(reservations.filter(({ fresh }) => fresh)).toHaveLength(1);
  expect(new Set(reservations.map(({ command }) => command)).size).toBe(1);
});

test("a key with another body is refused, in another session it is another key", async () => {
  const { keys } = one.journal;
  const { id } = someSession();
  await keys.reserve(id, "k", "hash");
  await expect(keys.reserve(id, "k", "other")).rejects.toMatchObject({ code: "idempotency_conflict" });
  expect(await keys.reserve(someSession().id, "k", "other")).toMatchObject({ fresh: true });
});

test("a key is given back where its request never became a command, and only then", async () => {
  const { keys } = one.journal;
  const session = someSession();
  await keys.reserve(session.id, "k", "unparseable");
  await keys.release(session.id, "k");
  const { command, fresh } = await keys.reserve(session.id, "k", "hash");
  expect(fresh).toBe(true);
  await one.journal.intend({ ...someCommand(session.id), id: command });
  await keys.release(session.id, "k");
  expect(await keys.reserve(session.id, "k", "hash")).toEqual({ command, fresh: false });
});

test("a key whose gateway died before it began anything passes on, to one", async () => {
  const dying = await startJournal(fresh.url, folder.path);
  const session = someSession();
  const { command } = await dying.journal.keys.reserve(session.id, "k", "hash");
  expect(await one.journal.keys.reserve(session.id, "k", "hash")).toEqual({ command, fresh: false });
  await dying.stop();
  const reservations = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      (index % 2 ? one : other).journal.keys.reserve(session.id, "k", "hash"),
    ),
  );
  expect(reservations.filter(({ fresh }) => fresh)).toHaveLength(1);
  expect(reservations.every((reservation) => reservation.command === command)).toBe(true);
});

test("a held command may run or end, once", async () => {
  const { journal } = one;
  const session = someSession();
  await journal.open(session, someActor);
  const held = { ...someCommand(session.id), review: newReviewId(), decision: someDecision("review") };
  await journal.hold(held);
  expect(await journal.commands.get(held.id)).toMatchObject({
    command: { state: "held", decision: { effect: "review" } },
    review: held.review,
  });
  const intents = await Promise.allSettled([one, other].map((gateway) => gateway.journal.intend(held)));
  expect(intents.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);

  const expired = { ...someCommand(session.id), review: newReviewId() };
  await journal.hold(expired);
  const waiting = other.journal.commands.waitFor(expired.id, "held", 60_000);
  await journal.note(
    { kind: "review.expired", actor: null, session: session.id, command: expired.id, body: {} },
    { state: "expired" },
  );
  expect((await waiting)?.command.state).toBe("expired");
  await expect(journal.intend(expired)).rejects.toMatchObject({ code: "conflict" });
});

test("of gateways that end or begin a held command at once one does, and the ledger says nothing of the others", async () => {
  const { journal } = one;
  const session = someSession();
  await journal.open(session, someActor);
  const endings = [
    { kind: "review.withdrawn", state: "withdrawn" },
    { kind: "review.decided", state: "blocked" },
    { kind: "review.expired", state: "expired" },
  ] as const;
  for (let round = 0; round < 8; round++) {
    const held = { ...someCommand(session.id), review: newReviewId(), decision: someDecision("review") };
    const { seq } = await journal.hold(held);
    const draft = { actor: null, session: session.id, command: held.id, body: {} };
    const tries = await Promise.allSettled([
      ...endings.map(({ kind, state }, index) =>
        (index % 2 ? one : other).journal.note({ ...draft, kind }, { state }),
      ),
      other.journal.intend(held),
      // What shares their commit is written all the same.
      one.journal.note({ ...draft, kind: "review.vote" }),
    ]);
    expect(tries.map(({ status }) => status).toSorted()).toEqual([
      ...["fulfilled", "fulfilled"],
      ...["rejected", "rejected", "rejected"],
    ]);
    const lost = tries.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    for (const reason of lost) expect(reason).toMatchObject({ code: "conflict" });
    const kinds = (await journal.ledger.page(seq, 100)).map(({ kind }) => kind);
    expect(kinds).toHaveLength(2);
    expect(kinds).toContain("review.vote");
  }
});

test("a blocked command says why", async () => {
  const session = someSession();
  const command = { ...someCommand(session.id), decision: someDecision("block") };
  const refusal = { code: "blocked", detail: "Not here." };
  await one.journal.block(command, refusal);
  expect(await one.journal.commands.get(command.id)).toMatchObject({
    command: { state: "blocked", decision: { reasons: ["because"] } },
    refusal,
  });
  expect((await one.journal.commands.list(session.id)).map(({ command }) => command.id)).toEqual([
    command.id,
  ]);
});

test("recordings are found by words in commands and by what narrows them, newest first", async () => {
  const { journal } = one;
  const sessions = ["shop", "shop", "lake"].map((target) => someSession(target));
  const asked: [number, string, Effect][] = [
    [0, "select * from public.loyalty_points", "allow"],
    [1, "delete from loyalty_points where Kunde = 'Müller'", "block"],
    [2, `update "Ledger Book" set x = 1`, "allow"],
  ];
  for (const [index, sql, effect] of asked) {
    const session = sessions[index] ?? someSession();
    await journal.open(session, someActor);
    const command = { ...someCommand(session.id, sql, session.target), decision: someDecision(effect) };
    await (effect === "block" ? journal.block(command) : journal.intend(command));
  }
  const found = async (query: RecordingQuery) =>
    (await journal.recordings.search(query)).recordings
      .map(({ session }) => sessions.findIndex(({ id }) => id === session))
      .filter((index) => index >= 0);
  const newestFirst = (...indexes: number[]) =>
    indexes.toSorted((a, b) => ((sessions[a]?.id ?? "") < (sessions[b]?.id ?? "") ? 1 : -1));
  expect(await found({ q: "loyalty" })).toEqual(newestFirst(0, 1));
  expect(await found({ q: "LOYALTY_POINTS" })).toEqual(newestFirst(0, 1));
  expect(await found({ q: "loyalty müll" })).toEqual([1]);
  expect(await found({ q: "'ledger' & !book" })).toEqual([2]);
  expect(await found({ q: "loyalty", verdict: "block" })).toEqual([1]);
  expect(await found({ q: "nowhere" })).toEqual([]);
  expect(await found({ q: "%%" })).toEqual([]);
  expect(await found({ target: "lake" })).toEqual([2]);
  expect(await found({ actor: "ada" })).toEqual(newestFirst(0, 1, 2));
  expect(await found({ owner: "ada" })).toEqual([]);
  expect(await found({ from: "2026-01-03T00:00:00Z" })).toEqual([]);

  const first = await journal.recordings.search({ q: "loyalty", limit: 1 });
  const second = await journal.recordings.search({ q: "loyalty", limit: 1, cursor: first.cursor });
  expect(
    [...first.recordings, ...second.recordings].map(({ matches }) => matches[0]?.text).toSorted(),
  ).toEqual(
    asked
      .slice(0, 2)
      .map(([, sql]) => sql)
      .toSorted(),
  );
});

test("a shell command is found by its words, in a recording that says its kind", async () => {
  const session = { ...someSession("bastion"), kind: "ssh" as const };
  await one.journal.open(session, someActor);
  const request = {
    ...{ kind: "shell" as const, command: "rm -rf /srv/zanzibar", stdin: "" },
    ...{ timeoutSeconds: 60, terminal: true },
  };
  const command = { ...someCommand(session.id, "", "bastion"), request };
  await one.journal.intend(command);
  expect((await one.journal.recordings.search({ q: "zanzi" })).recordings).toMatchObject([
    { session: session.id, kind: "ssh", matches: [{ command: command.id, text: request.command }] },
  ]);
});
