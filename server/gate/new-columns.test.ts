import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ClassMap } from "../../shared/nouns/catalog.ts";
import type { NewColumns } from "../../shared/nouns/discovery.ts";
import { TargetInput } from "../../shared/nouns/target.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { readBodies } from "../masking/bodies.ts";
import { classify } from "../masking/classify.ts";
import { compilePolicies } from "../policy/policies.ts";
import { actorOf } from "../policy/testing.ts";
import { readCatalog } from "../protocols/postgres/catalog/read.ts";
import { createParser, type Parser } from "../protocols/postgres/parse/parser.ts";
import { createTargets, type Targets } from "../targets/targets.ts";
import { createVault } from "../vault/vault.ts";
import { createUnderstandSql } from "./understand-sql.ts";

let store: Awaited<ReturnType<typeof freshDatabase>>;
let notifier: Notifier;
let parser: Parser;
let shop: Awaited<ReturnType<typeof freshDatabase>>;
let client: pg.Client;
let targets: Targets;

const now = () => Date.parse("2026-11-20T10:00:00Z");
const by = { managed: false };
const actor = actorOf("human", []);
const classes = [
  { name: "email", description: "", mask: { kind: "email-domain" as const }, lookup: false },
  { name: "phone", description: "", mask: { kind: "redact" as const }, lookup: false },
];

const schema = `
  create table customers (id int primary key, name text, email text);
  insert into customers values (1, 'Ann', 'ann@mail.example');
  create table orders (id int primary key, note text);
  insert into orders values (1, 'gift wrap');
  create view everybody as select * from customers;
  create table events (id int, email text, at date) partition by range (at);
  create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
  insert into events values (1, 'ann@mail.example', '2026-02-03');`;
const map: ClassMap = { "public.customers": { email: "email" }, "public.events": { email: "email" } };

const build = (newColumns?: NewColumns) =>
  createTargets({
    database: store.database,
    notifier,
    noteWithin: async () => {},
    now,
    vault: createVault({ keys: [{ id: "k", key: randomBytes(32) }], now }),
    readCatalog: () => readCatalog(async (sql) => (await client.query({ text: sql, rowMode: "array" })).rows),
    classifyRaw: async (raw, classMap, patterns, appeared) =>
      classify(raw, classMap, patterns, await readBodies(raw, parser), appeared),
    ...(newColumns && { newColumns }),
  });

beforeAll(async () => {
  store = await freshDatabase({ migrate: true });
  notifier = await createNotifier(store.database);
  parser = createParser({ workers: 1, deadlineMs: 60_000 });
});
beforeEach(async () => {
  await store.database.pool.query("truncate targets, target_classes, known_columns, classification");
  shop = await freshDatabase();
  client = new pg.Client({ connectionString: shop.url });
  client.on("error", () => undefined);
  await client.connect();
  await client.query(schema);
  targets = build();
  await targets.setDataClasses(classes, [{ column: "*_mail", class: "email" }], by);
  await targets.put(
    "shop",
    TargetInput.parse({ kind: "postgres", host: "db.test", database: "d", user: "u" }),
    by,
  );
  await targets.setClasses("shop", map, by);
});
afterEach(async () => {
  targets.close();
  await client.end();
  await shop.drop();
});
afterAll(async () => {
  parser.close();
  await notifier.close();
  await store.drop();
});

const shopTarget = async () => {
  const target = await targets.get("shop");
  if (target?.kind !== "postgres") throw new Error("the target is there");
  return target;
};
/** The statement changes the target, and the gateway looks again. */
const changed = async (sql: string) => {
  await client.query(sql);
  await targets.refresh(await shopTarget());
};
const policies = compilePolicies(`@id("all") permit (principal, action in Action::"sql.any", resource);`, 1);
/** What somebody without any right to see a class gets. */
const asked = async (sql: string) => {
  const understand = createUnderstandSql({
    targets,
    parser,
    tokenKey: () => "key",
    now,
    policies: { current: async () => policies },
  });
  const { rewritten, meaning, decision } = await understand({
    actor,
    target: await shopTarget(),
    sql,
    parameters: [],
    session: undefined,
    lookups: async (values) => values,
  });
  if (rewritten === undefined) throw new Error(decision.reasons.join(" "));
  const { rows } = await client.query<Record<string, unknown>>(rewritten.sql);
  return { row: rows[0], facts: meaning.facts, masks: decision.obligations.masks };
};
const decide = async (relation: string, columns: Record<string, string>) => {
  const before = await targets.classes("shop");
  await targets.setClasses("shop", { ...before, [relation]: { ...before[relation], ...columns } }, by);
};

