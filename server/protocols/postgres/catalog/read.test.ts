import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../../db/testing.ts";
import type { RawCatalog } from "./raw-catalog.ts";
import { readCatalog } from "./read.ts";

const shop = `
  create extension citext;
  create schema hr;
  create domain public.email_address as citext check (value like '%@%');
  create domain public.iban as varchar(34) not null;
  create domain public.own_iban as public.iban;
  create table public.accounts (id int, owner citext, mail public.email_address, iban public.own_iban, note text);
  create type public.mood as enum ('good', 'bad');
  create type public.pair as (a int, b text);
  create table public.customers (
    id bigint generated always as identity primary key,
    email varchar(200) not null unique,
    email_lower text generated always as (lower(email)) stored,
    gone int, card text, mood public.mood default 'good', address public.email_address);
  alter table public.customers drop column gone;
  comment on table public.customers is 'Who buys';
  comment on column public.customers.card is 'Sixteen digits';
  create index customers_by_card on public.customers (lower(card), id);
  create table public.orders (
    id bigint, placed date not null, customer bigint constraint of_customer references public.customers (id),
    primary key (placed, id)) partition by range (placed);
  create table public.orders_2025 partition of public.orders for values from ('2025-01-01') to ('2026-01-01');
  create table public.orders_2026 partition of public.orders for values from ('2026-01-01') to ('2027-01-01');
  insert into public.orders select g, date '2025-03-01' from generate_series(1, 500) g;
  insert into public.orders select g, date '2026-03-01' from generate_series(1, 300) g;
  create table hr."Odd Name" (x int) inherits (public.customers);
  create view public.contacts as select id, email as contact from public.customers;
  create materialized view public.per_day as select placed, count(*) from public.orders group by 1;
  create foreign data wrapper nowhere;
  create server elsewhere foreign data wrapper nowhere;
  create foreign table public.remote (id int, email text) server elsewhere;
  create function public.card_of(who bigint) returns text language sql stable security definer
    as 'select card from customers where id = who';
  create function public.stamp() returns trigger language plpgsql as 'begin return new; end';
  create procedure public.tidy() language plpgsql as 'begin delete from orders; end';
  create function public.glue(text, text) returns text language sql immutable as 'select $1 || $2';
  create aggregate public.joined (text) (sfunc = public.glue, stype = text);
  create trigger stamped before update on public.customers for each row execute function public.stamp();
  create rule keep as on delete to public.customers do instead nothing;
  alter table public.customers enable row level security;
  create function public.same(a public.pair, b public.pair) returns boolean language sql
    as 'select exists (select from customers where card = a.b)';
  create operator public.=== (leftarg = public.pair, rightarg = public.pair, function = public.same);
  create function public.pair_text(public.pair) returns text language sql as 'select $1.b';
  create cast (public.pair as text) with function public.pair_text(public.pair);
  analyze`;

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let client: pg.Client;
let catalog: RawCatalog;
const texts: string[] = [];

const query = async (sql: string) => {
  texts.push(sql);
  const { rows } = await client.query<(string | null)[]>({ text: sql, rowMode: "array" });
  return rows;
};
const relation = (name: string) => catalog.relations.find((each) => `${each.schema}.${each.name}` === name);
const routine = (name: string) => catalog.functions.find((each) => each.name === name);

beforeAll(async () => {
  fresh = await freshDatabase();
  await fresh.database.pool.query(shop);
  client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  catalog = await readCatalog(query);
});
afterAll(async () => {
  await client.end();
  await fresh.drop();
});

test("says the version, the database and the search path of existing schemas", () => {
  expect(catalog.serverVersion).toBeGreaterThanOrEqual(130000);
  expect(catalog.database).toMatch(/^test_/);
  expect(catalog.searchPath).toEqual(["public"]);
  expect(Date.parse(catalog.readAt)).not.toBeNaN();
  expect(texts).toHaveLength(5);
});

test("tells every kind of relation", () => {
  const kinds = Object.fromEntries(
    catalog.relations.map((each) => [`${each.schema}.${each.name}`, each.kind]),
  );
  expect(kinds).toEqual({
    "hr.Odd Name": "table",
    "public.accounts": "table",
    "public.contacts": "view",
    "public.customers": "table",
    "public.customers_id_seq": "sequence",
    "public.orders": "partitioned",
    "public.orders_2025": "table",
    "public.orders_2026": "table",
    "public.pair": "composite",
    "public.per_day": "matview",
    "public.remote": "foreign",
  });
});

test("describes columns, keys, indexes, triggers, rules and row security", () => {
  const customers = relation("public.customers");
  expect(customers).toMatchObject({
    primaryKey: ["id"],
    hasRules: true,
    hasRowSecurity: true,
    comment: "Who buys",
  });
  expect(customers?.columns).toMatchObject([
    { number: 1, name: "id", type: "bigint", notNull: true, hasDefault: true, generated: false },
    {
      number: 2,
      name: "email",
      type: "character varying(200)",
      notNull: true,
      hasDefault: false,
      derivedFrom: [],
    },
    { number: 3, name: "email_lower", type: "text", generated: true, derivedFrom: [2] },
    { number: 5, name: "card", comment: "Sixteen digits" },
    { number: 6, name: "mood", type: "mood", hasDefault: true },
    { number: 7, name: "address", type: "email_address" },
  ]);
  expect(customers?.indexes).toContainEqual({
    name: "customers_by_card",
    unique: false,
    columns: ["lower(card)", "id"],
  });
  expect(customers?.triggers).toEqual([
    {
      name: "stamped",
      function: routine("stamp")?.oid,
      definition: expect.stringContaining("BEFORE UPDATE"),
    },
  ]);
  expect(relation("public.orders")).toMatchObject({
    primaryKey: ["placed", "id"],
    foreignKeys: [
      {
        name: "of_customer",
        columns: ["customer"],
        references: "public.customers",
        referencedColumns: ["id"],
      },
    ],
  });
});

