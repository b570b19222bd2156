import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MaskRule } from "../../shared/nouns/catalog.ts";
import { freshDatabase } from "../db/testing.ts";
import { readCatalog } from "../protocols/postgres/catalog/read.ts";
import { maskExpression } from "./mask-expression.ts";
import type { MaskedColumn } from "./mask-types.ts";

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
    `set timezone = 'Asia/Tokyo'; create type mood as enum ('happy'); create extension citext;
     create domain zip as varchar(12) check (value ~ '^[0-9 -]+$'); create domain home_zip as zip not null;
     create domain handle as citext; create domain document as jsonb; create domain born as date`,
  );
});
afterAll(async () => {
  await client?.end();
  await drop?.();
});

const columns = new Map<string, MaskedColumn>();
async function readColumn(): Promise<MaskedColumn> {
  const raw = await readCatalog(
    async (sql) => (await client.query<(string | null)[]>({ text: sql, rowMode: "array" })).rows,
  );
  const column = raw.relations.find(({ name }) => name === "masked_values")?.columns[0];
  if (column === undefined) throw new Error("no column");
  return column;
}

/** The masked text of a value, and the type that the expression has. */
async function masked(type: string, value: string | null, rule: MaskRule): Promise<string | null> {
  await client.query(`create table masked_values (v ${type})`);
  try {
    await client.query("insert into masked_values values ($1)", [value]);
    const column = columns.get(type) ?? (await readColumn());
    columns.set(type, column);
    const { sql } = maskExpression(column, rule, '"masked_values"."v"', "0123");
    const result = await client.query<{ v: string | null; type: string }>(
      `select ${sql} as v, pg_typeof(${sql}) as type from masked_values`,
    );
    // A domain is masked as what it rests on.
    const expected = column.base?.citext === undefined ? (column.base?.type ?? column.type) : "citext";
    if (result.rows[0]?.v !== null) expect(result.rows[0]?.type).toBe(expected.replace(/\(.*?\)/, ""));
    return result.rows[0]?.v ?? null;
  } finally {
    await client.query("drop table masked_values");
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
    ["zip", "12345", redact, "•••"],
    ["zip", "12345-6789", last, "••••6789"],
    ["home_zip", "12345-6789", last, "••••6789"],
    ["citext", "Ann@Example.org", domain, "•••@Example.org"],
    ["handle", "Ann@Example.org", domain, "•••@Example.org"],
    ["document", '{"a": 1}', redact, '{"•••": "•••"}'],
    ["born", "1987-06-05", year, "1987-01-01"],
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

  test("keyed digits stand for digits, the same for the same value; separators, length and the last stay", async () => {
    const digits: MaskRule = { kind: "digits" };
    const keep: MaskRule = { kind: "digits", keep: 4 };
    const card = await masked("text", "4111-1111 1111.1111", keep);
    expect(card).toMatch(/^\d{4}-\d{4} \d{4}\.1111$/);
    expect(card).not.toContain("4111-1111 1111");
    expect(await masked("varchar(19)", "4111-1111 1111.1111", keep)).toBe(card);
    expect((await masked("text", "4111-1111 1111.1112", keep))?.slice(0, 14)).not.toBe(card?.slice(0, 14));
    expect(await masked("char(10)", "+49 30", digits)).toMatch(/^\+\d\d \d\d {4}$/);
    expect(await masked("text", "DE89 3704", digits)).toMatch(/^DE\d\d \d{4}$/);
    expect(await masked("text", "12345", keep)).toMatch(/^\d{5}$/);
    expect(await masked("text", "123456", keep)).not.toMatch(/3456$/);
    expect(await masked("bigint", "4111111111111111", digits)).toMatch(/^[1-9]\d{15}$/);
    expect(await masked("bigint", "4111111111111111", keep)).toMatch(/^[1-9]\d{11}1111$/);
    for (const [type, value] of [
      ["bigint", "-5"],
      ["bigint", "9223372036854775807"],
      ["integer", "12345"],
    ] as const)
      expect(await masked(type, value, digits)).toBeNull();
    for (const value of ["call Ann", "", "Max1", "12345 at home", "٠١٢", "ABCD1"])
      expect(await masked("text", value, digits)).toBe("•••");
    const seen = new Set<string>();
    for (let n = 0; n < 20; n++)
      for (const digit of (await masked("text", `${n}-000000000`, digits)) ?? "") seen.add(digit);
    expect([...seen].filter((digit) => /\d/.test(digit)).length).toBe(10);
  });

  const profile: MaskRule = {
    kind: "json",
    paths: {
      "address.street": redact,
      "phones[*].number": last,
      "tags[*]": redact,
      born: year,
      pay: bucket,
      mail: domain,
      id: { kind: "token" },
      gone: { kind: "null" },
      "it's": redact,
    },
  };
  test.each<[string, string]>([
    [
      '{"address": {"street": "Main 5", "city": "Oslo"}, "open": 1}',
      '{"open": 1, "address": {"city": "Oslo", "street": "•••"}}',
    ],
    [
      '{"phones": [{"number": "0123456789", "kind": "home"}, {"kind": "none"}]}',
      '{"phones": [{"kind": "home", "number": "••••6789"}, {"kind": "none"}]}',
    ],
    [
      '{"tags": ["a", 1, null, {"b": 2}, ["c"]], "a": [1]}',
      '{"a": [1], "tags": ["•••", "•••", null, "•••", "•••"]}',
    ],
    [
      '{"born": "1987-06-05", "pay": 51234.5, "mail": "a@b.example"}',
      '{"pay": 51000, "born": "1987-01-01", "mail": "•••@b.example"}',
    ],
    ['{"born": "in June", "pay": "much", "mail": {"a": 1}}', '{"pay": "•••", "born": "•••", "mail": "•••"}'],
    ['{"gone": {"a": 1}, "it\'s": "x", "its": "x"}', '{"its": "x", "gone": null, "it\'s": "•••"}'],
    [
      '{"address": null, "phones": null, "tags": null, "born": null}',
      '{"born": null, "tags": null, "phones": null, "address": null}',
    ],
    ['{"address": {}, "phones": [], "tags": []}', '{"tags": [], "phones": [], "address": {}}'],
    ['{"address": "Main 5", "open": 1}', '{"open": 1, "address": "•••"}'],
    ['{"address": [{"street": "Main 5"}]}', '{"address": "•••"}'],
    ['{"phones": {"number": "0123456789"}}', '{"phones": "•••"}'],
    ['{"phones": ["0123456789", null]}', '{"phones": ["•••", null]}'],
    ['"Main 5"', '{"•••": "•••"}'],
    ['[{"address": {"street": "Main 5"}}]', '{"•••": "•••"}'],
    ["null", "null"],
    ["{}", "{}"],
  ])("the paths of a document: %s", async (value, expected) => {
    expect(await masked("jsonb", value, profile)).toBe(expected);
    expect(await masked("document", value, profile)).toBe(expected);
    expect(await masked("json", value, profile)).toBe('{"•••": "•••"}');
  });
  test("a list of documents, and one path over another", async () => {
    const each: MaskRule = {
      kind: "json",
      paths: { "[*].name": redact, "[*][*]": redact, "[*].name.first": year },
    };
    expect(await masked("jsonb", '[{"name": {"first": "x"}, "n": 1}, ["y"], 5]', each)).toBe(
      '[{"n": 1, "name": "•••"}, ["•••"], "•••"]',
    );
    const token = await masked("jsonb", '{"id": 5}', profile);
    expect(token).toMatch(/^\{"id": "[0-9a-f]{24}"\}$/);
    expect(await masked("jsonb", '{"id": "5"}', profile)).toBe(token);
    expect(await masked("jsonb", '{"id": 6}', profile)).not.toBe(token);
    expect(await masked("jsonb", null, profile)).toBeNull();
    expect(await masked("text", '{"id": 6}', profile)).toBe("•••");
  });

  test("a text is hashed as it is, backslashes and all", async () => {
    const seen = new Set<string | null>();
    for (const value of ["a\\b", "a\\\\b", "\\x41", "A", "\\101", "é\\", "\\"])
      seen.add(await masked("text", value, token));
    expect(seen.size).toBe(7);
  });

  test("a temporary table that shadows a type changes nothing", async () => {
    await client.query("create temp table text (x int); create temp table varchar (x int)");
    expect(await masked("pg_catalog.text", "4111111111111111", last)).toBe("••••1111");
    await client.query("drop table pg_temp.text; drop table pg_temp.varchar");
  });
});

