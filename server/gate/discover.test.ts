import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClassMap } from "../../shared/nouns/catalog.ts";
import { type Target, TargetInput } from "../../shared/nouns/target.ts";
import { createApprovals } from "../approval/approvals.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { seedShop } from "../demo/shop/seed.ts";
import { startJournal, temporaryFolder } from "../journal/testing.ts";
import { readBodies } from "../masking/bodies.ts";
import { classify } from "../masking/classify.ts";
import { actorOf } from "../policy/testing.ts";
import { defaultBackendLimits } from "../protocols/postgres/connect/settings.ts";
import { defaultSshLimits } from "../protocols/ssh/connect/limits.ts";
import { createParser } from "../protocols/postgres/parse/parser.ts";
import { createTargets, type Targets } from "../targets/targets.ts";
import { createVault } from "../vault/vault.ts";
import { createDiscover, type Discover } from "./discover.ts";
import { createSurvey } from "./survey.ts";

let store: Awaited<ReturnType<typeof freshDatabase>>;
let shop: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let started: Awaited<ReturnType<typeof startJournal>>;
let notifier: Notifier;
let targets: Targets;
let target: Target;
let discover: Discover;
const parser = createParser({ workers: 1, deadlineMs: 60_000 });
const administrator = actorOf("human", [], "admin");
const by = { managed: false };
const now = Date.now;
const names = ["email", "card", "iban", "phone", "birth-date", "personal", "salary", "national-id"];

beforeAll(async () => {
  [store, shop, folder] = await Promise.all([
    freshDatabase({ migrate: true }),
    freshDatabase(),
    temporaryFolder(),
  ]);
  await seedShop({ url: shop.url, asOf: new Date("2026-11-20T09:00:00Z"), log: () => undefined });
  started = await startJournal(store.url, folder.path);
  notifier = await createNotifier(store.database);
  const vault = createVault({ keys: [{ id: "k", key: randomBytes(32) }], now });
  const approvals = createApprovals({ database: store.database, notifier, now });
  targets = createTargets({
    database: store.database,
    notifier,
    noteWithin: async () => {},
    now,
    vault,
    readCatalog: (of) => survey.catalog(of),
    classifyRaw: async (raw, map, patterns, appeared) =>
      classify(raw, map, patterns, await readBodies(raw, parser), appeared),
  });
  const asking = {
    approvals,
    vault,
    journal: started.journal,
    backendLimits: { ...defaultBackendLimits, isRefusedAddress: () => false },
    sshLimits: { ...defaultSshLimits, isRefusedAddress: () => false },
    now,
    sealed: targets.sealed,
  };
  const survey = createSurvey(asking);
  discover = createDiscover({ ...asking, targets });
  await targets.setDataClasses(
    names.map((name) => ({ name, description: "", mask: { kind: "redact" as const }, lookup: false })),
    [],
    by,
  );
  const { hostname, port, pathname, username, password } = new URL(shop.url);
  target = await targets.put(
    "shop",
    TargetInput.parse({
      kind: "postgres",
      host: hostname,
      port: Number(port),
      database: pathname.slice(1),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password) || "trusted",
      tls: "off",
    }),
    by,
  );
}, 180_000);
afterAll(async () => {
  parser.close();
  targets.close();
  await notifier.close();
  await started.stop();
  await Promise.all([store.drop(), shop.drop(), folder.remove()]);
});

/** What the demo declares, and what it leaves to see: names, and an address in one note of fifty. */
const personal: ClassMap = {
  "public.customers": {
    email: "email",
    phone: "phone",
    card_number: "card",
    iban: "iban",
    birth_date: "birth-date",
    profile: "personal",
    name: "personal",
  },
  "public.payments": { card_number: "card", iban: "iban" },
  "public.employees": {
    email: "email",
    national_id: "national-id",
    birth_date: "birth-date",
    salary: "salary",
    iban: "iban",
    name: "personal",
  },
  "fulfilment.shipments": { recipient_name: "personal", recipient_phone: "phone" },
  "public.order_notes": { body: "personal" },
};
const entries = (map: ClassMap) =>
  Object.entries(map).flatMap(([relation, columns]) =>
    Object.entries(columns).map(([column, dataClass]) => `${relation}.${column}: ${dataClass}`),
  );

