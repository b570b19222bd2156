import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { readCatalog } from "../protocols/postgres/catalog/read.ts";
import { createVault } from "../vault/vault.ts";
import { applyDeclaration } from "./apply.ts";
import { parseDeclaration } from "./declaration.ts";
import { createTargets, type Targets } from "./targets.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let notifier: Notifier;
let targets: Targets;
let down = false;
let puts: string[] = [];
let clock = 0;
const now = () => clock;

beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
  await fresh.database.pool.query("create table customers (id int primary key, email text, card text)");
  notifier = await createNotifier(fresh.database);
});
beforeEach(async () => {
  await fresh.database.pool.query("truncate targets, target_classes, known_columns, classification");
  targets?.close();
  clock += 60_000;
  [down, puts] = [false, []];
  targets = createTargets({
    database: fresh.database,
    notifier,
    noteWithin: async () => {},
    now,
    vault: createVault({ keys: [{ id: "k", key: randomBytes(32) }], now }),
    readCatalog: async (target) => {
      if (down || target.disabled) throw new Refusal("target_unreachable", "It does not answer.");
      const raw = await readCatalog(
        async (sql) => (await fresh.database.pool.query({ text: sql, rowMode: "array" })).rows,
      );
      return target.address.host === "empty.test" ? { ...raw, relations: [] } : raw;
    },
    classifyRaw: (raw) => ({ ...raw, revision: "", functions: [] }),
  });
});
afterAll(async () => {
  await notifier.close();
  await fresh.drop();
});

const file = (changed: { host?: string; classes?: string; map?: string; more?: string } = {}) => `
version: 1
classes: [${changed.classes ?? "{ name: email, mask: { kind: redact } }"}]
patterns: []
targets:
  - name: shop
    kind: postgres
    host: ${changed.host ?? "db.test"}
    database: shop
    user: gate
    password: s3cret
    classes: { public.customers: ${changed.map ?? "{ email: email }"} }
${changed.more ?? ""}
policies: "permit (principal, action, resource);"`;

const apply = (text: string) =>
  applyDeclaration(parseDeclaration(text, { variables: {}, readText: () => "" }), {
    targets,
    putPolicies: async (policies) => puts.push(policies),
  });

test("applied once it is there, applied again nothing changes", async () => {
  expect(await apply(file())).toEqual([]);
  const first = await targets.get("shop");
  expect(first).toMatchObject({ managed: true, disabled: false });
  expect(await targets.classes("shop")).toEqual({ "public.customers": { email: "email" } });
  expect(puts).toEqual(["permit (principal, action, resource);"]);
  down = true;
  expect(await apply(file())).toEqual([]);
  expect(await targets.get("shop")).toEqual(first);
});

test("a target whose classes cannot be checked stays shut until they can", async () => {
  down = true;
  expect(await apply(file())).toMatchObject([
    { part: "target shop", refusal: { code: "target_unreachable" } },
  ]);
  expect(await targets.get("shop")).toMatchObject({ disabled: true });
  down = false;
  clock += 5_000;
  expect(await apply(file())).toEqual([]);
  expect(await targets.get("shop")).toMatchObject({ disabled: false });
});

test("a wrong class shuts a new target, and leaves one that runs as it was", async () => {
  expect(await apply(file({ map: "{ emial: email }" }))).toMatchObject([
    { refusal: { code: "classes_invalid" } },
  ]);
  expect(await targets.get("shop")).toMatchObject({ disabled: true });
  await apply(file());
  expect(await apply(file({ map: "{ emial: email }" }))).toHaveLength(1);
  expect(await targets.get("shop")).toMatchObject({ disabled: false });
  expect(await targets.classes("shop")).toEqual({ "public.customers": { email: "email" } });
  expect(await apply(file({ host: "new.test", map: "{ emial: email }" }))).toHaveLength(1);
  expect(await targets.get("shop")).toMatchObject({ disabled: true, address: { host: "new.test" } });
});

test("a target that moves is shut until the classes that it had fit where it is", async () => {
  await apply(file());
  for (const _ of ["at once", "and again"]) {
    expect(await apply(file({ host: "empty.test" }))).toMatchObject([
      { part: "target shop", refusal: { code: "classes_invalid" } },
    ]);
    expect(await targets.get("shop")).toMatchObject({ disabled: true });
  }
  expect(await apply(file({ host: "new.test" }))).toEqual([]);
  expect(await targets.get("shop")).toMatchObject({ disabled: false, address: { host: "new.test" } });
});

test("a class that goes together with its use goes", async () => {
  await apply(file());
  const card = "{ name: card, mask: { kind: last, count: 4 } }";
  expect(await apply(file({ classes: card, map: "{ card: card }" }))).toEqual([]);
  expect((await targets.dataClasses()).map(({ name }) => name)).toEqual(["card"]);
});

test("what the file no longer names goes to the portal, disabled", async () => {
  await apply(file({ more: "  - { name: lab, kind: postgres, host: lab.test, database: d, user: u }" }));
  expect((await targets.list()).map(({ name }) => name)).toEqual(["lab", "shop"]);
  await apply(file());
  expect(await targets.get("lab")).toMatchObject({ managed: false, disabled: true });
  const released = await targets.get("lab");
  await apply(file());
  expect(await targets.get("lab")).toEqual(released);
});

test("policies that do not validate stop it before a target opens", async () => {
  const putPolicies = () => Promise.reject(new Refusal("policy_invalid", "No."));
  const declaration = parseDeclaration(file(), { variables: {}, readText: () => "" });
  await expect(applyDeclaration(declaration, { targets, putPolicies })).rejects.toMatchObject({
    code: "policy_invalid",
  });
  expect(await targets.list()).toEqual([]);
});