describe("a mask is immutable", () => {
  const kinds: MaskRule[] = [
    redact,
    { kind: "null" },
    last,
    first,
    domain,
    year,
    month,
    bucket,
    token,
    { kind: "digits" },
    { kind: "digits", keep: 4 },
    {
      kind: "json",
      paths: {
        "l[*].last": last,
        "l[*].first": first,
        mail: domain,
        born: year,
        month,
        pay: bucket,
        id: token,
        number: { kind: "digits", keep: 4 },
        gone: { kind: "null" },
        name: redact,
      },
    },
  ];
  const types =
    "text,varchar(40),char(20),name,citext,zip,handle,json,jsonb,document,smallint,integer,bigint,numeric(20,2),real," +
    "double precision,date,born,timestamp,timestamptz,uuid,text[],varchar(9)[],mood,boolean,bytea,inet";

  /** Names of the functions that a stored expression runs and that are not immutable. */
  async function notImmutable(expression: string, table: string): Promise<string[]> {
    await client.query(`create temp view as_stored as select ${expression} as v from ${table}`);
    const stored = await client.query<{ tree: string }>(
      "select ev_action::text as tree from pg_rewrite where ev_class = 'as_stored'::regclass",
    );
    await client.query("drop view as_stored");
    const tree = stored.rows[0]?.tree ?? "";
    const called = [...tree.matchAll(/:(?:funcid|opfuncid|aggfnoid) (\d+)/g)].map((match) => match[1]);
    // A cast by way of text runs the output function of one type and the input function of another.
    const cast = [...tree.matchAll(/COERCEVIAIO :arg \{(\w+) (.*?)type (\d+)/gs)].map((match) => match[3]);
    const into = [...tree.matchAll(/:resulttype (\d+)/g)].map((match) => match[1]);
    expect(called).not.toContain("0");
    const found = await client.query<{ name: string }>(
      `select distinct p.oid::regprocedure::text as name from pg_proc p
       where p.provolatile <> 'i' and (p.oid = any($1::oid[])
         or p.oid in (select typoutput from pg_type where oid = any($2::oid[]))
         or (position('COERCEVIAIO' in $4) > 0 and p.oid in (select typinput from pg_type where oid = any($3::oid[]))))`,
      [called, cast, into, tree],
    );
    return found.rows.map(({ name }) => name);
  }

  test.each(types.split(/,(?!\d)/))("of every kind over %s", async (type) => {
    await client.query(`create table masked_values (v ${type})`);
    try {
      const column = await readColumn();
      for (const rule of kinds) {
        const { sql } = maskExpression(column, rule, '"masked_values"."v"', "0123");
        expect([rule.kind, await notImmutable(sql, "masked_values")]).toEqual([rule.kind, []]);
        // PostgreSQL's own word for it; an index takes neither a sub-select nor a type without an order.
        const refused = await client.query(`create index on masked_values ((${sql}))`).then(
          () => "",
          (error: unknown) => (error instanceof pg.DatabaseError ? error.message : "not asked"),
        );
        expect(refused).toMatch(/^$|subquery|no default operator class/);
      }
    } finally {
      await client.query("drop table masked_values");
    }
  });

  test("and what is not is found", async () => {
    expect(await notImmutable("to_jsonb(now())::text", "(select 1) t")).toEqual([
      "now()",
      "to_jsonb(anyelement)",
    ]);
    expect(await notImmutable("('2020-01-0' || t.v)::date", "(select text 'x' as v) t")).toEqual([
      "date_in(cstring)",
    ]);
  });
});