test("knows parents, and counts a partitioned table by its leaves", () => {
  expect(relation("hr.Odd Name")?.parents).toEqual([relation("public.customers")?.oid]);
  expect(relation("public.orders_2026")?.parents).toEqual([relation("public.orders")?.oid]);
  expect(relation("public.orders_2026")?.estimatedRows).toBe(300);
  expect(relation("public.orders")?.estimatedRows).toBe(800);
  expect(relation("public.remote")?.estimatedRows).toBe(-1);
});

test("gives views their text and what they read", () => {
  const contacts = relation("public.contacts");
  const customers = relation("public.customers")?.oid;
  expect(contacts?.definition).toMatch(/email AS contact/);
  expect(contacts?.dependsOn).toEqual([
    { relation: customers, column: 1 },
    { relation: customers, column: 2 },
  ]);
  expect(contacts?.hasRules).toBe(false);
  expect(relation("public.per_day")?.definition).toMatch(/count\(\*\)/);
});

test("reads functions with what can be known of them", () => {
  expect(routine("card_of")).toMatchObject({
    schema: "public",
    arguments: "who bigint",
    returns: "text",
    language: "sql",
    kind: "function",
    volatility: "stable",
    definer: true,
    returnsTrigger: false,
    body: "select card from customers where id = who",
    definition: expect.stringMatching(/^CREATE OR REPLACE FUNCTION public\.card_of/),
  });
  expect(routine("stamp")).toMatchObject({ returnsTrigger: true, volatility: "volatile", definer: false });
  expect(routine("tidy")).toMatchObject({ kind: "procedure", returns: "", language: "plpgsql" });
  expect(routine("joined")).toMatchObject({ kind: "aggregate", runs: [routine("glue")?.oid] });
  expect(routine("citext_eq")).toMatchObject({ extension: "citext", language: "c" });
  expect(routine("citext_eq")?.body).toBeUndefined();
});

test("gives a SQL-standard body as a statement that the parser reads", async () => {
  if (catalog.serverVersion < 140000) return;
  await client.query(
    "create function public.later() returns bigint begin atomic select count(*) from public.customers; end",
  );
  const later = (await readCatalog(query)).functions.find((each) => each.name === "later");
  expect(later?.body).toMatch(/^CREATE OR REPLACE FUNCTION public\.later[^]*BEGIN ATOMIC/);
});

test("lists operators, casts and types that run code of the target's users, not an extension's native ones", () => {
  expect(catalog.operators).toEqual(["===", "cast(pair as text)"]);
  expect(catalog.types).toEqual([
    { schema: "public", name: "citext", kind: "base", hasCast: false },
    { schema: "public", name: "email_address", kind: "domain", hasCast: false },
    { schema: "public", name: "iban", kind: "domain", hasCast: false },
    { schema: "public", name: "mood", kind: "enum", hasCast: false },
    { schema: "public", name: "own_iban", kind: "domain", hasCast: false },
    { schema: "public", name: "pair", kind: "composite", hasCast: true },
  ]);
});

test("reads what the role has no privilege on", async () => {
  const role = `reader_${crypto.randomUUID().replaceAll("-", "")}`;
  await client.query(`create role ${role}; revoke all on schema public from public`);
  try {
    await client.query(`set role ${role}`);
    const seen = await readCatalog(query);
    expect(seen.relations.map((each) => each.name)).toEqual(catalog.relations.map((each) => each.name));
    expect(seen.searchPath).toEqual([]);
  } finally {
    await client.query(`reset role; drop role ${role}`);
  }
});

test("an object named like a built-in one does not stand in for it", async () => {
  await client.query(`
    create schema evil;
    create table evil.pg_class (oid oid);
    create function evil.format_type(oid, int) returns text language sql as $$ select 'evil' $$;
    set search_path = evil, pg_catalog`);
  try {
    const seen = await readCatalog(query);
    const customers = seen.relations.find((each) => each.name === "customers");
    expect(customers?.columns[0]?.type).toBe("bigint");
  } finally {
    await client.query("reset search_path; drop schema evil cascade");
  }
});

test("domains and citext are known for what they hold", () => {
  const accounts = catalog.relations.find(({ name }) => name === "accounts");
  expect(accounts?.columns.map(({ name, base }) => [name, base])).toEqual([
    ["id", undefined],
    ["owner", { type: "text", typeOid: 25, citext: "public" }],
    ["mail", { type: "text", typeOid: 25, citext: "public" }],
    ["iban", { type: "character varying(34)", typeOid: 1043 }],
    ["note", undefined],
  ]);
});

test("an answer of another shape is a refusal", async () => {
  const odd = (rows: (string | null)[][]) => readCatalog(async () => rows);
  await expect(odd([])).rejects.toMatchObject({ code: "catalog_unavailable" });
  await expect(odd([["{}"]])).rejects.toMatchObject({ code: "catalog_unavailable" });
  await expect(odd([["not JSON"]])).rejects.toMatchObject({ code: "catalog_unavailable" });
  await expect(odd([[null]])).rejects.toMatchObject({ code: "catalog_unavailable" });
});
