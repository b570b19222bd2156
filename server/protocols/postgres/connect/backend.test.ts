import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../../db/testing.ts";
import type { Backend } from "./backend.ts";
import type { Chunk } from "./chunk.ts";
import { permitFor } from "../../testing.ts";
import { beside, collect, executable, open, rowsOf, run } from "./testing.ts";

let url = "";
let drop: () => Promise<void> = async () => undefined;
let backend: Backend;
const opened: Backend[] = [];

async function fresh(parts: Parameters<typeof open>[1] = {}): Promise<Backend> {
  const other = await open(url, parts);
  opened.push(other);
  return other;
}

beforeAll(async () => {
  ({ url, drop } = await freshDatabase());
  await beside(url, (client) =>
    client.query(`
      create table orders (id int primary key, state text);
      insert into orders select n, 'open' from generate_series(1, 100) n;
      create type mood as enum ('glad', 'sad');
      create function turn_writable() returns text language sql as
        $$ select set_config('default_transaction_read_only', 'off', false) $$;
    `),
  );
  backend = await open(url);
});
afterEach(() => Promise.all(opened.splice(0).map((other) => other.close())));
afterAll(async () => {
  await backend.close();
  await drop();
});

const one = async (sql: string) => rowsOf(await collect(run(backend, sql)))[0]?.[0];
const inDatabase = async (sql: string) => (await beside(url, (client) => client.query(sql))).rows[0];
const write = { writes: true };

describe("what comes back", () => {
  test("values are in PostgreSQL's text form, whatever their type", async () => {
    const chunks = await collect(
      run(
        backend,
        `select 1::int8, 0.1::numeric(10,3), 'NaN'::float8, 0.1::float8, true, null, '\\xdead'::bytea, '2026-01-02'::date,
         '2026-01-02 03:04:05+00'::timestamptz at time zone 'UTC', '{"a":1}'::jsonb, array[1,null], 'glad'::mood,
         int4range(1,3), '10.0.0.1'::inet, row(1,'x'), interval '1 day'`,
      ),
    );
    expect(rowsOf(chunks)).toEqual([
      [
        "1",
        "0.100",
        "NaN",
        "0.1",
        "t",
        null,
        "\\xdead",
        "2026-01-02",
        "2026-01-02 03:04:05",
        '{"a": 1}',
        "{1,NULL}",
        "glad",
        "[1,3)",
        "10.0.0.1",
        "(1,x)",
        "1 day",
      ],
    ]);
    const [columns] = chunks;
    expect(columns?.type === "columns" && columns.fields.map((field) => field.typeName)).toEqual([
      "bigint",
      "numeric",
      "double precision",
      "double precision",
      "boolean",
      "text",
      "bytea",
      "date",
      "timestamp without time zone",
      "jsonb",
      "integer[]",
      "mood",
      "int4range",
      "inet",
      "record",
      "interval",
    ]);
  });

  test("a field that is a plain column carries its table and column", async () => {
    const [columns] = await collect(run(backend, "select state, state || '' from orders limit 1"));
    const { oid } = await inDatabase("select 'orders'::regclass::oid");
    expect(columns?.type === "columns" && columns.fields.map((f) => [f.tableOid, f.columnNumber])).toEqual([
      [oid, 2],
      [0, 0],
    ]);
  });

  test("parameters of every kind reach a single statement", async () => {
    const chunks = await collect(
      run(backend, "select $1::int, $2::text, $3::bool, $4::text", { parameters: [5, "ü'", true, null] }),
    );
    expect(rowsOf(chunks)).toEqual([["5", "ü'", "t", null]]);
  });

  test("parameters for a script are refused", async () => {
    await expect(collect(run(backend, ["select 1", "select 2"], { parameters: [1] }))).rejects.toMatchObject({
      code: "parameters_mismatch",
    });
  });

  test.each([
    [99, 99, true],
    [100, 100, false],
    [0, 0, true],
  ])("with maxRows %i there are %i rows, truncated: %s", async (maxRows, rows, truncated) => {
    const chunks = await collect(run(backend, "select id from orders", { maxRows }));
    expect(rowsOf(chunks)).toHaveLength(rows);
    expect(chunks.at(-1)).toEqual({
      type: "statement",
      statement: 0,
      tag: "SELECT",
      rowCount: rows,
      truncated,
    });
  });

  test("the permit's bound on rows holds over the command's", async () => {
    const permit = permitFor();
    const { obligations } = permit.binding;
    const bound = permitFor({ obligations: { ...obligations, maxRows: 3 } });
    const chunks = await collect(
      backend.run(bound, executable("select id from orders"), new AbortController().signal),
    );
    expect(rowsOf(chunks)).toHaveLength(3);
  });

  test("statements are cut at byte positions, and errors count characters of the whole command", async () => {
    const script = ["select '€𝄞'", "select 'ß' as é", "select wrong"];
    const chunks: Chunk[] = [];
    await expect(async () => {
      for await (const chunk of run(backend, script)) chunks.push(chunk);
    }).rejects.toMatchObject({ name: "TargetFailure", error: { code: "42703", position: 36 } });
    expect(rowsOf(chunks)).toEqual([["€𝄞"], ["ß"]]);
  });

  test("notices come between the chunks", async () => {
    const chunks = await collect(run(backend, "do $$ begin raise notice 'hello %', 1; end $$"));
    expect(chunks[0]).toEqual({
      type: "notice",
      notice: { severity: "NOTICE", message: "hello 1", code: "00000" },
    });
  });

  test("COPY in either direction is refused and leaves the connection usable", async () => {
    await expect(collect(run(backend, "copy orders to stdout"))).rejects.toMatchObject({
      code: "target_kind",
    });
    await expect(collect(run(backend, "copy orders from stdin", write))).rejects.toMatchObject({
      code: "target_kind",
    });
    expect(await one("select 1")).toBe("1");
  });
});

