import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Actor } from "../../shared/nouns/actor.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { type Blocks, createBlocks } from "./blocks.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let notifiers: Notifier[];
let blocks: Blocks;
let elsewhere: Blocks;
let clock = Date.parse("2026-11-20T10:00:00Z");
const now = () => clock;
const noteWithin = async () => {};

const actor = (subject: string, more: Partial<Actor> = {}): Actor =>
  Actor.parse({
    id: `issuer.test|${subject}`,
    kind: "human",
    name: subject,
    issuer: "https://issuer.test",
    subject,
    groups: [],
    roles: [],
    person: subject,
    tokenExpiresAt: "2026-11-20T11:00:00.000Z",
    ...more,
  });
const [ada, eve, max] = [actor("ada"), actor("eve"), actor("max")];
const refused = { code: "access_revoked" };

beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
  notifiers = await Promise.all([createNotifier(fresh.database), createNotifier(fresh.database)]);
});
beforeEach(async () => {
  await fresh.database.pool.query("truncate actor_blocks");
  blocks?.close();
  elsewhere?.close();
  const [here, there] = notifiers;
  if (here === undefined || there === undefined) throw new Error("there are two processes");
  blocks = createBlocks({ database: fresh.database, notifier: here, noteWithin, now });
  elsewhere = createBlocks({ database: fresh.database, notifier: there, noteWithin, now });
});
afterAll(async () => {
  for (const notifier of notifiers) await notifier.close();
  await fresh.drop();
});

test("keeps out a login, a person under every login, and the workloads that they own", async () => {
  const agent = actor("agent", { kind: "workload", person: "agent", owner: "ada" });
  const other = actor("ada-admin", { person: "ada" });
  await blocks.block(ada.id, "laptop stolen", max);
  await expect(blocks.admit(ada)).rejects.toMatchObject(refused);
  for (const admitted of [other, agent, eve]) await blocks.admit(admitted);
  await blocks.block("ada", "left", max);
  for (const out of [ada, other, agent]) await expect(blocks.admit(out)).rejects.toMatchObject(refused);
  await blocks.admit(eve);
});

test("is lifted by its id, and then let in", async () => {
  const { id } = await blocks.block("ada", "left", max);
  expect(await blocks.list()).toMatchObject([{ id, subject: "ada", reason: "left", by: max.id }]);
  expect(await blocks.lift(id, "back", max)).toMatchObject({ subject: "ada" });
  await blocks.admit(ada);
  await expect(blocks.lift(id, "back", max)).rejects.toMatchObject({ code: "not_found" });
});

test("is one for each, also where two administrators ask at once, and never one's own", async () => {
  const asked = await Promise.allSettled([blocks.block("ada", "a", max), elsewhere.block("ada", "b", eve)]);
  expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(asked.find((each) => each.status === "rejected")?.reason).toMatchObject({ code: "conflict" });
  for (const own of [max.id, max.person])
    await expect(blocks.block(own, "oops", max)).rejects.toMatchObject({ code: "invalid" });
});

test("tells whoever watches, once, in another process too", async () => {
  await elsewhere.admit(ada);
  const until = new AbortController();
  let calls = 0;
  const told = new Promise<void>((resolve) =>
    elsewhere.watch(ada, until.signal, () => {
      calls++;
      resolve();
    }),
  );
  elsewhere.watch(eve, until.signal, () => calls++);
  await blocks.block("ada", "left", max);
  await told;
  await expect(elsewhere.admit(ada)).rejects.toMatchObject(refused);
  clock += 900;
  await elsewhere.list();
  expect(calls).toBe(1);
});

test("is seen by the next look soon after, where the notification was lost", async () => {
  await elsewhere.admit(ada);
  let told = false;
  elsewhere.watch(ada, new AbortController().signal, () => (told = true));
  await fresh.database.pool.query(
    `insert into actor_blocks values ('blk_00000000000000000000000000', 'ada', 'left', 'max', now())`,
  );
  await elsewhere.admit(ada);
  clock += 900;
  await expect(elsewhere.admit(ada)).rejects.toMatchObject(refused);
  expect(told).toBe(true);
});

test("lets nobody in where the store gives no answer", async () => {
  await fresh.database.pool.query("alter table actor_blocks rename to gone");
  await expect(blocks.admit(ada)).rejects.toThrow(/actor_blocks/);
  await fresh.database.pool.query("alter table gone rename to actor_blocks");
  await blocks.admit(ada);
});
