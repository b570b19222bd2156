import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Catalog, ClassMap, ClassPattern } from "../../shared/nouns/catalog.ts";
import { createParser } from "../protocols/postgres/parse/parser.ts";
import { readBodies, type Bodies } from "./bodies.ts";
import { classify } from "./classify.ts";
import { openShop, type Shop } from "./corpus/harness.ts";
import { classMap } from "./corpus/shop.ts";

let shop: Shop;
let bodies: Bodies;
beforeAll(async () => {
  shop = await openShop("a");
  const parser = createParser({ workers: 1, deadlineMs: 60_000 });
  bodies = await readBodies(shop.raw, parser);
  parser.close();
});
afterAll(() => shop?.close());

const columnsOf = (catalog: Catalog, name: string): string[] =>
  catalog.relations
    .filter((relation) => `${relation.schema}.${relation.name}` === name)
    .flatMap(({ columns }) => columns)
    .filter((column) => column.class !== undefined)
    .map(
      (c) =>
        `${c.name}: ${(c.classes ?? [c.class]).join(" ")}${c.derived ? ", derived" : ""}, ${c.classSource}`,
    );
const classified = (map: ClassMap, patterns: ClassPattern[] = []) =>
  classify(shop.raw, map, patterns, bodies);

describe("relations inherit classes", () => {
  test.each([
    [
      "public.customers",
      [
        "email: email, map",
        "card: card, map",
        "phone: phone, map",
        "iban: iban, map",
        "salary: salary, map",
        "born: birth, map",
        "profile: profile, map",
      ],
    ],
    ["public.contacts", ["address: email, inherited", "phone: phone, inherited"]],
    ["public.contacts_upper", ["shout: email, derived, inherited", "call: phone, derived, inherited"]],
    ["public.open_orders", []],
    ["public.per_city", ["last_email: email, derived, inherited"]],
    ["public.as_json", ["everything: birth card email iban phone profile salary, derived, inherited"]],
    ["public.renamed", ["a: card, derived, inherited", "b: card, derived, inherited"]],
    ["public.shadowed", ["c: card, inherited"]],
    ["public.looped", ["way: email, derived, inherited"]],
    ["public.unioned", ["what: phone, inherited"]],
    ["public.sampled", ["u: email phone, derived, inherited"]],
    [
      "public.joined",
      ["p", "q"].map((name) => `${name}: birth card email iban phone profile salary, derived, inherited`),
    ],
    ["public.counted", ["visas: card, derived, inherited"]],
    ["public.subscribers", ["mail: email, inherited"]],
    ["public.clicks", []],
    ["public.ranked", ["r: salary, derived, inherited", "f: salary, derived, inherited"]],
    ["public.directory", ["start: email, derived, inherited"]],
    ["public.logins", ["email: email, map"]],
    ["public.logins_2023", ["email: email, inherited"]],
    ["hr.staff", ["wage: salary, map", "bonus: salary, derived, inherited"]],
    ["hr.managers", ["wage: salary, inherited", "bonus: salary, derived, inherited"]],
    ["public.orders", []],
  ])("%s", (name, expected) => expect(columnsOf(shop.catalog, name)).toEqual(expected));

  test("parents from their children", () => {
    expect(columnsOf(classified({ "public.logins_2024": { email: "email" } }), "public.logins_2023")).toEqual(
      ["email: email, inherited"],
    );
  });

  test("a view that cannot be read shows every class in all its columns", () => {
    const unread = { ...bodies, views: new Map([...bodies.views].map(([oid]) => [oid, null])) };
    const catalog = classify(shop.raw, { "public.customers": { card: "card", email: "email" } }, [], unread);
    expect(columnsOf(catalog, "public.open_orders")).toEqual(
      ["id", "name", "total"].map((name) => `${name}: card email, derived, inherited`),
    );
  });
});

