import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import { ActorId } from "../../shared/ids.ts";
import { PostgresTarget, type Target, TargetInput } from "../../shared/nouns/target.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import type { RawCatalog } from "../protocols/postgres/catalog/raw-catalog.ts";
import { readCatalog } from "../protocols/postgres/catalog/read.ts";
import { classify } from "../masking/classify.ts";
import type { Draft } from "../journal/chain.ts";
import { createVault } from "../vault/vault.ts";
import type { Classify } from "./catalogs.ts";
import { createTargets, type Targets } from "./targets.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let shop: Awaited<ReturnType<typeof freshDatabase>>;
let notifier: Notifier;
let targets: Targets;
let clock = Date.parse("2026-11-20T10:00:00Z");
let reads = 0;
let broken = false;
/** What becomes an entry, and what writing it throws. */
let noted: Draft[] = [];
let unwritable: Error | undefined;
const key = randomBytes(32);
const now = () => clock;
const portal = { managed: false };

async function read(): Promise<RawCatalog> {
  reads++;
  if (broken) throw new Error("connection refused");
  const client = new pg.Client({ connectionString: shop.url });
  await client.connect();
  try {
    return await readCatalog(
      async (sql) => (await client.query<(string | null)[]>({ text: sql, rowMode: "array" })).rows,
    );
  } finally {
    await client.end();
  }
}

const classifyRaw: Classify = (raw, map, patterns) =>
  classify(raw, map, patterns, { views: new Map(), functions: new Map() });

const build = (on: Notifier) =>
  createTargets({
    database: fresh.database,
    notifier: on,
    noteWithin: async (_, draft) => {
      if (unwritable) throw unwritable;
      noted.push(draft);
    },
    now,
    vault: createVault({ keys: [{ id: "k1", key }], now }),
    readCatalog: read,
    classifyRaw,
  });
/** Who waits to change classes, wherever they are in it. */
const waitingForClasses = async () => {
  const { rows } = await fresh.database.pool.query<{ waiting: number }>(
    `select count(distinct pid)::int as waiting from pg_locks join pg_database d on d.oid = database
     where not granted and datname = current_database()`,
  );
  return rows[0]?.waiting;
};
const input = (changed: Record<string, unknown> = {}) =>
  TargetInput.parse({
    kind: "postgres",
    host: "db.test",
    database: "shop",
    user: "gate",
    password: "s3cret",
    tags: { env: "prod" },
    ...changed,
  });
const email = { name: "email", description: "", mask: { kind: "email-domain" as const }, lookup: true };

beforeAll(async () => {
  [fresh, shop] = await Promise.all([freshDatabase({ migrate: true }), freshDatabase()]);
  await shop.database.pool.query("create table customers (id int primary key, email text)");
  notifier = await createNotifier(fresh.database);
});
beforeEach(async () => {
  await fresh.database.pool.query("truncate targets, target_classes, known_columns, classification");
  targets?.close();
  targets = build(notifier);
  reads = 0;
  broken = false;
  [noted, unwritable] = [[], undefined];
});
afterAll(async () => {
  await notifier.close();
  await Promise.all([fresh.drop(), shop.drop()]);
});

test("a target is kept without its password showing anywhere", async () => {
  const target = await targets.put("shop", input(), portal);
  expect(target).toMatchObject({
    name: "shop",
    address: { host: "db.test", port: 5432, database: "shop", tls: "verify" },
    tags: { env: "prod" },
    managed: false,
  });
  expect(await targets.list()).toEqual([target]);
  expect(await targets.get("other")).toBeUndefined();
  const { rows } = await fresh.database.pool.query("select t::text as row from targets t");
  expect(JSON.stringify([rows, target])).not.toContain("s3cret");
});

test("each change is there with its entry, which holds no secret, or not at all", async () => {
  const by = { managed: false, actor: ActorId.parse("issuer.test|jonas") };
  const { revision } = await targets.put("shop", input(), by);
  await targets.put("shop", input(), by);
  await targets.put("shop", input({ password: undefined, disabled: true }), { managed: true });
  await targets.setDataClasses([email], [], by);
  const map = { "public.customers": { email: "email" } };
  await targets.setClasses("shop", map, by);
  await targets.release("shop");
  await targets.remove("shop", by);
  const tells = (kind: string, body: object, actor: string | null = by.actor) => ({ kind, actor, body });
  expect(noted).toMatchObject([
    tells("target.changed", {
      target: "shop",
      revision,
      tags: { env: "prod" },
      user: "gate",
      credential: true,
    }),
    tells("target.changed", { disabled: true, credential: false, by: "declaration" }, null),
    tells("classes.changed", { classes: [email], patterns: [] }),
    tells("classes.changed", { target: "shop", classes: map }),
    tells("target.changed", { disabled: true, managed: false, by: "declaration" }, null),
    tells("target.changed", { target: "shop", removed: true }),
  ]);
  expect(JSON.stringify(noted)).not.toContain("s3cret");

  unwritable = new Refusal("journal_unavailable", "The ledger cannot be written now.");
  await expect(targets.put("other", input(), by)).rejects.toBe(unwritable);
  await expect(targets.setDataClasses([], [], by)).rejects.toBe(unwritable);
  const after = build(notifier);
  expect([await after.list(), await after.dataClasses()]).toEqual([[], [email]]);
  after.close();
});