describe("reads cannot write", () => {
  test.each([
    ["alone", "delete from orders"],
    ["in a script", ["select 1", "delete from orders"]],
  ])("%s: SQLSTATE 25006", async (_, sql) => {
    await expect(collect(run(backend, sql))).rejects.toMatchObject({ error: { code: "25006" } });
  });

  test("a script cannot make its own transaction writable", async () => {
    await expect(
      collect(run(backend, ["set transaction read write", "delete from orders"])),
    ).rejects.toMatchObject({ error: { code: "25001" } });
  });

  test.each([
    ["SET", "set default_transaction_read_only = off"],
    ["a function", "select turn_writable()"],
    ["a session characteristic", "set session characteristics as transaction read write"],
  ])("a default that %s changed is put back before the next command", async (_, sql) => {
    await collect(run(backend, sql));
    await expect(collect(run(backend, "delete from orders"))).rejects.toMatchObject({
      error: { code: "25006" },
    });
  });

  test("a transaction left open is rolled back and said", async () => {
    const chunks = await collect(run(backend, "begin read write"));
    expect(chunks.at(-1)).toMatchObject({ type: "notice", notice: { severity: "WARNING" } });
    await expect(collect(run(backend, "delete from orders"))).rejects.toMatchObject({
      error: { code: "25006" },
    });
  });

  test("a temporary table cannot stand in for the one that was judged", async () => {
    const other = await fresh();
    await collect(run(other, "create temp table orders (id int)", write));
    expect(rowsOf(await collect(run(other, "select count(*) from orders")))).toEqual([["100"]]);
  });

  test("a setting that no statement follows is said to be put back", async () => {
    const said = async (statements: string[]) =>
      (await collect(run(backend, statements))).filter((chunk) => chunk.type === "notice");
    expect(await said(["set work_mem = '8MB'"])).toMatchObject([
      { notice: { message: expect.stringContaining("put back after its command") } },
    ]);
    expect(await said(["set work_mem = '8MB'", "select 1"])).toEqual([]);
  });

  test("the role and search path of one command do not reach the next", async () => {
    await collect(run(backend, ["set search_path = pg_catalog", "set role pg_monitor"], write));
    expect(await one("select current_setting('search_path') || current_user")).toBe(
      `"public", "pg_temp"${(await inDatabase("select current_user as u")).u}`,
    );
  });
});