describe("a column that appears beside classified ones", () => {
  beforeEach(() => changed("alter table customers add column tax_code text default 'X-77'"));

  test("is redacted, is a fact, and is named among the masks", async () => {
    const { row, facts, masks } = await asked("select * from customers");
    expect(row).toEqual({ id: 1, name: "Ann", email: "•••@mail.example", tax_code: "•••" });
    expect(facts.classes).toContain("undecided");
    expect(masks).toContainEqual(expect.objectContaining({ class: "undecided" }));
    expect(
      (await asked("select length(tax_code) from customers where tax_code = 'X-77'")).row,
    ).toBeUndefined();
  });

  test("is redacted in the views that show it", async () => {
    await changed(
      "drop view everybody; create view everybody as select *, upper(tax_code) as code from customers",
    );
    expect((await asked("select tax_code, code, name from everybody")).row).toEqual({
      tax_code: "•••",
      code: "•••",
      name: "Ann",
    });
  });

  test("is shown once somebody said that it is of no class", async () => {
    await decide("public.customers", { tax_code: "none" });
    expect((await asked("select * from customers")).row).toMatchObject({ tax_code: "X-77" });
    expect((await targets.drift(await shopTarget())).columns).toEqual([]);
  });

  test("is masked as its class says once it has one", async () => {
    await client.query("update customers set tax_code = 'ann@tax.example'");
    await decide("public.customers", { tax_code: "email" });
    expect((await asked("select tax_code from customers")).row).toEqual({ tax_code: "•••@tax.example" });
  });

  test("stays held while somebody decides about others", async () => {
    await decide("public.customers", { name: "phone" });
    await decide("public.orders", { note: "phone" });
    expect((await asked("select tax_code from customers")).row).toEqual({ tax_code: "•••" });
  });

  test("stays held in a gateway that starts anew", async () => {
    targets.close();
    targets = build();
    expect((await asked("select tax_code from customers")).row).toEqual({ tax_code: "•••" });
  });

  test("is listed as new, with its type and that it is held", async () => {
    expect(await targets.drift(await shopTarget())).toEqual({
      newColumns: "hold",
      columns: [{ relation: "public.customers", column: "tax_code", type: "text", held: true }],
      gone: [],
    });
  });

  test("is shown where the setting says so, and still listed", async () => {
    targets.close();
    targets = build("show");
    expect((await asked("select tax_code from customers")).row).toEqual({ tax_code: "X-77" });
    expect((await targets.drift(await shopTarget())).columns).toMatchObject([{ held: false }]);
  });

  test("that was decided stays so through another type, and is new again where it is added with one", async () => {
    await decide("public.customers", { tax_code: "none" });
    await targets.setClasses("shop", map, by);
    const column = async (how: string) => {
      await changed(`alter table customers ${how}`);
      return (await asked("select tax_code from customers")).row?.["tax_code"];
    };
    expect(await column("alter column tax_code type varchar(20)")).toBe("X-77");
    expect(await column("drop column tax_code, add column tax_code int default 7")).toBeNull();
    expect(await column("drop column tax_code, add column tax_code varchar(9) default '8'")).toBe("•••");
    expect(await column("drop column tax_code, add column tax_code text default '9'")).toBe("9");
  });
});

test("columns that were there at first sight are not held, also where their relation gets its first class late", async () => {
  await changed("alter table orders add column remark text default 'fine'");
  expect((await asked("select * from orders")).row).toEqual({ id: 1, note: "gift wrap", remark: "fine" });
  await decide("public.orders", { note: "phone" });
  expect((await asked("select * from orders")).row).toEqual({ id: 1, note: "•••", remark: "fine" });
});

