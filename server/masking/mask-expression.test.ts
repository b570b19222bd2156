import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MaskRule } from "../../shared/nouns/catalog.ts";
import { freshDatabase } from "../db/testing.ts";
import { maskExpression } from "./mask-expression.ts";

let client: pg.Client;
let drop: () => Promise<void>;
beforeAll(async () => {
  const database = await freshDatabase();
  drop = () => database.drop();
  client = new pg.Client({
    connectionString: database.url,
    types: { getTypeParser: () => (value: string) => value },
  });
  await client.connect();
  await client.query(
    "set timezone = 'Asia/Tokyo'; create type mood as enum ('happy'); create domain zip as text",
  );
});
afterAll(async () => {
  await client?.end();
  await drop?.();
});

/** The masked text of a value, and the type that the expression has. */
async function masked(type: string, value: string | null, rule: MaskRule): Promise<string | null> {
  await client.query(`create temp table t (v ${type})`);
  try {
    await client.query("insert into t values ($1)", [value]);
    const described = await client.query<{ oid: string; type: string }>(
      "select atttypid as oid, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 't'::regclass and attname = 'v'",
    );
    const column = described.rows[0];
    if (column === undefined) throw new Error("no column");
    const { sql } = maskExpression(
      { type: column.type, typeOid: Number(column.oid) },
      rule,
      '"t"."v"',
      "0123",
    );
    const result = await client.query<{ v: string | null; type: string }>(
      `select ${sql} as v, pg_typeof(${sql}) as type from t`,
    );
    // A domain is masked as its base type.
    if (type !== "zip") expect(result.rows[0]?.type).toBe(column.type.replace(/\(.*?\)/, ""));
    return result.rows[0]?.v ?? null;
  } finally {
    await client.query("drop table t");
  }
}

const last: MaskRule = { kind: "last", count: 4 };
const first: MaskRule = { kind: "first", count: 2 };
const domain: MaskRule = { kind: "email-domain" };
const redact: MaskRule = { kind: "redact" };
const year: MaskRule = { kind: "date", to: "year" };
const month: MaskRule = { kind: "date", to: "month" };
const bucket: MaskRule = { kind: "bucket", size: 1000 };
const token: MaskRule = { kind: "token" };

describe("a mask keeps the type and hides the value", () => {
  test.each<[string, string | null, MaskRule, string | null]>([
    ["text", "4111111111111111", last, "••••1111"],
    ["varchar(19)", "4111 1111 1111 1111", last, "••••1111"],
    ["char(20)", "4111111111111111", last, "••••1111            "],
    ["text", "1234567", last, "•••"],
    ["text", "12345678", last, "••••5678"],
    ["text", "", last, "•••"],
    ["varchar(6)", "123456", last, "•••"],
    ["varchar(2)", "12", redact, "••"],
    ["char(1)", "x", redact, "•"],
    ["text", null, last, null],
    ["bigint", "4111111111111111", last, "1111"],
    ["integer", "12345", last, null],
    ["bigint", "-9223372036854775808", last, "-5808"],
    ["numeric(20,0)", "4111111111111111", last, null],
    ["text", "Maximilian", first, "Ma••••"],
    ["text", "Max", first, "•••"],
    ["text", "ann@example.org", domain, "•••@example.org"],
    ["varchar(16)", "ann@example.org", domain, "•••@example.org"],
    ["text", "no address", domain, "•••"],
    ["text", "@example.org", domain, "•••"],
    ["text", "a@b@example.org", domain, "•••"],
    ["text", "me at home @ 5 Main St.", domain, "•••"],
    ["text", "a@localhost", domain, "•••"],
    ["text", "secret", redact, "•••"],
    ["name", "secret", redact, "•••"],
    ["jsonb", '{"a": 1}', redact, '{"•••": "•••"}'],
    ["json", "[1]", redact, '{"•••": "•••"}'],
    ["text[]", "{a,b}", redact, "{•••}"],
    ["integer", "7", redact, null],
    ["uuid", "6d1f3f5e-6a39-4d0b-9e0c-111111111111", redact, null],
    ["bytea", "\\x00", redact, null],
    ["boolean", "true", redact, null],
    ["inet", "10.0.0.1", redact, null],
    ["zip", "12345", redact, null],
    ["mood", "happy", redact, null],
    ["integer[]", "{1}", redact, null],
    ["text", "secret", { kind: "null" }, null],
    ["date", "1987-06-05", year, "1987-01-01"],
    ["date", "1987-06-05", month, "1987-06-01"],
    ["date", "infinity", year, "infinity"],
    ["timestamp", "1987-06-05 10:11:12", month, "1987-06-01 00:00:00"],
    ["timestamptz", "1987-06-05 10:11:12+00", month, "1987-06-01 09:00:00+09"],
    ["text", "1987-06-05", year, "•••"],
    ["integer", "12345", bucket, "12000"],
    ["integer", "-2147483648", bucket, "-2147483648"],
    ["smallint", "-32768", bucket, "-32768"],
    ["numeric(10,2)", "12345.67", bucket, "12000"],
    ["double precision", "12345.67", bucket, "12000"],
    ["numeric", "NaN", bucket, "NaN"],
    ["text", "12345", bucket, "•••"],
    ["date", "2020-01-01", token, null],
    ["varchar(8)", "x", token, "•••"],
    ["text", null, token, null],
  ])("%s %s %o -> %s", async (type, value, rule, expected) => {
    expect(await masked(type, value, rule)).toBe(expected);
  });

  test("equal values give equal tokens, other values and other keys give others", async () => {
    const one = await masked("text", "a", token);
    expect(one).toMatch(/^[0-9a-f]{24}$/);
    expect(await masked("varchar(60)", "a", token)).toBe(one);
    expect(await masked("text", "b", token)).not.toBe(one);
    expect(await masked("varchar(12)", "a", token)).toBe(one?.slice(0, 12));
    expect(await masked("uuid", "6d1f3f5e-6a39-4d0b-9e0c-111111111111", token)).toMatch(/^[0-9a-f-]{36}$/);
    expect(await masked("bigint", "5", token)).toMatch(/^\d{10,}$/);
  });

  test("a temporary table that shadows a type changes nothing", async () => {
    await client.query("create temp table text (x int); create temp table varchar (x int)");
    expect(await masked("pg_catalog.text", "4111111111111111", last)).toBe("••••1111");
    await client.query("drop table pg_temp.text; drop table pg_temp.varchar");
  });
});