describe("writes", () => {
  test("commit with the rows they touched", async () => {
    const chunks = await collect(run(backend, "update orders set state = 'x' where id <= 2", write));
    expect(chunks.at(-1)).toEqual({
      type: "statement",
      statement: 0,
      tag: "UPDATE",
      rowCount: 2,
      truncated: false,
    });
    expect(await inDatabase("select count(*)::int from orders where state = 'x'")).toEqual({ count: 2 });
  });

  test("more rows than the bound are rolled back, and counted in the refusal", async () => {
    await expect(
      collect(run(backend, "update orders set state = 'y'", { ...write, maxAffectedRows: 99 })),
    ).rejects.toMatchObject({ code: "too_many_rows", extra: { affectedRows: 100, maxAffectedRows: 99 } });
    expect(await inDatabase("select count(*)::int from orders where state = 'y'")).toEqual({ count: 0 });
  });

  test("the bound is for the whole script", async () => {
    const script = [
      "update orders set state = 'y' where id = 1",
      "update orders set state = 'y' where id = 2",
    ];
    await expect(collect(run(backend, script, { ...write, maxAffectedRows: 1 }))).rejects.toMatchObject({
      code: "too_many_rows",
    });
    expect(await inDatabase("select count(*)::int from orders where state = 'y'")).toEqual({ count: 0 });
  });

  test.each([
    ["a CTE", "with d as (delete from orders returning 1) select 1"],
    ["DO", "do $$ begin delete from orders; end $$"],
  ])("the bound counts what %s touches", async (_, sql) => {
    await expect(collect(run(backend, sql, { ...write, maxAffectedRows: 99 }))).rejects.toMatchObject({
      code: "too_many_rows",
      extra: { affectedRows: 100 },
    });
    expect(await inDatabase("select count(*)::int from orders")).toEqual({ count: 100 });
  });

  test("RETURNING more rows than are wanted still touches all, and says it was cut", async () => {
    const chunks = await collect(
      run(backend, "update orders set state = state returning id", { ...write, maxRows: 5 }),
    );
    expect(rowsOf(chunks)).toHaveLength(5);
    expect(chunks.at(-1)).toMatchObject({ tag: "UPDATE", rowCount: 100, truncated: true });
  });

  test("a script's first error rolls all of it back", async () => {
    await expect(
      collect(run(backend, ["update orders set state = 'z'", "select 1/0"], write)),
    ).rejects.toMatchObject({ error: { code: "22012" } });
    expect(await inDatabase("select count(*)::int from orders where state = 'z'")).toEqual({ count: 0 });
  });

  test("an error of the commit itself is the target's error", async () => {
    await beside(url, (client) =>
      client.query("create table child (id int references orders deferrable initially deferred)"),
    );
    await expect(collect(run(backend, "insert into child values (-1)", write))).rejects.toMatchObject({
      error: { code: "23503" },
    });
    expect(await one("select count(*) from child")).toBe("0");
  });

  test("a statement that ends the transaction stops the script", async () => {
    await expect(
      collect(run(backend, ["rollback", "update orders set state = 'z'"], write)),
    ).rejects.toMatchObject({ code: "conflict" });
    expect(await inDatabase("select count(*)::int from orders where state = 'z'")).toEqual({ count: 0 });
  });
});

describe("permits", () => {
  const refused = { code: "permit_invalid" };
  const signal = new AbortController().signal;

  test("one runs once", async () => {
    const permit = permitFor();
    await collect(backend.run(permit, executable("select 1"), signal));
    await expect(collect(backend.run(permit, executable("select 1"), signal))).rejects.toMatchObject(refused);
  });

  test.each([
    ["other bytes", { sha256: "1".repeat(64) }],
    ["another revision of the target", { targetRevision: 8 }],
    ["another session", { session: null }],
    ["the past", { expiresAt: 0 }],
  ])("one for %s runs nothing", async (_, parts) => {
    await expect(
      collect(backend.run(permitFor(parts), executable("select 1"), signal)),
    ).rejects.toMatchObject(refused);
  });

  test("one for reading does not open a read-write transaction", async () => {
    await expect(
      collect(backend.run(permitFor(), executable("delete from orders", write), signal)),
    ).rejects.toMatchObject(refused);
  });

  test("one for another revision opens no connection", async () => {
    const port = 1;
    await expect(
      open(url, {
        permit: permitFor({ targetRevision: 6 }),
        target: { address: { host: "127.0.0.1", port, database: "x", tls: "off" } },
      }),
    ).rejects.toMatchObject(refused);
  });
});
