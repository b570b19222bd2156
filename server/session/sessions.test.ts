import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Actor } from "../../shared/nouns/actor.ts";
import { Target } from "../../shared/nouns/target.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { SessionId } from "../../shared/ids.ts";
import { createSessions, type SessionLimits, type Sessions } from "./sessions.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let notifier: Notifier;
let elsewhere: Notifier;
let sessions: Sessions;
let clock = 0;
const minute = 60_000;
const limits: SessionLimits = {
  sessionsPerActor: 3,
  sessionIdleMs: 30 * minute,
  sessionLifetimeMs: 8 * 60 * minute,
};
const build = (on: Notifier, changed: Partial<SessionLimits> = {}) =>
  createSessions({
    database: fresh.database,
    notifier: on,
    now: () => clock,
    limits: { ...limits, ...changed },
    onError: (error) => {
      throw error;
    },
  });
const actor = (subject: string, ...roles: Actor["roles"]) =>
  Actor.parse({
    id: `issuer.test|${subject}`,
    kind: "human",
    name: subject,
    issuer: "https://issuer.test",
    subject,
    groups: [],
    roles,
    person: subject,
    tokenExpiresAt: "2026-11-21T10:00:00.000Z",
  });
const shop = Target.parse({
  name: "shop",
  kind: "postgres",
  tags: {},
  address: { host: "db.test", port: 5432, database: "shop" },
  user: "gate",
  revision: 1,
  disabled: false,
  managed: false,
  updatedAt: "2026-11-20T10:00:00.000Z",
});
const ada = actor("ada", "engineer");
const aborted = (signal: AbortSignal) =>
  signal.aborted || new Promise((resolve) => signal.addEventListener("abort", resolve));

beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
  [notifier, elsewhere] = await Promise.all([createNotifier(fresh.database), createNotifier(fresh.database)]);
});
beforeEach(async () => {
  await fresh.database.pool.query("truncate sessions");
  clock = Date.parse("2026-11-20T10:00:00Z");
  sessions?.stop();
  sessions = build(notifier);
});
afterAll(async () => {
  await Promise.all([notifier.close(), elsewhere.close()]);
  await fresh.drop();
});

test("an open session is its owner's, and looks like none to others", async () => {
  const session = await sessions.open(ada, shop, " looking into ticket 7 ");
  expect(session).toMatchObject({ target: "shop", state: "open", reason: "looking into ticket 7" });
  expect(await sessions.get(session.id, ada)).toEqual(session);
  expect(await sessions.list(ada)).toEqual([session]);
  const eve = actor("eve", "engineer");
  const nothing = { code: "not_found", message: "There is no such session." };
  for (const id of [session.id, session.id.replace(/.$/, "z"), "'; drop table sessions"]) {
    await expect(sessions.get(id, eve)).rejects.toMatchObject(nothing);
    await expect(sessions.live(id, eve)).rejects.toMatchObject(nothing);
    await expect(sessions.end(id, eve)).rejects.toMatchObject(nothing);
  }
  await sessions.live(session.id, ada);
  await expect(sessions.live(session.id, eve)).rejects.toMatchObject(nothing);
});

test("an actor has no more open sessions than allowed, however fast they ask", async () => {
  const asked = await Promise.allSettled([1, 2, 3, 4, 5].map(() => sessions.open(ada, shop, "")));
  expect(asked.filter((each) => each.status === "fulfilled")).toHaveLength(3);
  expect(asked.find((each) => each.status === "rejected")?.reason).toMatchObject({ code: "session_limit" });
  await expect(sessions.open(actor("bob"), shop, "")).resolves.toBeDefined();
  const [one] = await sessions.list(ada);
  await sessions.end(one?.id ?? "", ada);
  await expect(sessions.open(ada, shop, "")).resolves.toBeDefined();
});

