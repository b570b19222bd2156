import { describe, expect, test } from "vitest";
import { dataRows } from "../protocols/postgres/connect/testing-rows.ts";
import type { Catalog } from "../../shared/nouns/catalog.ts";
import { reachesHidden } from "./hidden.ts";
import { createSecondLine, type Field } from "./second-line.ts";
import { heldToItsWord } from "./testing-clears.ts";

const column = (number: number, name: string, dataClass?: string) => ({
  number,
  name,
  type: "text",
  typeOid: 25,
  notNull: false,
  hasDefault: false,
  generated: false,
  ...(dataClass === undefined ? {} : { class: dataClass }),
});
const catalog: Catalog = {
  revision: "",
  readAt: "",
  serverVersion: 180000,
  database: "shop",
  searchPath: ["public"],
  relations: [
    {
      oid: 1000,
      schema: "public",
      name: "customers",
      kind: "table",
      columns: [column(1, "id"), column(2, "email", "email"), column(3, "note")],
      primaryKey: ["id"],
      foreignKeys: [],
      indexes: [{ name: "customers_email_key", unique: true, columns: ["email"] }],
      parents: [],
      estimatedRows: 1,
      hasRules: false,
      hasRowSecurity: false,
      triggers: [],
      dependsOn: [],
    },
  ],
  functions: [],
  operators: [],
  types: [],
};
const classes = (...names: string[]) =>
  new Map(
    names.map((name) => [name, { name, description: "", mask: { kind: "redact" as const }, lookup: false }]),
  );
const field = (name: string, over: Partial<Field> = {}): Field => ({
  name,
  typeOid: 25,
  tableOid: 0,
  columnNumber: 0,
  ...over,
});
const line = (
  fields: Field[],
  text = "",
  parameters: (string | number)[] = [],
  hidden = classes("email", "card"),
) => heldToItsWord(createSecondLine({ fields, catalog, hidden, text, parameters }));

describe("a look at the bytes", () => {
  const clears = (cells: (string | null)[], fields = cells.map((_, i) => field(`f${i}`))) =>
    line(fields).clears(dataRows([cells, cells.map(() => null)]));

  test("clears what is masked already, and rows that hold nothing", () => {
    expect(clears(["•••@mail7.example", "••••1111", "Ordre n° 7, payé", null])).toBe(true);
    expect(
      clears(
        ["41111111111111119999", "4111"],
        [20, 1700].map((typeOid) => field("n", { typeOid })),
      ),
    ).toBe(true);
  });
  test.each([
    ["an address beside a masked one", ["•••@a.example", "ann@example.org"]],
    ["an address that begins beyond ASCII", ["À@example.org"]],
    ["an address of bytes that are no ASCII", ["ébène@例え.org"]],
    ["a card", ["n° 4111 1111 1111 1111"]],
    ["a card in two cells", ["41111111", "11111111"]],
    ["a card that two texts are cut through", ["paid with 4111 1111 1", "111 1111 yesterday"]],
    ["an address in two cells", ["mail ann@exa", "mple.org"]],
    ["a password of letters beyond ASCII", ["postgres://me:pàss\u00e0@host/db"]],
    ["a key behind a space beyond ASCII", ["Server=db;Password\u2003=hunter22;"]],
    ["a key on the next line", ["a;\npassword\n=hunter22;"]],
  ])("does not clear %s", (_, cells) => {
    expect(clears(cells)).toBe(false);
    expect(line(cells.map((_, i) => field(`f${i}`))).rows([[...cells]])).not.toEqual([cells]);
  });
  test("does not clear a hidden column's own cells, nor a column once it spells", () => {
    expect(clears(["x"], [field("e", { tableOid: 1000, columnNumber: 2 })])).toBe(false);
    const spelling = line([field("c")]);
    expect(spelling.rows([..."4111111111111111"].map((digit) => [digit])).flat()).toContain("•••");
    expect(spelling.clears(dataRows([["harmless words"]]))).toBe(false);
  });
});

describe("rows", () => {
  test("a field straight from a hidden column is redacted and told as an incident", () => {
    const second = line([
      field("e", { tableOid: 1000, columnNumber: 2 }),
      field("id", { tableOid: 1000, columnNumber: 1 }),
    ]);
    expect(
      second.rows([
        ["anything", "1"],
        [null, "2"],
      ]),
    ).toEqual([
      ["•••", "1"],
      [null, "2"],
    ]);
    expect(second.found()).toEqual([{ field: "e", class: "email", by: "detector", rule: "origin" }]);
  });

  test("the same field is left alone where the class may be seen", () => {
    const second = line([field("e", { tableOid: 1000, columnNumber: 2 })], "", [], classes("card"));
    expect(second.rows([["ann@example.org"]])).toEqual([["ann@example.org"]]);
    expect(second.found()).toEqual([]);
  });

  test("detectors look into every cell that can hold text or a card", () => {
    const second = line([field("t"), field("n", { typeOid: 20 }), field("u", { typeOid: 2950 })]);
    const uuid = "41111111-1111-1111-0000-000000000000";
    expect(
      second.rows([
        ["x", "1", uuid],
        ["by 4111111111111111", "4111111111111111", uuid],
        [null, null, null],
      ]),
    ).toEqual([
      ["x", "1", uuid],
      ["by •••", "•••", uuid],
      [null, null, null],
    ]);
    expect(second.found().map(({ field, class: name }) => `${field} ${name}`)).toEqual(["t card", "n card"]);
  });

  test("a class that may be seen is not detected, a credential always is", () => {
    const second = line([field("t")], "", [], classes());
    const token = `ghp_${"a".repeat(36)}`;
    expect(second.rows([["4111111111111111 ann@example.org"], [token]])).toEqual([
      ["4111111111111111 ann@example.org"],
      ["•••"],
    ]);
  });
});

