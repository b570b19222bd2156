import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../db/testing.ts";
import { dataRows } from "../protocols/postgres/connect/testing-rows.ts";
import { createSecondLine } from "./second-line.ts";
import { heldToItsWord } from "./testing-clears.ts";

/** Unclassified notes that hold what detectors know, and everyday values that look like it. */
let client: pg.Client;
let drop: () => Promise<void>;
beforeAll(async () => {
  const fresh = await freshDatabase();
  drop = fresh.drop;
  client = new pg.Client({
    connectionString: fresh.url,
    types: { getTypeParser: () => (value: string) => value },
  });
  await client.connect();
  await client.query(`
    create table notes (id int primary key, card text, spaced text, iban text, mail text, note text);
    insert into notes values
      (1, '4111111111111111', '4111 1111 1111 1111', 'DE89370400440532013000', 'ann.lee@example.org', 'paid with 4111 1111 1111 1111 today'),
      (2, '5555555555554444', '5555-5555-5555-4444', 'GB29NWBK60161331926819', 'bob@mail.example.com', 'call back'),
      (3, '378282246310005', '3782 822463 10005', 'NL91ABNA0417164300', 'eve@example.net', 'IBAN DE89 3704 0044 0532 0130 00, thanks');
    create table parts (id int, a text, b text, c text, d text);
    insert into parts select id, substr(card, 1, 4), substr(card, 5, 4), substr(card, 9, 4), substr(card, 13) from notes where id < 3;
    create table halves (a text, b text);
    insert into halves select substr(card, 1, 8), substr(card, 9) from notes, generate_series(1, 3);
    -- Pseudo-random, the same on each run and server.
    create table orders (id int, number text, reference text, code text, price numeric(10, 2), placed timestamptz, hash text, uid uuid, zip text, stars text);
    insert into orders select i,
      lpad((abs(hashint8(i))::bigint % 100000000)::text, 8, '4'), lpad((abs(hashint8(i * 7))::bigint % 100000000)::text, 8, '5'),
      'DE' || lpad((i * 7919 % 1000000)::text, 6, '0'), (i * 7.35)::numeric(10, 2), timestamptz '2024-01-03 10:15+00' + i * interval '7 hours',
      md5(i::text), md5(i::text)::uuid, lpad((abs(hashint4(i)) % 100000)::text, 5, '0'), (1 + abs(hashint4(i * 3)) % 5)::text
      from generate_series(1, 3000) i;`);
});
afterAll(async () => {
  await client?.end();
  await drop?.();
});

const hidden = new Map(
  ["card", "iban", "email"].map((name) => [
    name,
    { name, description: "", mask: { kind: "redact" as const }, lookup: false },
  ]),
);
const catalog = {
  ...{ revision: "", readAt: "", serverVersion: 18, database: "", searchPath: [] },
  ...{ relations: [], functions: [], operators: [], types: [] },
};

/** A query's rows as they leave, in chunks of so many. */
async function shown(sql: string, chunk = 5_000, classes = hidden) {
  const result = await client.query<(string | null)[]>({ text: sql, rowMode: "array" });
  const fields = result.fields.map(({ name, dataTypeID, tableID, columnID }) => ({
    ...{ name, typeOid: dataTypeID, tableOid: tableID, columnNumber: columnID },
  }));
  const line = heldToItsWord(
    createSecondLine({ fields, catalog, hidden: classes, text: sql, parameters: [] }),
  );
  const rows = result.rows.map((row) => [...row]);
  const out: (string | null)[][] = [];
  for (let at = 0; at < rows.length; at += chunk) out.push(...line.rows(rows.slice(at, at + chunk)));
  return { rows: out, direct: result.rows, found: line.found() };
}

describe("a value cut over cells of a row", () => {
  test.each([
    "select substr(card, 1, 8), substr(card, 9) from notes order by id",
    "select substr(card, 1, 8) as a, substr(card, 9) as b from notes where id = 1",
    "select left(card, 4), substr(card, 5, 4), substr(card, 9, 4), substr(card, 13, 4) from notes where id < 3",
    "select substr(spaced, 1, 5), substr(spaced, 6, 6), substr(spaced, 12) from notes",
    "select left(card, 4) || '-', substr(card, 5) from notes",
    `select ${Array.from({ length: 16 }, (_, i) => `substr(card, ${i + 1}, 1)`).join(", ")} from notes where id < 3`,
    "select substr(iban, 1, 4), substr(iban, 5, 8), substr(iban, 13) from notes",
    "select left(iban, 2), substr(iban, 3) from notes where id = 2",
    "select left(mail, 9), substr(mail, 10) from notes where id < 3",
    "select a, b, c, d from parts where id = 1",
    "select a, b from halves",
    "select x, y from (select substr(card, 1, 6) as x, substr(card, 7) as y from notes) t",
  ])("%s", async (sql) => {
    const { rows, found } = await shown(sql);
    expect(new Set(rows.flat())).toEqual(new Set(["•••"]));
    expect(found.length).toBeGreaterThan(0);
  });

  test("leaves the cells beside it, and finds what runs over a border inside of texts", async () => {
    expect(
      (await shown("select id, substr(card, 1, 8), substr(card, 9), now()::date - now()::date from notes"))
        .rows,
    ).toEqual([
      ["1", "•••", "•••", "0"],
      ["2", "•••", "•••", "0"],
      ["3", "•••", "•••", "0"],
    ]);
    expect((await shown("select left(note, 20), substr(note, 21), id from notes order by id")).rows).toEqual([
      ["•••", "•••", "1"],
      ["call back", "", "2"],
      ["•••", "•••", "3"],
    ]);
  });

  test("is found once enough rows were seen, whatever the chunks", async () => {
    const { rows } = await shown("select a, b from halves", 1);
    expect(rows.filter(([a]) => a !== "•••")).toHaveLength(4);
    expect(rows.slice(4).flat()).toEqual(Array.from({ length: 10 }, () => "•••"));
  });

  test("is shown to whoever may see the class", async () => {
    const { rows, direct } = await shown(
      "select substr(card, 1, 8), substr(card, 9) from notes",
      5_000,
      new Map(),
    );
    expect(rows).toEqual(direct);
  });
});