test("a disabled target opens no session, nor does a missing reason where one is wanted", async () => {
  await expect(sessions.open(ada, { ...shop, disabled: true }, "")).rejects.toMatchObject({
    code: "target_disabled",
  });
  const strict = build(notifier, { reasonRequired: true });
  await expect(strict.open(ada, shop, "  ")).rejects.toMatchObject({ code: "invalid" });
  strict.stop();
});

test("closing aborts at once, tells the others and happens once", async () => {
  const session = await sessions.open(ada, shop, "");
  const live = await sessions.live(session.id, ada);
  const closing = sessions.close(session.id, "revoked");
  expect(live.signal.aborted).toBe(true);
  expect(await closing).toMatchObject({ state: "closed", closedBecause: "revoked" });
  expect(await sessions.close(session.id, "closed")).toBeUndefined();
  expect(await sessions.get(session.id, ada)).toMatchObject({ closedBecause: "revoked" });
  await expect(sessions.live(session.id, ada)).rejects.toMatchObject({
    code: "session_closed",
    extra: { because: "revoked" },
  });
});

test("auditors and administrators kill; the owner closes", async () => {
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => sessions.open(ada, shop, "")));
  expect(await sessions.end(one?.id ?? "", actor("kim", "auditor"))).toMatchObject({
    closedBecause: "killed",
  });
  expect(await sessions.end(two?.id ?? "", actor("max", "administrator"))).toMatchObject({ state: "closed" });
  expect(await sessions.end(three?.id ?? "", ada)).toMatchObject({ closedBecause: "closed" });
  expect(await sessions.end(three?.id ?? "", ada)).toMatchObject({ closedBecause: "closed" });
  const robot: Actor = { ...actor("robot", "auditor"), kind: "workload" };
  for (const other of [actor("rob", "reviewer"), robot])
    await expect(sessions.end(three?.id ?? "", other)).rejects.toMatchObject({ code: "not_found" });
});

test("a session ended in another process ends here", async () => {
  const other = build(elsewhere);
  const session = await sessions.open(ada, shop, "");
  const live = await sessions.live(session.id, ada);
  const ended = new Promise((resolve) => live.signal.addEventListener("abort", resolve));
  await other.close(session.id, "killed");
  await ended;
  await expect(sessions.live(session.id, ada)).rejects.toMatchObject({ code: "session_closed" });
  other.stop();
});

test("a lost notification is made up for by the next sweep", async () => {
  const session = await sessions.open(ada, shop, "");
  const live = await sessions.live(session.id, ada);
  await fresh.database.pool.query("update sessions set closed_at = now(), closed_because = 'killed'");
  await sessions.sweep();
  expect(live.signal.aborted).toBe(true);
});

test("a session survives a restart of the gateway", async () => {
  const session = await sessions.open(ada, shop, "");
  await sessions.live(session.id, ada);
  sessions.stop();
  sessions = build(notifier);
  expect((await sessions.live(session.id, ada)).session).toEqual(session);
});

test("what the latest token says of the actor is kept for commands that run later", async () => {
  const { id } = await sessions.open(ada, shop, "");
  expect(await sessions.actorOf(id)).toEqual(ada);
  const regrouped = { ...ada, groups: ["g-night"], tokenExpiresAt: "2026-11-21T12:00:00.000Z" };
  await sessions.live(id, regrouped);
  const other = build(elsewhere);
  expect(await other.actorOf(id)).toEqual(regrouped);
  other.stop();
  await sessions.close(id, "closed");
  await expect(sessions.actorOf(id)).rejects.toMatchObject({ code: "session_closed" });
});

