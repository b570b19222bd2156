import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Actor } from "../../shared/nouns/actor.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { createLatestRights, type LatestRights } from "./latest-rights.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let notifiers: Notifier[] = [];
let here: LatestRights;
let there: LatestRights;
let clock = Date.parse("2026-11-20T10:00:00Z");
const now = () => clock;

beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
});
afterAll(() => fresh.drop());
beforeEach(async () => {
  await fresh.database.pool.query("truncate actor_rights");
  notifiers = await Promise.all([createNotifier(fresh.database), createNotifier(fresh.database)]);
  const [one, two] = notifiers;
  if (one === undefined || two === undefined) throw new Error("there are two processes");
  here = createLatestRights({ database: fresh.database, notifier: one, now });
  there = createLatestRights({ database: fresh.database, notifier: two, now });
});
afterEach(async () => {
  for (const rights of [here, there]) rights.close();
  for (const notifier of notifiers) await notifier.close();
});

/** Ada as a token says that was made at that minute. */
const ada = (minute: number | undefined, groups: string[], roles: string[] = []) =>
  Actor.parse({
    ...{ id: "issuer.test|ada", kind: "human", name: "ada", issuer: "https://issuer.test", subject: "ada" },
    ...{ groups, roles, person: "ada", tokenExpiresAt: "2026-11-20T18:00:00.000Z" },
    ...(minute !== undefined && { issuedAt: new Date(Date.UTC(2026, 10, 20, 9, minute)).toISOString() }),
  });
/** What counts of it, at a gateway that has forgotten what it knew. */
async function counted(at: LatestRights, actor: Actor) {
  clock += 1_000;
  const { actor: left, isLatest } = await at.of(actor);
  return { groups: left.groups, roles: left.roles, isLatest };
}

test("what a later token has lost no earlier one gives, at any gateway, in whatever order they come", async () => {
  const [early, late] = [ada(1, ["a", "b"], ["reviewer", "auditor"]), ada(2, ["a"], ["auditor"])];
  expect(await counted(here, early)).toEqual({
    groups: ["a", "b"],
    roles: ["reviewer", "auditor"],
    isLatest: true,
  });
  expect(await counted(there, late)).toEqual({ groups: ["a"], roles: ["auditor"], isLatest: true });
  for (const at of [here, there])
    expect(await counted(at, early)).toEqual({ groups: ["a"], roles: ["auditor"], isLatest: false });
  // One object for as long as it says the same: whoever remembers what it heard goes by that.
  expect((await here.of(early)).actor).toBe((await here.of(early)).actor);
});

test("what a later token has gained counts at once, with that token alone", async () => {
  const [early, late] = [ada(1, ["a"]), ada(2, ["a", "b"], ["reviewer"])];
  await counted(here, early);
  expect(await counted(here, late)).toEqual({ groups: ["a", "b"], roles: ["reviewer"], isLatest: true });
  expect(await counted(here, early)).toEqual({ groups: ["a"], roles: [], isLatest: false });
  expect(await counted(here, late)).toMatchObject({ groups: ["a", "b"], isLatest: true });
});

test("of two that were made in one second, what both say counts; one that tells no time is earlier than all", async () => {
  const [one, other] = [ada(3, ["a", "b"]), ada(3, ["b", "c"])];
  await counted(here, one);
  for (const each of [other, one])
    expect(await counted(there, each)).toEqual({ groups: ["b"], roles: [], isLatest: true });
  expect(await counted(here, ada(undefined, ["a", "b", "c"]))).toEqual({
    groups: ["b"],
    roles: [],
    isLatest: false,
  });
});

test("a gateway hears of a later token from the one that it was shown to", async () => {
  const early = ada(1, ["a", "b"]);
  await here.of(early);
  await there.of(ada(2, ["a"]));
  // The clock stands still: what it knew would be good for another second.
  await expect.poll(async () => (await here.of(early)).actor.groups).toEqual(["a"]);
});

test("of many that come at once the latest counts", async () => {
  const tokens = Array.from({ length: 20 }, (_, minute) => ada(minute, minute === 19 ? ["z"] : ["a", "z"]));
  await Promise.all(tokens.map((token, index) => (index % 2 === 0 ? here : there).of(token)));
  expect(await counted(here, ada(5, ["a", "z"]))).toMatchObject({ groups: ["z"] });
});
