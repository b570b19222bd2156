import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Column, Relation } from "../../shared/nouns/catalog.ts";
import { describe as describeMeaning } from "../protocols/postgres/facts/describe.ts";
import { createParser } from "../protocols/postgres/parse/parser.ts";
import { confirm } from "./confirm.ts";
import { openShop, throughGate, type Shop } from "./corpus/harness.ts";
import { dataClasses, person } from "./corpus/shop.ts";
import { hiddenClasses } from "./hidden.ts";
import { lookedFor } from "./looked-for.ts";
import { probesOf } from "./probes.ts";
import { rewrite } from "./rewrite.ts";

let shop: Shop;
const parser = createParser({ workers: 1, deadlineMs: 60_000 });
beforeAll(async () => {
  shop = await openShop("a");
});
afterAll(async () => {
  parser.close();
  await shop?.close();
});

const rows = async (sql: string, parameters: unknown[] = [], options = {}) => {
  const gated = await throughGate(shop, sql, parameters, options);
  if ("refused" in gated) throw new Error(gated.refused);
  if (gated.answer.error !== undefined) throw new Error(gated.answer.error);
  return gated.answer.rows.at(-1);
};
const relationOf = (name: string): Relation => {
  const relation = shop.catalog.relations.find((each) => each.name === name);
  if (relation === undefined) throw new Error(`no ${name}`);
  return relation;
};
const columnOf = (relation: string, name: string): Column => {
  const column = relationOf(relation).columns.find((each) => each.name === name);
  if (column === undefined) throw new Error(`no ${name}`);
  return column;
};
const refusal = async (sql: string, options = {}) => {
  try {
    await shop.plan(sql, options);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("it was not refused");
};

describe("known-value look-up", () => {
  const { email } = person("a", 7);
  const granted = { lookups: true };

  test("finds the row by its real value and shows it masked", async () => {
    const found = await rows(`select id, email from customers where email = '${email}'`, [], granted);
    expect(found).toEqual([["7", `•••@${email.split("@")[1]}`]]);
  });

  test("takes a parameter, the value first, and further conditions", async () => {
    expect(
      await rows("select id from customers c where $1 = c.email and id > $2", [email, 3], granted),
    ).toEqual([["7"]]);
    expect(
      await rows("select id from customers c where c.email = $1 and id > $2", [email, 8], granted),
    ).toEqual([]);
  });

  test.each([
    `email in ('nobody', '${email}')`,
    `email = any (array['nobody', '${email}'])`,
    `email = any (array['nobody', '${email}']::text[])`,
    `email = cast('${email}' as text)`,
    `email = U&'${email.replace("@", "\\0040")}'`,
    `email in ('nobody', '${email}') and phone in ('none', '${person("a", 7).phone}') and id > 3`,
    `email in ('${email}') and email = any (array['${email}', 'x'])`,
  ])("takes %s", async (condition) => {
    const found = await rows(`select id, email from customers where ${condition}`, [], granted);
    expect(found).toEqual([["7", `•••@${email.split("@")[1]}`]]);
    expect(await rows(`select id from customers c where not vip and (${condition})`, [], granted)).toEqual(
      await rows(`select id from customers c where not vip and id = 7`, [], granted),
    );
  });

  test("takes a few parameters", async () => {
    expect(
      await rows(
        "select id from customers where email in ($1, $2) and vip = $3",
        ["x", email, true],
        granted,
      ),
    ).toEqual(await rows("select id from customers where id = 7 and vip"));
  });

  test("reaches through joins and views", async () => {
    expect(
      await rows(
        `select count(*) from orders o join customers c on c.id = o.customer_id where c.email = '${email}'`,
        [],
        granted,
      ),
    ).toEqual([["4"]]);
    expect(await rows(`select id from contacts where address = '${email}'`, [], granted)).toEqual([["7"]]);
  });

  test("uses the column's index", async () => {
    const plan = await shop.plan(`select id from customers where email = '${email}'`, granted);
    await shop.run("set enable_seqscan = off");
    const explained = await shop.run(`set local enable_seqscan = off; explain ${plan.sql}`);
    expect(JSON.stringify(explained.rows)).toContain("Index Scan using customers_email_key");
    for (const condition of [`email in ('x', '${email}')`, `email = any (array['x', '${email}'])`]) {
      const { sql } = await shop.plan(`select id from customers where ${condition}`, granted);
      const several = await shop.run(`set local enable_seqscan = off; explain ${sql}`);
      expect(JSON.stringify(several.rows)).toMatch(/Index Scan (using|on) customers_email_key/);
    }
  });

  test("is told with its relation, column and class", async () => {
    const plan = await shop.plan("select id from customers where email = 'x' and phone = 'y'", granted);
    expect(plan.lookups).toEqual([
      { relation: "public.customers", column: "email", class: "email", values: 1 },
      { relation: "public.customers", column: "phone", class: "phone", values: 1 },
    ]);
  });

  test.each([
    [
      "a class that does not allow it",
      `select id from customers where card = '${person("a", 7).card}'`,
      granted,
    ],
    ["a command to which it is not granted", `select id from customers where email = '${email}'`, {}],
    ["an OR", `select id from customers where email = '${email}' or false`, granted],
    ["a negation", `select id from customers where not (email <> '${email}')`, granted],
    ["a pattern", `select id from customers where email like '${email}'`, granted],
    ["an expression", `select id from customers where lower(email) = '${email}'`, granted],
    [
      "a long list of guesses",
      `select id from customers where email in ('${email}'${", 'x'".repeat(10)})`,
      granted,
    ],
    [
      "an array that is not written out",
      `select id from customers where email = any ('{${email}}')`,
      granted,
    ],
    [
      "a join against guesses",
      `select id from customers join (values ('${email}')) g(v) on email = v`,
      granted,
    ],
    [
      "a value that is computed",
      `select id from customers where email = '${email.slice(0, 3)}' || '${email.slice(3)}'`,
      granted,
    ],
  ])("is not %s", async (_, sql, options) => {
    expect(await rows(sql, [], options)).toEqual([]);
  });
});

describe("known-value look-up by citext and domains", () => {
  const { email, iban } = person("a", 7);
  const granted = { lookups: true };
  const zip = iban.slice(4, 9);

  test.each([
    [`handle = '${email}'`, [["7"]]],
    [`handle = '${email.toUpperCase()}'`, [["7"]]],
    [`handle = '${email.toUpperCase()}'::citext`, [["7"]]],
    [`handle in ('${email}', 'x')`, [["7"]]],
    [`handle = any (array['${email}', 'x'])`, [["7"]]],
    [`handle = '${email.toUpperCase()}'::text`, []],
    [`handle like '${email}'`, []],
    [`id = 7 and zip = '${zip}'`, [["7"]]],
    [`id = 7 and zip in ('${zip}', '0')`, [["7"]]],
    [`id = 7 and zip like '${zip}'`, []],
  ])("%s", async (where, expected) => {
    const sql = `select id from accounts where ${where}`;
    expect(await rows(sql, [], granted)).toEqual(expected);
    expect(await rows(sql)).toEqual([]);
  });

  test("takes a parameter, and uses the index", async () => {
    expect(
      await rows("select id, handle, zip from accounts where handle = $1", [email.toUpperCase()], granted),
    ).toEqual([["7", `•••@${email.split("@")[1]}`, "•••"]]);
    for (const [where, index] of [
      [`handle = '${email}'`, "Index Scan using accounts_handle_key"],
      [`handle in ('${email}', 'x')`, "accounts_handle_key"],
      [`zip = '${zip}'`, "accounts_zip_idx"],
    ]) {
      const plan = await shop.plan(`select id from accounts where ${where}`, granted);
      const explained = await shop.run(`set local enable_seqscan = off; explain ${plan.sql}`);
      expect(JSON.stringify(explained.rows)).toContain(index);
    }
  });
});

describe("known-value look-up of an array in a parameter", () => {
  const { email, number, iban } = person("a", 7);
  const granted = { lookups: true };
  const many = (count: number) => [...Array.from({ length: count - 1 }, (_, n) => `x${n}`), email];

  test.each([
    ["select id from customers where email = any ($1)", [`{${email},x}`], [["7"]]],
    [
      "select c.id from customers c where c.email = some ($1::text[]) and c.vip is not null",
      [`{${email}}`],
      [["7"]],
    ],
    ["select id from customers where email = any ($1::varchar[])", [`{${email}}`], [["7"]]],
    ["select id from accounts where number = any ($1)", [`{"${number}"}`], [["7"]]],
    ["select id from accounts where handle = any ($1)", [`{${email.toUpperCase()}}`], [["7"]]],
    ["select id from accounts where handle = any ($1::citext[])", [`{${email.toUpperCase()}}`], [["7"]]],
    ["select id from accounts where id = 7 and zip = any ($1)", [`{${iban.slice(4, 9)}}`], [["7"]]],
    ["select id from customers where email = any ($1)", [`{${many(10).join(",")}}`], [["7"]]],
    ["select id from customers where email = any ($1)", [`{${many(11).join(",")}}`], []],
    [
      "select id from customers where email = any ($1)",
      [`{{${many(6).join(",")}},{${many(6).join(",")}}}`],
      [],
    ],
    ["select id from customers where email = any ($1)", ["{}"], []],
    ["select id from customers where email = any ($1)", [null], []],
    ["select id from customers where not email = any ($1)", ["{x}"], "all"],
  ])("%s with %j", async (sql, parameters, expected) => {
    const found = await rows(sql, parameters, granted);
    if (expected === "all") expect(found).toHaveLength(40);
    else expect(found).toEqual(expected);
  });

  test("uses the index, and shows the row with the value masked", async () => {
    const sql = "select id, email from customers where email = any ($1)";
    expect(await rows(sql, [`{${email},x}`], granted)).toEqual([["7", `•••@${email.split("@")[1]}`]]);
    const plan = await shop.plan(sql, granted);
    const explained = await shop.run(
      `set local enable_seqscan = off; prepare given as ${plan.sql}; explain execute given ('{${email},x}')`,
    );
    expect(JSON.stringify(explained.rows)).toContain("customers_email_key");
  });

  test("counts its elements, as many as it may hold without them, and no more than these run", async () => {
    const { lookups } = await shop.plan(
      "select id from customers where email = any ($2) and phone = 'x'",
      granted,
    );
    expect(lookedFor(lookups, [])).toBe(11);
    expect(lookedFor(lookups, [1, "{a,b,c}"])).toBe(4);
    expect(lookedFor(lookups, [1, '{"a, b","c\\"d,e",f\\,g,null}'])).toBe(5);
    expect(lookedFor(lookups, [1, "{{a,b},{c,d}}"])).toBe(5);
    expect(lookedFor(lookups, [1, " { } "])).toBe(1);
    expect(lookedFor(lookups, [1, null])).toBe(1);
    expect(() => lookedFor(lookups, [1, `{${many(11).join(",")}}`])).toThrow(
      "$2 holds 11 values to look for in public.customers.email, which is hidden from you.",
    );
  });

  test.each([
    "prepare p as select id from customers where email = any ($1); execute p ('{x}')",
    "select id from customers where email = any ($1 || array['x'])",
    "select id from customers where email = any (array_append($1, 'x'))",
    "select id from customers where email <> any ($1)",
    "select id from customers where email = all ($1)",
  ])("nothing weaker: %s", async (sql) => {
    expect((await shop.plan(sql, granted)).lookups).toEqual([]);
  });
  test("nor for rows that are to be written, whose number nothing would bound", async () => {
    const sql = "update customers set country = 'NO' where email = any ($1)";
    expect((await refusal(sql, granted)).code).toBe("masking_refused");
  });
});

describe("known-value look-up of what is to be written", () => {
  const { email } = person("a", 7);
  const granted = { lookups: true };

  test.each([
    [`update customers set country = 'NO' where email = '${email}' returning id`, [["7"]]],
    [
      `update customers c set country = 'NO' where c.email in ('${email}', 'x') and vip is not null returning id`,
      [["7"]],
    ],
    [`update customers set email = 'new@example.org' where email = '${email}' returning id`, [["7"]]],
    [`update contacts set name = 'x' where address = '${email}' returning id`, [["7"]]],
    [`delete from accounts where handle = '${email}' returning id`, [["7"]]],
    [
      `update orders o set status = 'x' from customers c where c.id = o.customer_id and c.email = '${email}' returning o.customer_id`,
      [["7"], ["7"], ["7"], ["7"]],
    ],
    [
      `with gone as (delete from accounts where handle = '${email}' returning id) select count(*) from gone`,
      [["1"]],
    ],
    ["update customers set country = 'NO' where email = 'x' returning id", []],
  ])("%s", async (sql, expected) => {
    expect(await rows(sql, [], granted)).toEqual(expected);
    const { lookups } = await shop.plan(
      sql.replace("set email = 'new@example.org'", "set vip = true"),
      granted,
    );
    expect(lookups).toHaveLength(1);
    const parsed = await parser.parse(sql);
    expect(describeMeaning(parsed, shop.catalog).facts.lookups).toEqual(lookups);
    expect((await refusal(sql)).code).toBe("masking_refused");
  });

  test.each([
    `update customers set country = 'NO' where email like '${email}'`,
    `update customers set country = 'NO' where email = '${email}' or false`,
    `update customers set country = 'NO' where not email <> '${email}'`,
    `update customers set country = 'NO' where email = lower('${email}')`,
    `update customers set country = 'NO' where email = '${email}' returning email`,
    `update customers set country = 'NO' where email = '${email}' returning *`,
    `update customers set country = 'NO', name = email where email = '${email}'`,
    `update customers set country = 'NO' where email = '${email}' and email > 'a'`,
    `update customers set country = 'NO' where email = name`,
    `update customers set country = 'NO' where card = '${person("a", 7).card}'`,
    `update customers set country = 'NO' where email in (select '${email}')`,
    `update customers c set country = 'NO' where exists (select from orders where c.email = '${email}')`,
    `update orders o set status = 'x' from customers c where c.id = o.customer_id and c.email > 'a'`,
    `delete from customers where email = '${email}' and card like '4%'`,
    `merge into customers c using (values (1)) v(i) on c.email = '${email}' when matched then update set name = 'x'`,
    `insert into customers (id, name, created_at) values (1, 'x', now()) on conflict (id) do update set name = 'y' where customers.email = '${email}'`,
    `insert into customers (id, name, created_at, card) values (1, 'x', now(), '1') on conflict (card) do update set name = 'y' returning id`,
    `insert into customers (id, name, created_at, email) select 1, 'x', now(), '${email}' on conflict (email) do update set name = 'y' returning id`,
    `insert into customers (id, name, created_at, email) select 1, 'x', now(), '${email}' on conflict on constraint customers_email_key do update set name = 'y'`,
    `prepare p (text) as insert into customers (id, name, created_at, email) values (1, 'x', now(), $1) on conflict (email) do update set name = 'y'`,
    `insert into customers (id, name, created_at, email) values (1, 'x', now(), 'x') on conflict (lower(email)) do nothing`,
    `create view v as select id from customers where email = '${email}'`,
    `create materialized view v as select id from customers where email = '${email}'`,
  ])("nothing weaker: %s", async (sql) => {
    expect((await refusal(sql, granted)).code).toBe("masking_refused");
  });
});

describe("guesses that a write makes", () => {
  const insert = "insert into customers (id, name, created_at, email)";
  const tried = async (sql: string, options = {}) =>
    (await shop.plan(sql, options)).lookups.map(
      ({ relation, column, values }) => `${relation}.${column} ${values}`,
    );

  test.each<[string, string[]]>([
    [`${insert} values (1, 'x', now(), 'x@example.org')`, ["public.customers.email 1"]],
    [
      `${insert} values (1, 'x', now(), $1), (2, 'y', now(), lower('Y')), (3, 'z', now(), null)`,
      ["public.customers.email 2"],
    ],
    [`${insert} values (1, 'x', now(), 'x') on conflict do nothing`, ["public.customers.email 1"]],
    [`${insert} values (1, 'x', now(), 'x') on conflict (email) do nothing`, ["public.customers.email 1"]],
    [
      `${insert} select i, 'x', now(), 'guess' || i from generate_series(1, 9) i`,
      ["public.customers.email 100"],
    ],
    ["insert into customers values (1, 'x', 'y', 'DE', true, 'x@example.org')", ["public.customers.email 1"]],
    [
      "insert into customers select i, 'x', 'y', 'DE', true, 'guess' from generate_series(1, 9) i",
      ["public.customers.email 100", "public.customers.iban 100"],
    ],
    [
      "insert into customers (id, name, created_at) values (1, 'x', now()) on conflict (id) do update set email = 'x'",
      ["public.customers.email 1"],
    ],
    ["update customers set email = 'x@example.org' where id = 1", ["public.customers.email 1"]],
    ["update customers set email = 'x' || id where id < 9", ["public.customers.email 100"]],
    ["update contacts set address = 'x' where id = 1", ["public.contacts.address 1"]],
    [
      "with x as (update customers set email = 'x' where id = 1 returning id) select id from x",
      ["public.customers.email 1"],
    ],
    ["prepare p as update customers set email = $1 where id = 1", ["public.customers.email 100"]],
    [`prepare p (text) as ${insert} values (1, 'x', now(), $1)`, ["public.customers.email 100"]],
    [
      "merge into customers c using (values (1)) v(i) on c.id = v.i when matched then update set email = 'x' when not matched then insert (id, name, created_at, email) values (v.i, 'x', now(), 'y')",
      ["public.customers.email 1", "public.customers.email 1"],
    ],
    [
      "merge into customers c using (select 'x' || g as e from generate_series(1, 5) g) v on c.id = 0 when not matched then insert (id, name, created_at, email) values (1, 'x', now(), v.e)",
      ["public.customers.email 100"],
    ],
    [
      "insert into accounts (id, customer_id, kind, handle) values (99, 1, 'giro', 'x')",
      ["public.accounts.handle 1"],
    ],
    // A token shows whether the guess is right.
    ["update customers set iban = 'DE1', phone = 'x' where id = 1", ["public.customers.iban 1"]],
    [
      "insert into accounts (id, customer_id, kind, number) values (98, 1, 'giro', '1'), (99, 1, 'giro', '2')",
      ["public.accounts.number 2"],
    ],
    // A trigger runs where it is new.
    ["update caps set wage = 31000 where id = 1", ["public.caps.wage 1"]],
    // A check, and a column that is computed, compare what is written with what is hidden.
    ["update caps set cap = 31000 where id = 1", ["public.caps.wage 10"]],
    ["update caps set parts = 0 where id = 1", ["public.caps.wage 10"]],
    ["update caps set cap = 31000 + id", ["public.caps.wage 100"]],
    ["update caps_view set cap = 31000 where id = 1", ["public.caps.wage 10", "public.caps.wage 10"]],
    [
      "insert into caps (id, cap) values (1, 2) on conflict (id) do update set cap = 31000",
      ["public.caps.wage 10"],
    ],
    [
      "merge into caps using (values (1)) v(i) on id = i when matched then update set cap = 31000",
      ["public.caps.wage 10"],
    ],
    ["update caps set wage = 1, cap = 31000 where id = 1", ["public.caps.wage 1"]],
    ["update caps set place = 'x' where id = 1", []],
    ["insert into caps (id, wage, cap) values (99, 1, 2)", []],
    ["insert into caps (id, code) values (99, '+49 1')", ["public.caps.code 1"]],
    // Not unique, not hidden, or no value.
    ["update customers set phone = '+49 1', email = null, card = '4' where id = 1", []],
    ["insert into customers (id, name, created_at, email) values (1, 'x', now(), default)", []],
    ["insert into orders (id, customer_id, status, total, placed_at) values (5000, 1, 'x', 1, now())", []],
    ["delete from customers where id = 1", []],
  ])("%s", async (sql, expected) => {
    expect(await tried(sql)).toEqual(expected);
  });

  test("are none for whoever may see the class", async () => {
    expect(await tried("update customers set email = 'x' where id = 1", { unmask: ["email"] })).toEqual([]);
  });

  test("are made by a foreign key too, and by an index over an expression", async () => {
    const sql = "insert into mails (address) values ('x'), ('y')";
    const parsed = await parser.parse(sql);
    const columns = [{ ...columnOf("customers", "id"), name: "address" }];
    const mails = {
      ...relationOf("orders"),
      oid: 9_999,
      name: "mails",
      columns,
      primaryKey: [],
      indexes: [],
    };
    const key = {
      name: "k",
      columns: ["address"],
      references: "public.customers",
      referencedColumns: ["email"],
    };
    const probes = (extra: Partial<Relation>) => {
      const relations = [...shop.catalog.relations, { ...mails, foreignKeys: [], ...extra }];
      const catalog = { ...shop.catalog, relations };
      const [statement] = describeMeaning(parsed, catalog).statements;
      if (statement === undefined) throw new Error("no statement");
      return probesOf(parsed.tree, statement, catalog, shop.hidden).map(
        ({ column, values }) => `${column} ${values}`,
      );
    };
    expect(probes({})).toEqual([]);
    expect(probes({ foreignKeys: [key] })).toEqual(["email 2"]);
    const classified = columns.map((column) => ({ ...column, class: "email" }));
    const index = { name: "i", unique: true, columns: ["lower((address)::text)"] };
    expect(probes({ columns: classified })).toEqual([]);
    expect(probes({ columns: classified, indexes: [index] })).toEqual(["address 2"]);
    expect(probes({ columns: classified, indexes: [{ ...index, unique: false }] })).toEqual([]);
    expect(probes({ columns: classified, indexes: [{ ...index, columns: ['"address"'] }] })).toEqual([
      "address 2",
    ]);
  });
});

describe("functions by the classes that they read", () => {
  const shown = { unmask: ["email"] };
  test.each([
    ["select email_of(3)", [[person("a", 3).email]]],
    ["select hint(3)", [[person("a", 3).email]]],
    ["select contact_of(3)", [[`Customer 3 ${person("a", 3).email}`]]],
  ])("%s runs for whoever may see them", async (sql, expected) => {
    expect(await rows(sql, [], shown)).toEqual(expected);
    expect((await refusal(sql)).message).toMatch(/function public\.\w+ reads email/);
    const { facts } = describeMeaning(await parser.parse(sql), shop.catalog);
    expect(facts.classes).toEqual(["email"]);
  });
  test.each([
    "select card_of(3)",
    "select whole(3)",
    "select anything('select 1')",
    "select email_by_card('4')",
  ])("%s reads others too, or cannot be seen into", async (sql) => {
    expect((await refusal(sql, shown)).code).toBe("masking_refused");
  });
  test("a trigger's function counts, whoever's rights it has", async () => {
    const sql = "update accounts set kind = 'giro' where id = 3";
    expect((await refusal(sql)).message).toContain(
      "a write to public.accounts runs function public.note_handle, which reads email",
    );
    await rows(sql, [], shown);
  });
});

describe("a name that is mistyped", () => {
  test("is the target's to tell, where nothing is so called", async () => {
    for (const [sql, message] of [
      ["select emial from customers", 'column "emial" does not exist'],
      ["select id from orders where stauts = 'new'", 'column "stauts" does not exist'],
      ["select z.nmae from customers c", 'missing FROM-clause entry for table "z"'],
    ]) {
      const { facts } = describeMeaning(await parser.parse(sql ?? ""), shop.catalog);
      expect(facts.opaque).toBe(false);
      const gated = await throughGate(shop, sql ?? "");
      expect("answer" in gated ? gated.answer.error : gated.refused).toContain(message);
    }
  });
  test.each([
    ["select c.emial from customers c", "column c.emial is not in the catalog (did you mean c.email?)"],
    ["select (c).emial from customers c", "column c.emial is not in the catalog (did you mean c.email?)"],
    ["select * from custmers", "relation custmers is not in the catalog (did you mean public.customers?)"],
    ["select * from managers", "relation managers is not in the catalog (did you mean hr.managers?)"],
    ["select * from hr.staf", "relation hr.staf is not in the catalog (did you mean hr.staff?)"],
    [
      "select * from pg_stat_user_table",
      "relation pg_stat_user_table is not in the catalog (did you mean pg_catalog.pg_stat_user_tables?)",
    ],
    ["delete from ordrs where id = 3", "relation ordrs is not in the catalog (did you mean public.orders?)"],
    ["select coutn(*) from orders", "function coutn is not in the catalog (did you mean count?)"],
    ["select totl_of(3)", "function totl_of is not in the catalog (did you mean total_of?)"],
    ["select emial(c) from customers c", "function emial is not in the catalog"],
    ["select * from nothing_like_it", "relation nothing_like_it is not in the catalog"],
    [
      "update customers set name = emial where id = 3",
      "column emial is not known here (did you mean customers.email?)",
    ],
    ["update customers set name = public.customers::text", "column public.customers is not known here"],
    ["select email from orders", "column email is not known here"],
  ])("is named and does not run where it may be something else: %s", async (sql, reason) => {
    const { facts } = describeMeaning(await parser.parse(sql), shop.catalog);
    expect(facts.opaqueReasons).toContain(reason);
  });
});

describe("writes", () => {
  test.each([
    "update customers set vip = true where id = 3",
    "update customers set email = 'new@example.org', phone = null where id = 3",
    "update customers set name = name || '!' where city = 'Berlin' returning id, name",
    "delete from order_items where order_id = 3",
    "insert into customers (id, name, created_at, email) values (999, 'x', now(), 'n@example.org') returning id",
    "update orders o set status = 'paid' from customers c where c.id = o.customer_id and c.country = 'DE'",
    "insert into orders select 3000 + id, id, name, 1, now(), null from customers",
    "merge into orders o using customers c on c.id = o.customer_id when matched then update set note = c.city",
    "create index on customers (city)",
    "alter table customers add column points int not null default 0",
    "create table visits (id int, customer_id int references customers (id))",
    "truncate order_items",
    "comment on column customers.card is 'x'",
  ])("that read no hidden value run: %s", async (sql) => {
    const gated = await throughGate(shop, sql);
    expect(gated).not.toHaveProperty("refused");
    if ("answer" in gated) expect(gated.answer.error).toBeUndefined();
  });
});

describe("a refusal names the column or function and what would work", () => {
  test.each([
    [
      "create table t as select id, card from customers",
      "public.customers.card",
      "Leave card of public.customers out",
    ],
    ["update customers set name = email", "public.customers.email", "Choose the rows by a column"],
    [
      "update customers set vip = true where id = 1 returning *",
      "public.customers.email",
      "Name the columns",
    ],
    ["select email_of(1)", "email_of", "Select from the tables"],
    ["select ctid, * from customers", "ctid of public.customers", "Name the columns"],
    ["copy customers to stdout", "COPY public.customers", "COPY (SELECT ..."],
    ["alter table customers rename column card to x", "public.customers", "Somebody who may see"],
  ])("%s", async (sql, detail, hint) => {
    const { code, message, hint: said } = await refusal(sql);
    expect(code).toBe("masking_refused");
    expect(message).toContain(detail);
    expect(said).toContain(hint);
  });
});

describe("what is shown to whom", () => {
  test("a class that is unmasked comes in clear, the others stay hidden", async () => {
    const { email } = person("a", 3);
    expect(
      await rows("select email, card is null, phone from customers where id = 3", [], { unmask: ["email"] }),
    ).toEqual([[email, "f", "•••"]]);
  });

  test("a statement that touches nothing hidden stays as it was written", async () => {
    const sql = "select  *\nfrom orders -- all\n";
    expect((await shop.plan(sql)).sql).toBe(sql);
    const customers = "select card from customers";
    const all = dataClasses.map(({ name }) => name);
    expect((await shop.plan(customers, { unmask: all })).sql).toBe(customers);
  });

  test("a class that nobody defined is redacted", () => {
    const hidden = hiddenClasses(shop.catalog, [], []);
    expect(hidden.get("card")?.mask).toEqual({ kind: "redact" });
  });

  test("masks and result fields are named", async () => {
    const plan = await shop.plan(
      "with x as (select id, email as mail, upper(card) from customers) select id, mail, upper, 'y' as z from x; select c.* from customers c",
    );
    expect(plan.masks.map(({ column, class: name }) => `${column}:${name}`)).toContain("email:email");
    expect(plan.fields[0]).toEqual([
      { field: "mail", classes: ["email"], derived: false },
      { field: "upper", classes: ["card"], derived: true },
    ]);
    expect(plan.fields[1]?.map(({ field }) => field).toSorted()).toEqual([
      "born",
      "card",
      "email",
      "iban",
      "phone",
      "profile",
      "salary",
    ]);
  });

  test("the keys of tokens are taken out of what is shown, and a plan never holds them", async () => {
    const plan = await shop.plan("select iban from customers");
    const key = /'([0-9a-f]{64})'/.exec(plan.sql)?.[1] ?? "none";
    expect(plan.sql).toContain(key);
    expect(plan.display).not.toContain(key);
    expect((await shop.plan("explain select iban from customers")).sql).not.toContain(key);
    expect((await shop.plan("select email from customers")).sql).not.toMatch(/[0-9a-f]{64}/);
  });

  test("a meaning of another catalog is not used", async () => {
    const parsed = await parser.parse("select card from customers");
    const meaning = { ...describeMeaning(parsed, shop.catalog), catalogRevision: "another" };
    const { catalog, hidden } = shop;
    expect(() => rewrite({ parsed, meaning, catalog, hidden, lookups: false, tokenKey: "k" })).toThrow(
      "catalog changed",
    );
  });

  test("statements keep their places", async () => {
    const plan = await shop.plan("select 'ä'; select card from customers ; select 2");
    const bytes = Buffer.from(plan.sql);
    const texts = plan.statements.map(({ span }) => bytes.subarray(span.start, span.end).toString().trim());
    expect(texts).toEqual([
      "select 'ä'",
      expect.stringMatching(/^select card from \(SELECT .*\) AS "customers"$/s),
      "select 2",
    ]);
  });
});

describe("what users feel", () => {
  const planOf = async (sql: string): Promise<string> => {
    const plan = await shop.plan(sql);
    return JSON.stringify(
      (await shop.run(`set local enable_seqscan = off; explain (costs off) ${plan.sql}`)).rows,
    );
  };
  test("an index on an open column stays in use, also in joins", async () => {
    expect(await planOf("select card from customers where id = 5")).toContain(
      "Index Scan using customers_pkey",
    );
    expect(await planOf("select email from customers where city = 'Berlin'")).toContain("customers_city_idx");
    expect(
      await planOf("select c.email from orders o join customers c on c.id = o.customer_id where o.id = 3"),
    ).toContain("Index Scan using customers_pkey");
    expect(await planOf("select card from customers order by id limit 3")).not.toContain("Sort");
  });
  test("also beside documents and keyed digits, and in a partitioned table", async () => {
    expect(await planOf("select details, number from accounts where kind = 'giro'")).toContain(
      "accounts_kind_idx",
    );
    expect(await planOf("select details ->> 'newsletter' from accounts where id = 3")).toContain(
      "Index Scan using accounts_pkey",
    );
    expect(await planOf("select email from logins where at = '2023-06-11'")).not.toContain("logins_2024");
  });
  test("no mask keeps the planner from pulling the sub-select up", async () => {
    for (const relation of ["customers", "accounts", "contacts", "hr.staff", "logins"])
      expect(await planOf(`select * from ${relation}`)).not.toContain("Subquery Scan");
  });
  test("an error's position points into the text that they wrote", async () => {
    const sql = "select 'ä😀', card from customers c where nope = 1";
    const plan = await shop.plan(sql).catch(() => undefined);
    const text = plan?.sql ?? "";
    const position = [...text.slice(0, text.indexOf("nope"))].length + 1;
    expect(plan?.positionInOriginal(position)).toBe([...sql.slice(0, sql.indexOf("nope"))].length + 1);
    expect(plan?.positionInOriginal(1)).toBe(1);
    expect(plan?.positionInOriginal(60)).toBe([...sql.slice(0, sql.indexOf("customers"))].length + 1);
  });
  test("COPY of a query carries masks", async () => {
    expect((await shop.plan("copy (select card from customers) to stdout")).sql).toContain(
      "copy (select card from (SELECT",
    );
  });
});

describe("the rewritten text is confirmed", () => {
  const plan = async (sql: string) => {
    const parsed = await parser.parse(sql);
    return rewrite({
      parsed,
      meaning: describeMeaning(parsed, shop.catalog),
      catalog: shop.catalog,
      hidden: shop.hidden,
      lookups: true,
      tokenKey: "k",
    });
  };
  const sql =
    "select c.card, o.id from customers c join orders o on o.customer_id = c.id where c.email = 'x'";

  const several = "select id from customers where email in ('x', 'y') and phone = any (array['1', '2'])";

  test("as it was meant", async () => {
    const rewritten = await plan(sql);
    const parsed = await parser.parse(rewritten.sql);
    expect(() => confirm(parsed, rewritten)).not.toThrow();
  });

  test("as it was meant, with several values", async () => {
    const rewritten = await plan(several);
    const parsed = await parser.parse(rewritten.sql);
    expect(() => confirm(parsed, rewritten)).not.toThrow();
  });

  test.each<[string, (text: string) => string]>([
    ["another relation", (text) => text.replace('FROM "public"."customers"', 'FROM "public"."contacts"')],
    ["another column", (text) => text.replace("select c.card", "select c.name")],
    ["a condition less", (text) => text.replace(/ where .*/, "")],
    ["a look-up less", (text) => text.replace(/ WHERE "c"\."email".*?\('x'\)/, "")],
    ["another name inside", (text) => text.replace(' AS "c"', ' AS "d"')],
    ["columns renamed inside", (text) => text.replace(' AS "c"', ' AS "c" ("email")')],
    ["a column less", (text) => text.replace('"customers"."city", ', "")],
    ["another alias", (text) => text.replace(") c join", ") d join")],
    ["a limit more", (text) => text.replace("('x'))", "('x') LIMIT 1)")],
    ["a statement more", (text) => `${text}; select 1`],
    [
      "a value more",
      (text) => text.replace("('y'))", `('y') OR "customers"."email" OPERATOR(pg_catalog.=) ('z'))`),
    ],
    ["a value that is an expression", (text) => text.replace("('y')", "('y' || '')")],
    [
      "another operator",
      (text) => text.replace("OPERATOR(pg_catalog.=) ('y')", "OPERATOR(pg_catalog.>=) ('y')"),
    ],
    [
      "a look-up of another column",
      (text) => text.replace(`"email" OPERATOR(pg_catalog.=) ('y')`, `"card" OPERATOR(pg_catalog.=) ('y')`),
    ],
    ["all in place of each", (text) => text.replace("('x') OR", "('x') AND")],
    ["a longer array", (text) => text.replace("['1', '2']", "['1', '2', '3']")],
    ["an array of expressions", (text) => text.replace("['1', '2']", "['1', lower('2')]")],
  ])("%s is refused", async (_, change) => {
    const rewritten = await plan(
      change(several) === several && change(sql) !== sql ? sql : `${sql}; ${several}`,
    );
    const changed = change(rewritten.sql);
    expect(changed).not.toBe(rewritten.sql);
    const parsed = await parser.parse(changed);
    expect(() => confirm(parsed, { ...rewritten, sql: changed })).toThrow("does not read as it was meant to");
  });

  test.each<[string, (text: string) => string]>([
    ["another parameter", (text) => text.replace("THEN $1", "THEN $2")],
    ["an array without a bound", (text) => text.replace(/\(CASE WHEN pg_catalog.cardinality.*?END\)/, "$1")],
    ["another function", (text) => text.replace("pg_catalog.cardinality(", "pg_catalog.array_ndims(")],
    ["another bound", (text) => text.replace("OPERATOR(pg_catalog.<=)", "OPERATOR(pg_catalog.>=)")],
    ["a larger bound", (text) => text.replace("(pg_catalog.<=) 10", "(pg_catalog.<=) 99")],
    ["a query in it", (text) => text.replace("THEN $1", "THEN (select $1)")],
    ["another array otherwise", (text) => text.replace(" END))", " ELSE $1 END))")],
  ])("of an array in a parameter, %s is refused", async (_, change) => {
    const rewritten = await plan("select id from customers where email = any ($1) and id > $2::int");
    const meant = await parser.parse(rewritten.sql);
    expect(() => confirm(meant, rewritten)).not.toThrow();
    const changed = change(rewritten.sql);
    expect(changed).not.toBe(rewritten.sql);
    const parsed = await parser.parse(changed);
    expect(() => confirm(parsed, { ...rewritten, sql: changed })).toThrow("does not read as it was meant to");
  });
});