test("of two tokens the one that was made later tells the rights, and the one that ends later how long it lasts", async () => {
  const at = (minutes: number, groups: string[], ends: string) => ({
    ...ada,
    ...{ groups, issuedAt: new Date(clock + minutes * minute).toISOString(), tokenExpiresAt: ends },
  });
  const early = at(-20, ["g-day", "g-night"], "2026-11-21T12:00:00.000Z");
  const late = at(-10, ["g-day"], "2026-11-21T11:00:00.000Z");
  const { id } = await sessions.open(ada, shop, "");
  for (const shown of [early, late, early]) {
    const other = build(elsewhere);
    await other.live(id, shown);
    other.stop();
  }
  expect(await sessions.actorOf(id)).toEqual({ ...late, tokenExpiresAt: early.tokenExpiresAt });
  await sessions.close(id, "closed");
});

test("its time ends it, swept or not", async () => {
  const session = await sessions.open(ada, shop, "");
  const busy = await sessions.live(session.id, ada);
  for (let i = 0; i < 47; i++) {
    clock += 10 * minute;
    busy.touch();
  }
  expect(await sessions.sweep()).toEqual([]);
  clock += 10 * minute;
  await expect(sessions.live(session.id, ada)).rejects.toMatchObject({ extra: { because: "expired" } });
  const next = await sessions.open(ada, shop, "");
  clock += 481 * minute;
  expect(await sessions.sweep()).toMatchObject([{ id: next.id, because: "expired" }]);
});

test("idleness ends it, but not while a command runs or after it was used", async () => {
  const session = await sessions.open(ada, shop, "");
  const live = await sessions.live(session.id, ada);
  let finish = () => {};
  const running = live.exclusive(() => new Promise<void>((resolve) => (finish = resolve)));
  clock += 40 * minute;
  expect(await sessions.sweep()).toEqual([]);
  finish();
  await running;
  clock += 29 * minute;
  expect(await sessions.sweep()).toEqual([]);
  const other = build(elsewhere);
  expect(await other.sweep()).toEqual([]);
  clock += 2 * minute;
  expect(await other.sweep()).toMatchObject([{ id: session.id, because: "idle" }]);
  other.stop();
  await expect(sessions.live(session.id, ada)).rejects.toMatchObject({ code: "session_closed" });
});

test("idleness ends it also under a command that goes on without anybody", async () => {
  const session = await sessions.open(ada, shop, "");
  const live = await sessions.live(session.id, ada);
  const wakes = live.rest();
  let finish = () => {};
  const running = live.exclusive(() => new Promise<void>((resolve) => (finish = resolve)));
  clock += 29 * minute;
  live.touch();
  clock += 29 * minute;
  expect(await sessions.sweep()).toEqual([]);
  wakes();
  clock += 40 * minute;
  expect(await sessions.sweep()).toEqual([]);
  live.rest();
  clock += 31 * minute;
  expect(await sessions.sweep()).toMatchObject([{ id: session.id, because: "idle" }]);
  finish();
  await running;
});

describe("a token that ends", () => {
  const until = (time: string) => ({ ...ada, tokenExpiresAt: `2026-11-20T${time}.000Z` });
  const at = (time: string) => (clock = Date.parse(`2026-11-20T${time}.000Z`));

  test("ends its sessions soon after, in whichever process", async () => {
    const session = await sessions.open(until("10:10:00"), shop, "");
    const { signal } = await sessions.live(session.id, until("10:10:00"));
    const other = build(elsewhere);
    at("10:10:59");
    expect(await other.sweep()).toEqual([]);
    at("10:11:00");
    expect(await other.sweep()).toEqual([{ id: session.id, because: "token", by: undefined }]);
    other.stop();
    await aborted(signal);
    expect(signal.reason).toMatchObject({ code: "session_closed", extra: { because: "token" } });
  });

  test("ends nothing where its actor has shown the next one, wherever they did", async () => {
    const [first, second] = [
      await sessions.open(until("10:10:00"), shop, ""),
      await sessions.open(ada, shop, ""),
    ];
    const other = build(elsewhere);
    await other.renew({ ...until("10:20:00"), groups: ["new"] });
    expect((await sessions.actorOf(first.id)).groups).toEqual(["new"]);
    // An older token that is shown late takes nothing back.
    await other.renew(until("10:10:00"));
    await sessions.renew(until("10:05:00"));
    expect((await sessions.actorOf(first.id)).groups).toEqual(["new"]);
    expect((await sessions.actorOf(second.id)).tokenExpiresAt).toBe(ada.tokenExpiresAt);
    at("10:20:59");
    expect(await sessions.sweep()).toEqual([]);
    at("10:21:00");
    expect(await sessions.sweep()).toMatchObject([{ id: first.id, because: "token" }]);
    other.stop();
  });

  test("does so also where a session was opened with an earlier token than the latest", async () => {
    await sessions.renew(until("10:20:00"));
    const session = await sessions.open(until("10:10:00"), shop, "");
    await sessions.renew(until("10:20:00"));
    at("10:20:00");
    expect(await sessions.sweep()).toEqual([]);
    expect((await sessions.actorOf(session.id)).tokenExpiresAt).toBe(until("10:20:00").tokenExpiresAt);
  });
});