describe("the demo shop", () => {
  test("every personal column is proposed with its class, and no other", async () => {
    const { proposals, relations, columns, skipped } = await discover(target, administrator, {});
    const found = proposals.map((each) => `${each.relation}.${each.column}: ${each.class}`);
    const expected = entries(personal);
    const alarms = found.filter((each) => !expected.includes(each));
    const missed = expected.filter((each) => !found.includes(each));
    const counts = `${columns} columns of ${relations} relations, ${found.length - alarms.length} of ${expected.length} found, ${alarms.length} false alarms`;
    process.stdout.write(`discovery: ${counts}\n`);
    for (const { relation, column, class: name, confidence, evidence } of proposals)
      process.stdout.write(`  ${confidence.toFixed(2)} ${relation}.${column}: ${name}. ${evidence.says}\n`);
    expect({ alarms, missed, skipped }).toEqual({ alarms: [], missed: [], skipped: [] });
    const sure = proposals.filter(({ confidence }) => confidence >= 0.8).map(({ column }) => column);
    expect(sure).toEqual(expect.arrayContaining(["email", "card_number", "iban", "phone", "birth_date"]));
    expect(sure).not.toContain("name");
  });

  test("what has a class, or was decided to have none, is not looked at again", async () => {
    const { "public.customers": customers = {}, ...rest } = personal;
    const { phone: _, ...decided } = customers;
    await targets.setClasses("shop", { ...rest, "public.customers": { ...decided, name: "none" } }, by);
    const { proposals } = await discover(target, administrator, {});
    expect(proposals.map(({ relation, column }) => `${relation}.${column}`)).toEqual([
      "public.customers.phone",
    ]);
  });

  test("one relation can be asked for, and what cannot be read is said", async () => {
    const client = new pg.Client({ connectionString: shop.url });
    await client.connect();
    await client.query(`create domain address as text check (value like '%@%');
      create table odd ("Str""ange" text, "constructor" text, mail text, reach address);
      insert into odd select 'a' || i || '@mail.example', 'x', null, 'b' || i || '@mail.example' from generate_series(1, 30) i;
      create view shown as select * from odd`);
    await client.end();
    await targets.refresh(target);
    const found = await discover(target, administrator, { relations: ["public.odd", "public.nowhere"] });
    expect(found).toMatchObject({
      relations: 1,
      columns: 4,
      proposals: [
        { relation: "public.odd", column: 'Str"ange', class: "email", evidence: { sampled: 30 } },
        { column: "reach", type: "address", class: "email" },
      ],
      skipped: [{ relation: "public.nowhere" }],
    });
  });

  test("each look is in the ledger before it happens, with who and at what, and without a value", async () => {
    const ledger = await started.journal.ledger.page(0, 500);
    const looks = ledger.filter(({ kind }) => kind === "discovery.read");
    expect(looks).toHaveLength(3);
    expect(looks.at(-1)).toMatchObject({
      actor: administrator.id,
      body: { target: "shop", purpose: "discovery", relations: ["public.odd"] },
    });
    expect(JSON.stringify(looks)).not.toMatch(/mail\.example/);
  });

  test("one look at a target at a time", async () => {
    const first = discover(target, administrator, {});
    await expect(discover(target, administrator, {})).rejects.toMatchObject({ code: "conflict" });
    await first;
  });
});

test("a relation that the gateway's user may not read is skipped, and the others are read", async () => {
  const client = new pg.Client({ connectionString: shop.url });
  await client.connect();
  const role = `reader_${crypto.randomUUID().replaceAll("-", "")}`;
  await client.query(`create role ${role} login password 'reader';
    grant usage on schema public, fulfilment to ${role};
    grant select on customers to ${role}`);
  const { hostname, port, pathname } = new URL(shop.url);
  const limited = await targets.put(
    "limited",
    TargetInput.parse({
      kind: "postgres",
      host: hostname,
      port: Number(port),
      database: pathname.slice(1),
      user: role,
      password: "reader",
      tls: "off",
    }),
    by,
  );
  const { proposals, skipped } = await discover(limited, administrator, {});
  expect(skipped).toContainEqual({
    relation: "public.employees",
    because: "The gateway's user at the target may not read it.",
  });
  expect(proposals.map(({ relation }) => relation)).toContain("public.customers");
  await client.query(`drop owned by ${role}; drop role ${role}`);
  await client.end();
});
