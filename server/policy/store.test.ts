import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import type { Draft } from "../journal/chain.ts";
import { createPolicyStore, type PolicyStore } from "./store.ts";

const one = '@id("one") permit (principal, action, resource);';
const two = '@id("two") permit (principal, action, resource);';
const by = { by: "issuer.test|jonas", comment: "why", managed: false };

let store: Awaited<ReturnType<typeof freshDatabase>>;
const notifiers: Notifier[] = [];
const policies: PolicyStore[] = [];
let clock = 0;
/** What becomes an entry with a version, and what writing it throws. */
let noted: Draft[] = [];
let unwritable: Error | undefined;
const noteWithin = async (_: unknown, draft: Draft) => {
  if (unwritable) throw unwritable;
  noted.push(draft);
};

beforeAll(async () => {
  store = await freshDatabase({ migrate: true });
  for (let process = 0; process < 2; process++) {
    const notifier = await createNotifier(store.database);
    notifiers.push(notifier);
    policies.push(createPolicyStore({ database: store.database, notifier, noteWithin, now: () => clock }));
  }
});
afterAll(async () => {
  for (const each of policies) each.close();
  for (const notifier of notifiers) await notifier.close();
  await store.drop();
});
beforeEach(async () => {
  await store.database.pool.query("truncate policy_versions");
  [noted, unwritable] = [[], undefined];
  // Also makes what the stores hold from the test before stale.
  clock += 3_600_000;
});

const at = (index: number): PolicyStore => {
  const found = policies[index];
  if (found === undefined) throw new Error("no such store");
  return found;
};
const ids = async (index: number) => [...(await at(index).current()).policies.keys()];

describe("the store of policies", () => {
  it("begins with version 0, which allows nothing", async () => {
    expect(await at(0).current()).toMatchObject({ version: 0, text: "" });
    expect(await at(0).latest()).toBeUndefined();
  });

  it("puts a text in force with its entry, or not at all", async () => {
    const kind = "policy.changed";
    await at(0).put(one, by);
    await at(0).put(one, by);
    await at(0).put(two, { ...by, by: "declaration" });
    expect(noted).toMatchObject([
      { kind, actor: by.by, body: { version: 1, comment: by.comment, text: one } },
      { kind, actor: null, body: { version: 2, by: "declaration", text: two } },
    ]);
    unwritable = new Refusal("journal_unavailable", "The ledger cannot be written now.");
    await expect(at(0).put(one, by)).rejects.toBe(unwritable);
    expect(await at(0).latest()).toMatchObject({ version: 2, text: two });
  });

  it("puts a valid text in force here at once, and in other processes", async () => {
    await ids(1);
    expect(await at(0).put(one, by)).toMatchObject({ version: 1, text: one, ...by });
    expect(await ids(0)).toEqual(["one"]);
    await at(0).put(two, by);
    expect(await ids(0)).toEqual(["two"]);
    // Even where the notification is lost.
    clock += 1_000;
    expect(await ids(1)).toEqual(["two"]);
    expect((await at(1).history(10)).map(({ version, text }) => [version, text])).toEqual([
      [2, two],
      [1, one],
    ]);
  });

  it("keeps the version in force where a text does not validate", async () => {
    await at(0).put(one, by);
    await expect(at(0).put("permit (", by)).rejects.toMatchObject({ code: "policy_invalid" });
    expect(await at(0).latest()).toMatchObject({ version: 1 });
  });

  it("adds no version for the text that is in force", async () => {
    await at(0).put(one, by);
    expect(await at(0).put(one, { ...by, comment: "again" })).toMatchObject({ version: 1, comment: "why" });
  });

  it("refuses a change that was made from another version", async () => {
    await at(0).put(one, { ...by, replacing: 0 });
    await expect(at(0).put(two, { ...by, replacing: 0 })).rejects.toMatchObject({ code: "conflict" });
    expect(await at(0).put(two, { ...by, replacing: 1 })).toMatchObject({ version: 2 });
  });

  it("leaves what a file manages to the file", async () => {
    await at(0).put(one, { by: "declaration", comment: "", managed: true });
    await expect(at(0).put(two, by)).rejects.toMatchObject({ code: "managed" });
    expect(await at(0).put(two, { by: "declaration", comment: "", managed: true })).toMatchObject({
      version: 2,
    });
  });

  it("numbers versions without gaps when they are put at the same time", async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => at(index % 2).put(one.replace('"one"', `"p${index}"`), by)),
    );
    expect((await at(0).history(100)).map(({ version }) => version)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect((await at(0).current()).version).toBe(10);
  });

  it("refuses to decide by what it cannot check any more", async () => {
    await at(0).put(one, by);
    await at(0).current();
    await store.database.pool.query("alter table policy_versions rename to gone");
    try {
      clock += 1_000;
      await expect(at(0).current()).rejects.toThrow("policy_versions");
    } finally {
      await store.database.pool.query("alter table gone rename to policy_versions");
    }
  });
});
