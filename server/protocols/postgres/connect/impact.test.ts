import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../../db/testing.ts";
import type { Catalog, Relation } from "../../../../shared/nouns/catalog.ts";
import type { Parameter } from "../../../../shared/nouns/command.ts";
import type { Impact } from "../../../../shared/nouns/review.ts";
import { createParser } from "../parse/parser.ts";
import type { StatementMeaning } from "../facts/meaning.ts";
import type { Backend } from "./backend.ts";
import { locksOf, modes, type LockMode } from "./impact-locks.ts";
import { defaultImpactLimits, measure } from "./impact.ts";
import { permitFor } from "../../testing.ts";
import { beside, collect, open, rowsOf, run } from "./testing.ts";

const parser = createParser({ workers: 1, deadlineMs: 60_000 });
let url = "";
let drop: () => Promise<void> = async () => undefined;
let backend: Backend;

beforeAll(async () => {
  ({ url, drop } = await freshDatabase());
  await beside(url, (client) =>
    client.query(`
      create table orders (id int primary key, state text, email text, "from" int);
      insert into orders select n, case when n % 2 = 0 then 'open' else 'paid' end, 'e' || n, n from generate_series(1, 1000) n;
      create table items (order_id int, n int);
      insert into items select n % 10, n from generate_series(1, 1000) n;
      analyze orders; analyze items`),
  );
  backend = await open(url);
});
afterAll(async () => {
  parser.close();
  await backend.close();
  await drop();
});

const column = (number: number, name: string, type: string, classOf?: string) => ({
  number,
  name,
  type,
  typeOid: 25,
  notNull: false,
  hasDefault: false,
  generated: false,
  ...(classOf === undefined ? {} : { class: classOf }),
});
const relation = (parts: Partial<Relation>): Relation => ({
  oid: 1,
  schema: "public",
  name: "orders",
  kind: "table",
  columns: [column(1, "id", "integer"), column(2, "state", "text"), column(3, "email", "text", "email")],
  primaryKey: ["id"],
  foreignKeys: [],
  indexes: [],
  parents: [],
  estimatedRows: 1000,
  hasRules: false,
  hasRowSecurity: false,
  triggers: [{ name: "audit", function: 9, definition: "" }],
  dependsOn: [],
  ...parts,
});
const catalog: Catalog = {
  revision: "r",
  readAt: "2026-01-01T00:00:00.000Z",
  serverVersion: 180000,
  database: "test",
  searchPath: ["public"],
  relations: [
    relation({}),
    relation({ oid: 2, name: "daily", kind: "matview", dependsOn: [{ relation: 1, column: 0 }] }),
  ],
  functions: [],
  operators: [],
  types: [],
};
const site = {
  relation: 1,
  span: { start: 0, end: 0 },
  only: false,
  alias: undefined,
  columnAliases: [],
  aliasSpan: undefined,
  role: "target" as const,
  columns: "all" as const,
  systemColumns: [],
  equalities: [],
};

async function impactOf(
  sql: string,
  parameters: Parameter[] = [],
  limits = defaultImpactLimits,
  changed: { action?: StatementMeaning["action"]; catalog?: Catalog } = {},
): Promise<Impact> {
  const parsed = await parser.parse(sql);
  const statements = (parsed.tree.stmts ?? []).map((raw): StatementMeaning => ({
    span: { start: 0, end: 0 },
    action: changed.action ?? "sql.update",
    actions: [changed.action ?? "sql.update"],
    node: Object.keys(raw.stmt ?? {})[0] ?? "",
    writes: true,
    returnsRows: false,
    sites: [site],
    targetReads: [],
    unmaskable: [],
    readsByFunction: [],
    outside: undefined,
  }));
  const signal = new AbortController().signal;
  return measure({
    backend,
    permitFor: () => permitFor(),
    parsed,
    statements,
    catalog: changed.catalog ?? catalog,
    parameters,
    limits,
    signal,
  });
}