describe("a value spelled down a column", () => {
  test.each([
    "select regexp_split_to_table(card, '') from notes where id = 1",
    "select regexp_split_to_table(card, '') from notes",
    "select substr(card, g, 4) from notes, generate_series(1, 16, 4) g where id < 3 order by id, g",
    "select substr(spaced, g, 1) from notes, generate_series(1, 19) g where id = 1 order by g",
    "select substr(iban, g, 2) from notes, generate_series(1, 22, 2) g where id < 3 order by id, g",
    "select regexp_split_to_table(mail, '') from notes",
    "select substr(mail, g, 3) from notes, generate_series(1, 19, 3) g where id = 1 order by g",
  ])("%s", async (sql) => {
    expect(new Set((await shown(sql)).rows.flat())).toEqual(new Set(["•••"]));
  });

  test("is hidden beside its number, and what was found stays hidden in what follows", async () => {
    const sql =
      "select g, substr(card, g, 1) from notes, generate_series(1, 16) g where id < 3 order by id, g";
    expect((await shown(sql)).rows.map(([, piece]) => piece)).toEqual(
      Array.from({ length: 32 }, () => "•••"),
    );
    const pieces = (
      await shown("select regexp_split_to_table(repeat(card, 5), '') from notes where id < 3", 10)
    ).rows.flat();
    // Four pieces of the fifth ten fill three values: what came before is out.
    expect(pieces.indexOf("•••")).toBe(40);
    expect(new Set(pieces.slice(40))).toEqual(new Set(["•••"]));
  });
});

describe("everyday values side by side and below each other stay", () => {
  test.each([
    "select number, reference from orders",
    "select number, reference, code, zip from orders order by id desc",
    "select id::text, number || '', reference || '' from orders",
    "select substr(hash, 1, 16), substr(hash, 17) from orders",
    "select left(hash, 4), substr(hash, 5, 4), substr(hash, 9, 4), substr(hash, 13, 4) from orders",
    "select uid::text, hash, code from orders",
    "select to_char(placed, 'YYYYMMDD'), to_char(placed, 'HH24MISS') from orders",
    "select to_char(placed, 'YYYY'), to_char(placed, 'MMDD'), to_char(placed, 'HH24MI'), to_char(placed, 'SSMS') from orders",
    "select to_char(price, 'FM00000000'), to_char(price * 1.19, 'FM00000000') from orders",
    "select floor(extract(epoch from placed))::text, price::text, id::text from orders",
    "select left(number, 1), left(zip, 1), stars || '' from orders",
    "select left(zip, 2) from orders",
    "select left(zip, 4), right(zip, 4) from orders",
    "select left(code, 4), substr(code, 5) from orders",
    "select to_char(placed, 'YYYY') from orders limit 4",
    "select regexp_split_to_table(number, '') from orders",
    "select substr(reference, g, 2) from orders, generate_series(1, 8, 2) g order by id, g",
    "select 'ann', '@ann.example.social'",
    "select 'app@db1', version()",
    "select 'Ann Lee', 'ORD-4111 1111', '1111 1111 pieces'",
    `select ${Array.from({ length: 16 }, (_, i) => `(1 + abs(hashint4(id * ${i + 3})) % 5)::text`).join(", ")} from orders`,
  ])("%s", async (sql) => {
    for (const chunk of [5_000, 64]) {
      const { rows, direct, found } = await shown(sql, chunk);
      expect(found).toEqual([]);
      expect(rows).toEqual(direct);
    }
  });

  test("in pages of a few rows, as they are stored or computed", async () => {
    const { direct } = await shown("select number, reference from orders");
    let touched = 0;
    for (let at = 0; at < direct.length; at += 5) {
      const fields = ["a", "b"].map((name) => ({ name, typeOid: 25, tableOid: at % 2, columnNumber: 0 }));
      const line = createSecondLine({ fields, catalog, hidden, text: "", parameters: [] });
      line.rows(direct.slice(at, at + 5).map((row) => [...row]));
      touched += line.found().length;
    }
    expect(touched).toBe(0);
  });
});

describe("hostile results", () => {
  const fields = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `c${i}`, typeOid: 25, tableOid: 0, columnNumber: 0 }));
  test.each([
    ["many columns of digits", 1_600, 200, "4"],
    ["many columns of country codes", 1_600, 200, "DE"],
    ["long columns of one digit", 3, 100_000, "4"],
    ["addresses without an end", 3, 100_000, "a@"],
    ["long cells", 40, 20, "4@ ".repeat(40_000)],
  ])("%s are read in linear time", (_, width, height, cell) => {
    // Work by the square of the size takes hours: the run would end at its time limit.
    const line = createSecondLine({ fields: fields(width), catalog, hidden, text: "", parameters: [] });
    const rows = Array.from({ length: height }, () => Array.from({ length: width }, () => cell));
    line.clears(dataRows(rows));
    expect(line.rows(rows)).toHaveLength(height);
  });
});