test("a new column has its pattern's class instead, and is listed with it", async () => {
  await changed("alter table customers add column work_mail text default 'a@b.example'");
  expect((await asked("select work_mail from customers")).row).toEqual({ work_mail: "•••@b.example" });
  expect((await targets.drift(await shopTarget())).columns).toEqual([
    { relation: "public.customers", column: "work_mail", type: "text", held: false, class: "email" },
  ]);
});

test("a column that is computed from others inherits from them", async () => {
  await changed(`alter table customers add column tax text default 'x',
    add column shout text generated always as (upper(name)) stored,
    add column tax_shout text generated always as (upper(tax)) stored`);
  expect((await asked("select shout, tax_shout from customers")).row).toEqual({
    shout: "ANN",
    tax_shout: "•••",
  });
  await decide("public.customers", { tax: "none" });
  expect((await asked("select tax_shout from customers")).row).toEqual({ tax_shout: "X" });
});

test("a partitioned table's new column is held in its partitions, and decided once for all", async () => {
  await changed("alter table events add column place text default 'here'");
  expect((await asked("select place from events")).row).toEqual({ place: "•••" });
  expect((await asked("select place from events_2026")).row).toEqual({ place: "•••" });
  expect((await targets.drift(await shopTarget())).columns).toMatchObject([{ relation: "public.events" }]);
  await decide("public.events", { place: "none" });
  expect((await asked("select place from events_2026")).row).toEqual({ place: "here" });
});

test("a renamed column is new, and the decision about its old name is listed as gone", async () => {
  await changed("drop view everybody; alter table customers rename column email to address");
  await changed("alter table customers add column work_mail text");
  expect((await asked("select address from customers")).row).toEqual({ address: "•••" });
  expect(await targets.drift(await shopTarget())).toMatchObject({
    columns: [
      { column: "address", held: true },
      { column: "work_mail", held: false },
    ],
    gone: [{ relation: "public.customers", column: "email", class: "email" }],
  });
});

test("a renamed column is held also where it was its table's only class, until somebody forgets that", async () => {
  await changed("drop view everybody; alter table customers rename column email to address");
  await decide("public.orders", { note: "phone" });
  expect((await asked("select address, name from customers")).row).toEqual({ address: "•••", name: "Ann" });
  await targets.setClasses("shop", { "public.events": { email: "email" } }, by);
  expect((await asked("select address from customers")).row).toEqual({ address: "ann@mail.example" });
});

test("a renamed table is held as a whole, and decided by column under its new name", async () => {
  await changed("alter table customers rename to clients; create table customers (id int, email text)");
  await changed("insert into customers values (2, 'new@mail.example')");
  const all = { id: null, name: "•••", email: "•••" };
  expect((await asked("select * from clients")).row).toEqual(all);
  expect((await asked("select * from everybody")).row).toEqual(all);
  expect((await asked("select * from customers")).row).toEqual({ id: 2, email: "•••@mail.example" });
  await decide("public.clients", { email: "email", id: "none" });
  expect((await asked("select * from clients")).row).toEqual({
    id: 1,
    name: "•••",
    email: "•••@mail.example",
  });
  await changed("alter table clients rename to people");
  expect((await asked("select * from people")).row).toEqual(all);
});

test("a table without a class may be renamed, and made anew", async () => {
  await changed("alter table orders rename to purchases");
  expect((await asked("select * from purchases")).row).toEqual({ id: 1, note: "gift wrap" });
  await changed(
    "create table fresh as select * from purchases; drop table purchases; alter table fresh rename to orders",
  );
  expect((await asked("select * from orders")).row).toEqual({ id: 1, note: "gift wrap" });
});

test("nobody defines or uses the class of what is held", async () => {
  await expect(decide("public.customers", { name: "undecided" })).rejects.toMatchObject({
    code: "classes_invalid",
  });
  await expect(
    targets.setDataClasses([...classes, { ...classes[0], name: "undecided" } as never], [], by),
  ).rejects.toMatchObject({ code: "classes_invalid" });
});
