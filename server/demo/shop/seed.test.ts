import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  prepareDatabases,
  shopDatabase,
  shopOwner,
  shopUser,
  storeDatabase,
  storeRole,
} from "../databases.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../embedded-postgres.ts";
import { passesIban, passesLuhn } from "./numbers.ts";
import { customerCount, seedShop } from "./seed.ts";

const asOf = new Date("2026-11-20T09:00:00Z");
const dataDir = mkdtempSync(join(tmpdir(), "sluice-shop-"));
const log = (): void => {};
let server: EmbeddedPostgres;
let client: Client;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ dataDir, log });
  await prepareDatabases(server);
  await seedShop({ url: server.urlFor(shopDatabase, shopOwner), asOf, log });
  client = new Client({ connectionString: server.urlFor(shopDatabase, shopUser) });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await server.stop();
  rmSync(dataDir, { recursive: true });
});

const values = async (sql: string): Promise<string[]> =>
  (await client.query<{ value: string }>(sql)).rows.map(({ value }) => value);
const count = async (from: string): Promise<number> =>
  Number((await values(`select count(*) as value from ${from}`))[0]);

describe("the demo shop", () => {
  it("has tens of thousands of customers, and is not made twice", async () => {
    expect(await count("customers")).toBe(customerCount);
    expect(await count("orders")).toBe(312_480);
    expect(await count("order_items")).toBeGreaterThan(600_000);
    expect(await count("payments")).toBeGreaterThan(200_000);
    expect(await seedShop({ url: server.urlFor(shopDatabase, shopOwner), asOf, log })).toBe(false);
  });

  it("is the same at every seed", async () => {
    const rows = await values(
      `select (c.id, c.name, c.email, c.card_number, c.iban, o.total_cents, o.status, o.created_at)::text as value
       from customers c join orders o on o.customer_id = c.id where c.id <= 200 order by c.id, o.id`,
    );
    expect(createHash("sha256").update(rows.join("\n")).digest("hex")).toMatchInlineSnapshot(
      `"b99a54dd524269f458e50abde56fc8484148a9fa15270e710efa15806f93472f"`,
    );
  });

  it("holds cards that pass Luhn and IBANs whose check digits hold, in every row", async () => {
    const cards = await values(
      "select card_number as value from customers union select card_number from payments where card_number is not null",
    );
    const ibans = await values(
      "select iban as value from customers union select iban from employees union select iban from payments where iban is not null",
    );
    expect(cards.length).toBeGreaterThan(customerCount * 0.9);
    expect(cards.filter((card) => !passesLuhn(card))).toEqual([]);
    expect(ibans.filter((iban) => !passesIban(iban))).toEqual([]);
  });

  it("names nobody who can be reached", async () => {
    expect(await count("customers where email !~ '^[a-z0-9.]+@[a-z]+\\.example$'")).toBe(0);
    expect(await count("employees where email !~ '@shop\\.example$' or national_id !~ '^900-'")).toBe(0);
    expect(
      await count(
        "customers where phone !~ '^(\\+49 30 23125 \\d{3}|\\+46 70 174 06 \\d\\d|\\+1 \\d{3} 555 01\\d\\d)$'",
      ),
    ).toBe(0);
  });

  it("gives the planner something to estimate with", async () => {
    const [estimate] = await values(
      "select reltuples::bigint::text as value from pg_class where oid = 'orders'::regclass",
    );
    expect(Number(estimate)).toBeGreaterThan(300_000);
  });

  it("has work for everybody: pending orders, an audit by trigger, refunds, a view, partitions", async () => {
    expect(await count("orders where status = 'pending'")).toBeGreaterThan(1_000);
    expect(await count("monthly_revenue")).toBe(37);
    expect(await count("customer_overview where email is not null")).toBe(customerCount);
    expect(await count("pg_inherits where inhparent = 'fulfilment.shipments'::regclass")).toBe(5);
    expect(await count("(select refund_total(id) r from customers limit 100) t where r > 0")).toBeGreaterThan(
      10,
    );
    await client.query("begin; update orders set status = 'cancelled' where id = 312480");
    expect(await count("order_audit where order_id = 312480")).toBe(1);
    await client.query("rollback");
  });

  it("continues the identities", async () => {
    const { rows } = await client.query(
      "insert into orders (customer_id, total_cents) values (1, 100) returning id::int as id",
    );
    expect(rows).toEqual([{ id: 312_481 }]);
    await client.query("delete from orders where id = 312481");
  });

  it("lets the target's user change data and schema, but not become its owner or see the store", async () => {
    await client.query("begin; alter table orders add column x int; create table y (); rollback");
    await expect(client.query(`set role ${shopOwner}`)).rejects.toThrow("permission denied");
    const store = new Client({ connectionString: server.urlFor(storeDatabase, shopUser) });
    await expect(store.connect()).rejects.toThrow("permission denied for database");
    const own = new Client({ connectionString: server.urlFor(storeDatabase, storeRole) });
    await own.connect();
    await own.query("create table t (); drop table t");
    await own.end();
  });
});