test.each([
  ["UPDATE orders SET state = 'x' WHERE id <= 10", [], 10],
  ["update only public.orders as o set state = 'from where' where o.id <= 10 returning o.*", [], 10],
  ["DELETE FROM orders WHERE state = 'open' -- no more\n", [], 500],
  ["delete from orders", [], 1000],
  ["delete from orders o using items i where i.order_id = o.id and i.n > 10", [], 9],
  ["update orders set state = (select 'a' where true) from items i where i.order_id = orders.id", [], 9],
  ["update orders set state = case when state is distinct from 'a' then 'b' end where id = 1", [], 1],
  [
    "update orders o set state = 'ü€' from items i join items j on i.n is distinct from j.n and j.n = 1 where i.order_id = o.id",
    [],
    9,
  ],
  ["update orders o set state = 'b' where o.from < 5 and state is distinct from 'zz'", [], 4],
  ["update orders set state = $1 where id <= $2::int and state = $3", ["gone", 10, "open"], 5],
])("%s touches the counted rows", async (sql, parameters, counted) => {
  const impact = await impactOf(sql, parameters);
  expect(impact.notes.filter((note) => note.includes("could not"))).toEqual([]);
  expect(impact).toMatchObject({ countedRows: counted, countCapped: false });
  expect(impact.estimatedRows).toBeGreaterThan(0);
});

test("the relation's size, triggers, dependents and locks are told", async () => {
  expect(await impactOf("update orders set state = 'x' where id = 1")).toMatchObject({
    relationRows: 1000,
    triggers: ["audit"],
    dependents: ["public.daily"],
    locks:
      "ROW EXCLUSIVE on public.orders: others read and write; the rows that it touches are locked until it ends",
  });
});

test("a change of the schema tells what rests on what it changes, through views and keys of others", async () => {
  await beside(url, (client) =>
    client.query(`
      create view open_orders as select id from orders where state = 'open';
      create view open_ids as select id from open_orders;
      create table shipments (order_id int constraint shipment_of references orders (id));
      create policy mine on orders using (state = 'open');
      create function total() returns bigint language sql begin atomic select count(*) from orders; end;
      create table archived () inherits (orders);`),
  );
  const { rows } = await beside(url, (client) =>
    client.query<{ oid: number }>("select 'orders'::regclass::oid::int as oid"),
  );
  const found = await impactOf("drop table orders cascade", [], defaultImpactLimits, {
    action: "sql.ddl",
    catalog: { ...catalog, relations: [relation({ oid: rows[0]?.oid ?? 0 })] },
  });
  expect(found).toMatchObject({
    locks: "ACCESS EXCLUSIVE on public.orders: reads and writes wait until it ends",
    notes: ["What it touches cannot be counted before it runs."],
    relationRows: 1000,
  });
  expect(found.dependents.toSorted()).toEqual([
    "function public.total()",
    "policy mine on public.orders",
    "table constraint shipment_of on public.shipments",
    "table public.archived",
    "view public.open_ids",
    "view public.open_orders",
  ]);
  const few = await impactOf(
    "drop table orders cascade",
    [],
    { ...defaultImpactLimits, dependents: 2 },
    {
      action: "sql.ddl",
      catalog: { ...catalog, relations: [relation({ oid: rows[0]?.oid ?? 0 })] },
    },
  );
  expect(few.dependents).toHaveLength(2);
  expect(few.notes).toContain("More than 2 objects depend on it; these are the nearest.");
});

/** `ShareRowExclusiveLock`, as pg_locks has it. */
const lockNamed = (mode: string): string =>
  `${mode.toLowerCase().replaceAll(/(?:^| )\w/g, (word) => word.trim().toUpperCase())}Lock`;