describe("hand over pattern", () => {
  const patterns: ClassPattern[] = [
    { column: "*mail*", class: "email" },
    { column: "NOTE", relation: "public.*", class: "free-text" },
  ];
  test("a pattern proposes, regardless of case", () => {
    const catalog = classified({}, patterns);
    expect(columnsOf(catalog, "public.orders")).toEqual(["note: free-text, pattern"]);
    expect(columnsOf(catalog, "public.contacts")).toEqual(["address: email, inherited"]);
  });
  test("`none` clears it, also for what would inherit", () => {
    const catalog = classified(
      { "public.orders": { note: "none" }, "public.logins": { email: "none" } },
      patterns,
    );
    expect(columnsOf(catalog, "public.orders")).toEqual([]);
    expect(columnsOf(catalog, "public.logins_2023")).toEqual([]);
    expect(columnsOf(catalog, "public.customers")).toEqual(["email: email, pattern"]);
  });
  test("`none` declassifies a view's own column", () => {
    const catalog = classified({ ...classMap, "public.per_city": { last_email: "none" } });
    expect(columnsOf(catalog, "public.per_city")).toEqual([]);
  });
  test("a name of Object's prototype is no relation", () => {
    expect(() =>
      classified(JSON.parse('{"__proto__": {"email": "email"}, "constructor": {"name": "x"}}')),
    ).not.toThrow();
  });
});

describe("functions reach", () => {
  const reach = (name: string) => shop.catalog.functions.find((fn) => fn.name === name);
  test.each([
    ["email_of", "classified", ["public.customers"]],
    ["card_of", "classified", ["public.customers"]],
    ["hint", "classified", ["public.customers"]],
    ["shadow", "classified", ["public.customers"]],
    ["total_and_mail", "classified", ["public.contacts", "public.orders"]],
    ["whole", "classified", ["public.customers"]],
    ["name_of", "clear", ["public.customers"]],
    ["total_of", "clear", ["public.orders"]],
    ["paid_by", "clear", ["public.orders"]],
    ["twice", "clear", []],
    ["anything", "opaque", []],
  ])("%s: %s", (name, expected, touches) => {
    expect(reach(name)?.reach).toBe(expected);
    expect(reach(name)?.touches).toEqual(touches);
  });
});

test.each([
  ["hint", ["email"]],
  ["whole", ["birth", "card", "email", "iban", "phone", "profile", "salary"]],
  ["email_by_card", ["card", "email"]],
  ["note_handle", ["email"]],
  ["name_of", undefined],
  ["anything", undefined],
])("functions carry the classes that they read: %s", (name, expected) => {
  expect(shop.catalog.functions.find((fn) => fn.name === name)?.classes).toEqual(expected);
});

test("classes come from the far end of a long chain of calls, and through a thousand partitions", async () => {
  const [fn] = shop.raw.functions.filter(({ name }) => name === "email_of");
  const [table] = shop.raw.relations.filter(({ name }) => name === "logins");
  if (fn === undefined || table === undefined) throw new Error("the shop lacks what is multiplied here");
  const length = 1_000;
  const called = (index: number): string => (index === length ? "email_of(1)" : `chain_${index}()`);
  const parser = createParser({ workers: 1, deadlineMs: 60_000 });
  const functions = new Map(bodies.functions);
  for (let index = 0; index < length; index++)
    functions.set(
      1_000_000 + index,
      await parser.parseBody(
        `create function f() returns text language sql as $$ select ${called(index + 1)} $$`,
      ),
    );
  parser.close();
  const links = Array.from(functions.keys()).filter((oid) => oid >= 1_000_000);
  const catalog = classify(
    {
      ...shop.raw,
      functions: [
        ...links.map((oid) => ({ ...fn, oid, name: `chain_${oid - 1_000_000}` })),
        ...shop.raw.functions,
      ],
      relations: [
        ...shop.raw.relations,
        ...links.map((oid) => ({ ...table, oid, name: `part_${oid}`, parents: [table.oid] })),
      ],
    },
    classMap,
    [],
    { ...bodies, functions },
  );
  expect(catalog.functions.find(({ name }) => name === "chain_0")).toMatchObject({
    reach: "classified",
    classes: ["email"],
  });
  expect(columnsOf(catalog, `public.part_${links.at(-1)}`)).toEqual(["email: email, inherited"]);
});

test("the revision changes with the classes and stays without a change", () => {
  expect(classified(classMap).revision).toBe(shop.catalog.revision);
  expect(classified({ ...classMap, "public.orders": { note: "card" } }).revision).not.toBe(
    shop.catalog.revision,
  );
});
