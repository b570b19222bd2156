import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Actor } from "../../shared/nouns/actor.ts";
import { Target } from "../../shared/nouns/target.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
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
    tokenExpiresAt: "2026-11-20T11:00:00.000Z",
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
  await expect(sessions.end(three?.id ?? "", actor("rob", "reviewer"))).rejects.toMatchObject({
    code: "not_found",
  });
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
  const regrouped = { ...ada, groups: ["g-night"], tokenExpiresAt: "2026-11-20T12:00:00.000Z" };
  await sessions.live(id, regrouped);
  const other = build(elsewhere);
  expect(await other.actorOf(id)).toEqual(regrouped);
  other.stop();
  await sessions.close(id, "closed");
  await expect(sessions.actorOf(id)).rejects.toMatchObject({ code: "session_closed" });
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
  expect(await sessions.sweep()).toMatchObject([{ id: next.id, closedBecause: "expired" }]);
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
  expect(await other.sweep()).toMatchObject([{ id: session.id, closedBecause: "idle" }]);
  other.stop();
  await expect(sessions.live(session.id, ada)).rejects.toMatchObject({ code: "session_closed" });
});

test("a target that is taken away ends its sessions and no others", async () => {
  const [here, there] = [
    await sessions.open(ada, shop, ""),
    await sessions.open(ada, { ...shop, name: Target.shape.name.parse("lab") }, ""),
  ];
  expect(await sessions.closeAt("shop", "revoked")).toMatchObject([{ id: here.id }]);
  expect(await sessions.list()).toEqual([there]);
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