/** Each in a transaction that is rolled back: the strongest lock that it holds then, by the server's own list. */
test.each([
  ["alter table locked add column a int", "ACCESS EXCLUSIVE"],
  ["alter table locked alter column n type bigint", "ACCESS EXCLUSIVE"],
  ["alter table locked alter column n set statistics 10", "SHARE UPDATE EXCLUSIVE"],
  ["alter table locked validate constraint positive", "SHARE UPDATE EXCLUSIVE"],
  ["alter table locked set (fillfactor = 70)", "SHARE UPDATE EXCLUSIVE"],
  ["alter table locked disable trigger all", "SHARE ROW EXCLUSIVE"],
  ["alter table locked disable trigger all, add column a int", "ACCESS EXCLUSIVE"],
  ["alter table locked add constraint f foreign key (n) references keyed", "SHARE ROW EXCLUSIVE"],
  ["create table pointing (n int references locked (id))", "SHARE ROW EXCLUSIVE"],
  ["create index on locked (n)", "SHARE"],
  ["create trigger t before insert on locked execute function audit()", "SHARE ROW EXCLUSIVE"],
  ["create policy p on locked", "ACCESS EXCLUSIVE"],
  ["alter table locked rename column n to m", "ACCESS EXCLUSIVE"],
  ["alter table locked rename to unlocked", "ACCESS EXCLUSIVE"],
  ["truncate locked", "ACCESS EXCLUSIVE"],
  ["analyze locked", "SHARE UPDATE EXCLUSIVE"],
  ["cluster locked using locked_pkey", "ACCESS EXCLUSIVE"],
  ["reindex table locked", "SHARE"],
  ["drop table locked", "ACCESS EXCLUSIVE"],
  ["drop trigger old on locked", "ACCESS EXCLUSIVE"],
  ["lock table locked in exclusive mode", "EXCLUSIVE"],
  ["lock table locked in share row exclusive mode", "SHARE ROW EXCLUSIVE"],
  ["insert into locked values (7, 1)", "ROW EXCLUSIVE"],
  ["update locked set n = 2 where id = 1", "ROW EXCLUSIVE"],
  ["delete from locked where id = 1", "ROW EXCLUSIVE"],
])("%s takes %s, as the server says", async (sql, mode) => {
  const told = locksOf(await parser.parse(sql)).find(({ name }) => name === "locked");
  expect(told?.mode).toBe(mode);
  const held = await beside(url, async (client) => {
    await client.query(`
      create table if not exists keyed (id int primary key);
      create table if not exists locked (id int primary key, n int constraint positive check (n > 0));
      create or replace function audit() returns trigger language plpgsql as 'begin return new; end';
      create or replace trigger old before insert on locked execute function audit();`);
    const { rows } = await client.query<{ oid: number }>("select 'locked'::regclass::oid::int as oid");
    await client.query("begin");
    await client.query(sql);
    const locks = await client.query<{ mode: string }>(
      "select mode from pg_locks where pid = pg_backend_pid() and relation = $1",
      [rows[0]?.oid],
    );
    await client.query("rollback");
    return locks.rows.map((row) => row.mode);
  });
  expect(held).toContain(lockNamed(mode));
  const stronger = modes.slice(modes.indexOf(mode as LockMode) + 1);
  expect(held.filter((one) => stronger.some((other) => one === lockNamed(other)))).toEqual([]);
});

test("the sample shows the key and what is set, never a classified column", async () => {
  const impact = await impactOf("update orders set state = 'x', email = 'y' where id <= 2");
  expect(impact.sample).toEqual({
    columns: [
      { name: "id", type: "integer" },
      { name: "state", type: "text" },
    ],
    rows: [
      ["1", "paid"],
      ["2", "open"],
    ],
  });
  expect(impact.notes).toEqual(["Not sampled, because classified: email."]);
});

test("counting stops at its bound and says so", async () => {
  const impact = await impactOf("delete from orders", [], { ...defaultImpactLimits, maxCount: 20 });
  expect(impact).toMatchObject({ countedRows: 20, countCapped: true });
});

test("counting that takes too long is given up, with the reason", async () => {
  const impact = await impactOf("delete from orders where pg_sleep(60) is not null", [], {
    ...defaultImpactLimits,
    timeoutMs: 50,
  });
  expect(impact).toMatchObject({ countedRows: null, sample: null });
  expect(impact.notes).toContain("It could not be counted within 0.05 s.");
});

test("what the target says of an error stays out of the notes", async () => {
  const impact = await impactOf("delete from orders where email::int = 1");
  expect(impact.notes.join(" ")).toContain("SQLSTATE 22P02");
  expect(JSON.stringify(impact)).not.toContain("e1");
});

test.each([
  ["insert into orders values (2001), (2002)", 2],
  ["insert into orders default values", 1],
])("%s inserts its rows", async (sql, rows) => {
  expect(await impactOf(sql)).toMatchObject({ countedRows: rows, estimatedRows: rows });
});

test("INSERT ... SELECT is estimated", async () => {
  const impact = await impactOf("insert into orders select n from items");
  expect(impact).toMatchObject({ countedRows: null, estimatedRows: 1000 });
});

test.each([
  ["with d as (select 1) delete from orders where id in (select * from d)", "WITH clause"],
  ["delete from orders where id = 1; delete from orders where id = 2", "several statements"],
  ["truncate orders", "cannot be counted"],
])("%s is not counted, and the reason is told", async (sql, because) => {
  const impact = await impactOf(sql);
  expect(impact.countedRows).toBeNull();
  expect(impact.notes.join(" ")).toContain(because);
});

test("measuring changes nothing", async () => {
  await impactOf("delete from orders");
  expect(rowsOf(await collect(run(backend, "select count(*) from orders")))).toEqual([["1000"]]);
});