describe("errors and notices", () => {
  const clean = (message: string, text = "", parameters: (string | number)[] = []) =>
    line([], text, parameters).error({ code: codeOf(message), message, position: 1 }).message;
  const codeOf = (message: string) =>
    /^(Key|Failing|null|duplicate)/.test(message) ? "23505" : /syntax/.test(message) ? "22P02" : "42703";
  test.each([
    ['invalid input syntax for type integer: "Ann Lee"', "", 'invalid input syntax for type integer: "•••"'],
    [
      'invalid input syntax for type integer: "abc"',
      "select 'abc'::int",
      'invalid input syntax for type integer: "abc"',
    ],
    [
      'invalid input syntax for type integer: "ab"',
      "select 'abc'::int",
      'invalid input syntax for type integer: "•••"',
    ],
    ["Key (email)=(someone) already exists.", "", "Key (email)=(•••) already exists."],
    ["Key (email, note)=(a (b), c) already exists.", "", "Key (email, note)=(•••) already exists."],
    [
      "Key (email)=(me) already exists.",
      "insert into customers (email) values ('me')",
      "Key (email)=(•••) already exists.",
    ],
    ["Failing row contains (7, someone, (x), null).", "", "Failing row contains (•••)."],
    ['column "emial" does not exist', "select emial from customers", 'column "emial" does not exist'],
    [
      'null value in column "note" of relation "customers" violates not-null constraint',
      "",
      'null value in column "note" of relation "customers" violates not-null constraint',
    ],
    [
      'duplicate key value violates unique constraint "customers_email_key"',
      "",
      'duplicate key value violates unique constraint "customers_email_key"',
    ],
    ["division by zero", "", "division by zero"],
    [
      "function nope(unknown, integer) does not exist",
      "select nope('a', 1)",
      "function nope(unknown, integer) does not exist",
    ],
    [
      'Perhaps you meant to reference the column "c.email".',
      "select emial from customers c",
      'Perhaps you meant to reference the column "c.email".',
    ],
    ["card is 4111111111111111", "", "card is •••"],
    ["mail ann@example.org", "", "mail •••"],
  ])("%s (for %s)", (message, text, expected) => expect(clean(message, text)).toBe(expected));

  test("what a parameter held may be repeated, unless a run that reached hidden columns says so", () => {
    const error = { code: "22P02", message: 'invalid input syntax for type integer: "x7"' };
    const said = (reaches: boolean) =>
      createSecondLine({
        ...{ fields: [], catalog, hidden: classes("email"), text: "select $1::int" },
        ...{ parameters: ["x7"], reaches },
      }).error(error).message;
    expect(said(false)).toContain('"x7"');
    expect(said(true)).toContain('"•••"');
    expect(clean('invalid input syntax for type integer: "x7"', "select $1::int", ["x7"])).toContain('"x7"');
  });
  test("what stands in a comment, a name or a part of a literal was not sent as a value", () => {
    for (const text of ["select 1 /* 72750 */", 'select 1 as "72750" -- 72750', "select '1 72750 2'"])
      expect(clean('invalid input syntax for type integer: "72750"', text)).toContain('"•••"');
  });
  test("names that are looked up while the command runs may be data", () => {
    const error = { code: "42P01", message: 'relation "ann" does not exist' };
    const second = line([], "select 1 as ann");
    expect(second.error(error).message).toContain('"•••"');
    expect(second.error({ ...error, position: 8 }).message).toContain('"ann"');
  });
  test("a value that is cut off goes as a whole", () => {
    const detail = `Key (email)=(a) ${"b".repeat(5_000)}) already exists.`;
    expect(line([]).error({ code: "23505", message: "", detail }).detail).toBe("Key (email)=(•••)");
  });
  test("all parts of an error are cleaned and nothing else is passed on", () => {
    const error = {
      code: "23505",
      message: "m",
      detail: "Key (email)=(a@b.org).",
      hint: 'see "x"',
      position: 3,
      where: "secret",
    };
    expect(line([]).error(error)).toEqual({
      code: "23505",
      message: "m",
      detail: "Key (email)=(•••).",
      hint: 'see "•••"',
      position: 3,
    });
  });
  test("notices", () => {
    expect(line([]).text("sent to ann@example.org")).toBe("sent to •••");
    expect(line([]).text("Ann Lee owes 17, see customers.email")).toBe(
      "••• ••• owes •••, see customers.email",
    );
  });
  test("a command reaches hidden columns by a relation that it names, and below a view", () => {
    const [customers] = catalog.relations;
    if (customers === undefined) throw new Error("no relation");
    const open = { ...customers, oid: 1001, columns: [column(1, "id")] };
    const view = { ...open, oid: 1002, dependsOn: [{ relation: 1000, column: 2 }] };
    const above = { ...open, oid: 1003, dependsOn: [{ relation: 1002, column: 1 }] };
    const known = { ...catalog, relations: [customers, open, view, above] };
    const reached = (oid: number, hidden = classes("email")) => {
      const site = {
        relation: oid,
        span: { start: 0, end: 0 },
        only: false,
        alias: undefined,
        columnAliases: [],
      };
      const rest = {
        aliasSpan: undefined,
        role: "from" as const,
        columns: [],
        systemColumns: [],
        equalities: [],
      };
      return reachesHidden([{ sites: [{ ...site, ...rest }] }], known, hidden);
    };
    expect([1000, 1001, 1002, 1003, 7].map((oid) => reached(oid))).toEqual([true, false, true, true, true]);
    expect(reached(1003, classes("card"))).toBe(false);
  });
});