test("of two who change a target's classes at once, one is told so; what both say is no conflict", async () => {
  await targets.put("shop", input(), portal);
  await targets.setDataClasses([email, { ...email, name: "other" }], [], portal);
  const elsewhere = build(notifier);
  const put = (where: Targets, to: string) =>
    where.setClasses("shop", { "public.customers": { email: to } }, portal);
  // Both have read the map when the first one writes.
  const holder = await fresh.database.pool.connect();
  await holder.query("begin; lock table target_classes in exclusive mode");
  const settled = Promise.allSettled([
    put(targets, "email"),
    put(elsewhere, "other"),
    put(elsewhere, "other"),
  ]);
  await expect.poll(() => waitingForClasses()).toBe(3);
  await holder.query("commit");
  holder.release();
  const refused = (await settled).filter(({ status }) => status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
  for (const each of refused) expect(each).toMatchObject({ reason: { code: "conflict" } });
  expect(noted.filter(({ body }) => "target" in body && "classes" in body)).toHaveLength(1);
  elsewhere.close();
});

test("TLS is checked by default, and off on this machine", async () => {
  const tls = async (changed: Record<string, unknown>) =>
    PostgresTarget.parse(await targets.put("t", input(changed), portal)).address.tls;
  expect(await tls({})).toBe("verify");
  expect(await tls({ tls: true })).toBe("verify");
  expect(await tls({ tls: false })).toBe("off");
  expect(await tls({ tls: "require" })).toBe("require");
  expect(await tls({ host: "127.0.0.1" })).toBe("off");
  expect(await tls({ host: "localhost", tls: true })).toBe("verify");
});

test("the revision grows with every change and with nothing else, and is never used again", async () => {
  const first = await targets.put("shop", input(), portal);
  expect(await targets.put("shop", input(), portal)).toEqual(first);
  const tagged = await targets.put("shop", input({ tags: { env: "staging" } }), portal);
  const password = await targets.put("shop", input({ tags: { env: "staging" }, password: "other" }), portal);
  expect(tagged.revision).toBeGreaterThan(first.revision);
  expect(password.revision).toBeGreaterThan(tagged.revision);
  await targets.remove("shop", portal);
  expect((await targets.put("shop", input(), portal)).revision).toBeGreaterThan(password.revision);
});

test("a sealed password is kept, but never sent to another server or as another user", async () => {
  const { revision } = await targets.put("shop", input(), portal);
  const sealed = await targets.sealed("shop", revision);
  await targets.put("shop", input({ password: undefined, tags: {}, database: "other" }), portal);
  expect(await targets.sealed("shop")).toEqual(sealed);
  for (const changed of [{ host: "evil.test" }, { port: 6543 }, { user: "root" }, { tls: false }])
    await expect(
      targets.put("shop", input({ password: undefined, ...changed }), portal),
    ).rejects.toMatchObject({
      code: "invalid",
    });
  await targets.put("shop", input({ host: "evil.test", password: "new" }), portal);
  expect(await targets.sealed("shop")).not.toEqual(sealed);
  await expect(targets.sealed("shop", revision)).rejects.toMatchObject({ code: "conflict" });
});

test("a cloud's metadata service is no target", async () => {
  await expect(targets.put("t", input({ host: "0xa9fea9fe" }), portal)).rejects.toMatchObject({
    code: "invalid",
  });
});

test("what the file manages, the portal does not change", async () => {
  await targets.put("shop", input(), { managed: true });
  await targets.setDataClasses([email], [], { managed: true });
  await targets.setClasses("shop", { "public.customers": { email: "email" } }, { managed: true });
  const refused = { code: "managed" };
  await expect(targets.put("shop", input({ tags: {} }), portal)).rejects.toMatchObject(refused);
  await expect(targets.remove("shop", portal)).rejects.toMatchObject(refused);
  await expect(targets.setClasses("shop", {}, portal)).rejects.toMatchObject(refused);
  await expect(targets.setDataClasses([], [], portal)).rejects.toMatchObject(refused);
  await targets.release("shop");
  expect(await targets.get("shop")).toMatchObject({ managed: false, disabled: true });
  await targets.setClasses("shop", {}, portal);
});

test("another process sees a change by its notification", async () => {
  const elsewhere = await createNotifier(fresh.database);
  const other = build(elsewhere);
  await targets.put("shop", input(), portal);
  expect((await other.get("shop"))?.tags).toEqual({ env: "prod" });
  const told = new Promise((resolve) => elsewhere.subscribe(resolve));
  await targets.put("shop", input({ tags: { env: "staging" } }), portal);
  await told;
  expect((await other.get("shop"))?.tags).toEqual({ env: "staging" });
  other.close();
  await elsewhere.close();
});

const put = async (): Promise<Target> => {
  await targets.setDataClasses([email], [], portal);
  return targets.put("shop", input(), portal);
};

test("a catalog is read once for all who ask", async () => {
  const target = await put();
  const [one, two] = await Promise.all([targets.catalog(target), targets.catalog(target)]);
  expect(two).toBe(one);
  expect(one.revision).toMatch(/^[0-9a-f]{64}$/);
  expect(reads).toBe(1);
});

test("a refresh and another revision read again; the same content keeps its revision", async () => {
  const target = await put();
  const before = await targets.catalog(target);
  expect((await targets.refresh(target)).revision).toBe(before.revision);
  await targets.catalog(await targets.put("shop", input({ tags: {} }), portal));
  expect(reads).toBe(3);
  await shop.database.pool.query("alter table customers add column note text");
  const later = await targets.refresh(target);
  expect(later.revision).not.toBe(before.revision);
  await shop.database.pool.query("alter table customers drop column note");
});

test("what changed beside the gateway is seen after five minutes", async () => {
  const target = await put();
  await targets.catalog(target);
  clock += 5 * 60_000;
  await targets.catalog(target);
  expect(reads).toBe(2);
});

test("a failure is a refusal, and is tried again a little later", async () => {
  const target = await put();
  broken = true;
  await expect(targets.catalog(target)).rejects.toMatchObject({ code: "catalog_unavailable" });
  await expect(targets.catalog(target)).rejects.toMatchObject({ code: "catalog_unavailable" });
  expect(reads).toBe(1);
  broken = false;
  clock += 3_000;
  expect((await targets.catalog(target)).relations).toHaveLength(1);
});

test("classes change the catalog and its revision", async () => {
  const target = await put();
  const before = await targets.catalog(target);
  await targets.setClasses("shop", { "public.customers": { email: "email" } }, portal);
  const after = await targets.catalog(target);
  expect(after.relations[0]?.columns[1]?.class).toBe("email");
  expect(after.revision).not.toBe(before.revision);
  expect(await targets.classes("shop")).toEqual({ "public.customers": { email: "email" } });
});

test("classes that do not fit the catalog are refused, all of them named", async () => {
  await put();
  const map = {
    "public.nothing": { x: "email" },
    "public.customers": { emial: "email", id: "secret", email: "none" },
  };
  await expect(targets.setClasses("shop", map, portal)).rejects.toMatchObject({
    code: "classes_invalid",
    extra: {
      problems: [
        'There is no relation "public.nothing".',
        '"public.customers" has no column "emial".',
        'There is no class "secret", named for "public.customers.id".',
      ],
    },
  });
  await expect(targets.setClasses("nowhere", {}, portal)).rejects.toMatchObject({ code: "not_found" });
});

test("classes that cannot be checked are refused", async () => {
  await put();
  broken = true;
  await expect(
    targets.setClasses("shop", { "public.customers": { email: "email" } }, portal),
  ).rejects.toMatchObject({ code: "catalog_unavailable" });
  expect(await targets.classes("shop")).toEqual({});
});

test("a class that is used, or is named by a pattern, cannot go", async () => {
  await put();
  await targets.setClasses("shop", { "public.customers": { email: "email" } }, portal);
  await expect(targets.setDataClasses([], [], portal)).rejects.toMatchObject({ code: "classes_invalid" });
  await expect(
    targets.setDataClasses([email], [{ column: "*card*", class: "card" }], portal),
  ).rejects.toMatchObject({ code: "classes_invalid" });
  await expect(targets.setDataClasses([email, email], [], portal)).rejects.toMatchObject({
    code: "classes_invalid",
  });
  await targets.setDataClasses([email], [{ column: "*mail*", class: "email" }], portal);
  expect(await targets.patterns()).toEqual([{ column: "*mail*", class: "email" }]);
  expect(await targets.dataClasses()).toEqual([email]);
});

test("a new sealing key takes over without a new revision", async () => {
  const target = await put();
  const vault = createVault({
    keys: [
      { id: "k2", key: randomBytes(32) },
      { id: "k1", key },
    ],
    now,
  });
  const rotated = createTargets({
    database: fresh.database,
    notifier,
    noteWithin: async () => {},
    now,
    vault,
    readCatalog: read,
    classifyRaw,
  });
  expect(await rotated.reseal()).toBe(1);
  expect(await rotated.reseal()).toBe(0);
  const sealed = await rotated.sealed("shop", target.revision);
  expect(sealed?.keyId).toBe("k2");
  rotated.close();
});