test("who ended a session is known in every process", async () => {
  const session = await sessions.open(ada, shop, "");
  await sessions.live(session.id, ada);
  const kai = actor("kai", "auditor");
  const other = build(elsewhere);
  expect(await other.ended([session.id])).toEqual([]);
  await other.end(session.id, kai);
  other.stop();
  expect(await sessions.ended([session.id])).toEqual([{ id: session.id, because: "killed", by: kai.id }]);
});

test("all open sessions are had by pages, and a person by their login", async () => {
  const opened = [await sessions.open(ada, shop, ""), await sessions.open(actor("eve"), shop, "")];
  await sessions.close(SessionId.parse(opened[1]?.id), "closed");
  const page = await sessions.page(undefined);
  expect(page.map(({ session }) => session)).toEqual([opened[0]]);
  expect(page[0]?.actor).toEqual(ada);
  expect(await sessions.page(page[0]?.session.id)).toEqual([]);
  expect(await sessions.personOf(ada.id)).toBe("ada");
  expect(await sessions.personOf("nobody")).toBeUndefined();
});

test("whoever has open sessions is told once, by their latest token, and whoever opened one last comes first", async () => {
  await sessions.open(ada, shop, "first");
  clock += minute;
  const closed = await sessions.open(ada, shop, "second");
  const bot = { ...actor("bot"), kind: "workload" as const, owner: "ada" };
  await sessions.open(bot, shop, "");
  await sessions.end(closed.id, ada);
  await sessions.open(actor("gone"), shop, "").then(({ id }) => sessions.close(id, "idle"));
  await sessions.renew({ ...ada, name: "Ada L.", tokenExpiresAt: "2026-11-21T11:00:00.000Z" });
  const since = "2026-11-20T10:00:00.000Z";
  expect(await sessions.present()).toEqual([
    {
      id: bot.id,
      kind: "workload",
      name: "bot",
      person: "bot",
      owner: "ada",
      sessions: 1,
      since: "2026-11-20T10:01:00.000Z",
    },
    { id: ada.id, kind: "human", name: "Ada L.", person: "ada", sessions: 1, since },
  ]);
  clock += minute;
  await sessions.open(ada, shop, "third");
  expect(await sessions.present()).toMatchObject([{ id: ada.id, sessions: 2, since }, { id: bot.id }]);
});

test("a store that gives no answer does not keep a session alive", async () => {
  const session = await sessions.open(ada, shop, "");
  const live = await sessions.live(session.id, ada);
  await fresh.database.pool.query("alter table sessions rename to gone");
  await expect(sessions.close(session.id, "revoked")).rejects.toThrow(/sessions/);
  expect(live.signal.aborted).toBe(true);
  await expect(sessions.live(session.id, ada)).rejects.toMatchObject({ code: "session_closed" });
  await fresh.database.pool.query("alter table gone rename to sessions");
});
