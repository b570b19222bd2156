import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../../db/testing.ts";
import { createParser } from "../parse/parser.ts";
import { describe } from "./describe.ts";
import { kindsOutside } from "./outside-transaction.ts";
import { isStatementKind, statementClasses } from "./statements.ts";
import { testingCatalog } from "./testing-catalog.ts";
import { schemaOf } from "./testing-schema.ts";

const parser = createParser({ workers: 1, deadlineMs: 60_000 });
const byOrder = { name: "shipments_by_order", unique: false, columns: ["order_id"] };
const catalog = {
  ...testingCatalog,
  relations: testingCatalog.relations.map((each) =>
    each.name === "shipments" ? { ...each, indexes: [byOrder] } : each,
  ),
};
let place: Awaited<ReturnType<typeof freshDatabase>>;

beforeAll(async () => {
  place = await freshDatabase();
  for (const statement of schemaOf(catalog)) await place.database.pool.query(statement);
  await place.database.pool.query(`create index ${byOrder.name} on shipments (order_id)`);
});
afterAll(async () => {
  await parser.close();
  await place.drop();
});

/** PostgreSQL's "... cannot run inside a transaction block". */
const inTransaction = "25001";

/** Whether PostgreSQL refuses the last statement because it is in a transaction with those before it. */
async function refusesBlock(sql: string): Promise<boolean> {
  const client = await place.database.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query(sql.replace(/\bhere\b/, new URL(place.url).pathname.slice(1)));
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === inTransaction;
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
}

const subscribed = `create subscription s connection 'dbname=nowhere' publication p with (connect = false, slot_name = 's');
  alter subscription s enable; `;
/** What is said of the last statement; `here` stands for the database. */
const statements: [called: string | undefined, sql: string][] = [
  ["VACUUM", "vacuum"],
  ["VACUUM", "vacuum (full, analyze) orders"],
  ["VACUUM", "vacuum (verbose) orders, customers"],
  [undefined, "analyze"],
  [undefined, "analyze verbose orders"],
  ["CLUSTER", "cluster"],
  ["CLUSTER", "cluster shipments using shipments_by_order"],
  [undefined, "cluster orders using orders_pkey"],
  ["REINDEX", "reindex database here"],
  ["REINDEX", "reindex schema public"],
  ["REINDEX", "reindex system here"],
  ["REINDEX", "reindex table shipments"],
  ["REINDEX", "reindex index public.shipments_by_order"],
  [undefined, "reindex table orders"],
  [undefined, "reindex index orders_pkey"],
  [undefined, "reindex (concurrently false) table orders"],
  ["REINDEX CONCURRENTLY", "reindex table concurrently orders"],
  ["REINDEX CONCURRENTLY", "reindex (verbose, concurrently) index orders_pkey"],
  ["CREATE INDEX CONCURRENTLY", "create index concurrently on orders (status)"],
  ["CREATE UNIQUE INDEX CONCURRENTLY", "create unique index concurrently if not exists u on orders (id)"],
  [undefined, "create index on orders (status)"],
  ["DROP INDEX CONCURRENTLY", "drop index concurrently if exists orders_pkey"],
  [undefined, "drop index if exists nothing"],
  ["DETACH PARTITION CONCURRENTLY", "alter table shipments detach partition shipments_2025 concurrently"],
  [undefined, "alter table shipments detach partition shipments_2025"],
  [undefined, "alter table shipments detach partition shipments_2025 finalize"],
  [undefined, "refresh materialized view concurrently order_totals"],
  ["CREATE DATABASE", "create database another"],
  ["DROP DATABASE", "drop database if exists another"],
  ["ALTER DATABASE SET TABLESPACE", "alter database postgres set tablespace pg_default"],
  [undefined, "alter database postgres connection limit 100"],
  ["CREATE TABLESPACE", "create tablespace another location '/nowhere'"],
  ["DROP TABLESPACE", "drop tablespace if exists another"],
  ["ALTER SYSTEM", "alter system set work_mem = '8MB'"],
  ["DISCARD ALL", "discard all"],
  [undefined, "discard temp"],
  [undefined, "alter type mood add value 'calm'"],
  ["CREATE SUBSCRIPTION", "create subscription t connection 'dbname=nowhere' publication p"],
  ["ALTER SUBSCRIPTION", `${subscribed} alter subscription s refresh publication`],
  ["ALTER SUBSCRIPTION", `${subscribed} alter subscription s add publication q`],
  [undefined, `${subscribed} alter subscription s disable`],
  ["DROP SUBSCRIPTION", `${subscribed} drop subscription s`],
  ["COMMIT PREPARED", "commit prepared 'x'"],
  ["ROLLBACK PREPARED", "rollback prepared 'x'"],
];

test("what PostgreSQL refuses inside a transaction is known, and nothing else", async () => {
  const wrong: string[] = [];
  for (const [called, sql] of statements) {
    const meaning = describe(await parser.parse(sql), catalog);
    const found = meaning.statements.at(-1)?.outside?.called;
    if (found !== called) wrong.push(`${sql}: taken for ${found}`);
    if ((await refusesBlock(sql)) !== (called !== undefined)) wrong.push(`${sql}: PostgreSQL disagrees`);
    if (called !== undefined && !meaning.facts.outsideTransaction.includes(called))
      wrong.push(`${sql}: no fact`);
  }
  expect(wrong).toEqual([]);
});

test("every kind of these writes, and stands in the table of statements", () => {
  for (const kind of kindsOutside)
    expect(isStatementKind(kind) && (statementClasses[kind].writes || kind === "TransactionStmt")).toBe(true);
});
