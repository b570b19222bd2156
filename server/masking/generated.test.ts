import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShop, throughGate, type Shop } from "./corpus/harness.ts";

/** Cases in an ordinary run; `SLUICE_CASES` raises it for a long one, and `SLUICE_SEED` repeats one. */
const cases = Number(process.env["SLUICE_CASES"] ?? 300);
const seed = process.env["SLUICE_SEED"];
const settings = { endOnFailure: true, ...(seed === undefined ? {} : { seed: Number(seed) }) };
/** A case asks two databases, twice each. */
const timeout = 60_000 + cases * 250;

let a: Shop;
let b: Shop;
beforeAll(async () => {
  [a, b] = [await openShop("a"), await openShop("b")];
});
afterAll(async () => {
  await a?.close();
  await b?.close();
});

/** Relations with the kinds of columns that they have; token columns are left out, for their values do differ. */
const relations = [
  {
    name: "customers",
    text: ["name", "city", "email", "card", "phone"],
    number: ["id", "salary"],
    open: ["id", "name", "city"],
  },
  { name: "public.customers", text: ["city", "email"], number: ["id", "salary"], open: ["id", "city"] },
  { name: "only (customers)", text: ["name", "phone"], number: ["id"], open: ["id", "name"] },
  { name: "contacts", text: ["name", "address", "phone"], number: ["id"], open: ["id", "name"] },
  { name: "contacts_upper", text: ["shout", "call"], number: ["id"], open: ["id"] },
  { name: "directory", text: ["name", "start"], number: ["id"], open: ["id", "name"] },
  { name: "logins", text: ["email"], number: ["id"], open: ["id"] },
  { name: "hr.staff", text: ["name"], number: ["id", "wage", "bonus"], open: ["id", "name"] },
  { name: "accounts", text: ["kind", "handle", "zip", "details"], number: ["id"], open: ["id", "kind"] },
  { name: "account_details", text: ["newsletter", "details"], number: ["id"], open: ["id"] },
  { name: "orders", text: ["status", "note"], number: ["id", "total"], open: ["id", "status"] },
] as const;
const relation = fc.constantFrom(...relations);

type Scope = { alias: string; text: readonly string[]; number: readonly string[] };
const column = (scopes: readonly Scope[], kind: "text" | "number") =>
  fc.constantFrom(...scopes.flatMap((scope) => scope[kind].map((name) => `${scope.alias}.${name}`)));

/** A column as text; of a document a part, open or hidden. */
const texts = (scopes: readonly Scope[]): fc.Arbitrary<string> =>
  fc
    .tuple(column(scopes, "text"), fc.constantFrom("newsletter", "address,street", "address,city", "phones"))
    .map(([name, path]) => (name.endsWith(".details") ? `(${name} #>> '{${path}}')` : name));
const textOf = (scopes: readonly Scope[]): fc.Arbitrary<string> => {
  const plain = texts(scopes);
  return fc.oneof(
    plain,
    plain.map((c) => `upper(${c})`),
    plain.map((c) => `reverse(${c})`),
    plain.map((c) => `md5(${c})`),
    fc.tuple(plain, fc.nat(12)).map(([c, n]) => `substr(${c}, ${n}, 7)`),
    fc.tuple(plain, plain).map(([x, y]) => `coalesce(${x}, ${y})`),
    fc.tuple(plain, plain).map(([x, y]) => `${x} || '/' || ${y}`),
    plain.map((c) => `(${c})::text`),
    plain.map((c) => `split_part(${c}, '@', 1)`),
    column(scopes, "text").map((c) => `(to_jsonb(${c.split(".")[0]}) ->> '${c.split(".")[1]}')`),
    fc.tuple(plain, fc.nat(9)).map(([c, n]) => `translate(${c}, '${n}', 'x')`),
  );
};
const numberOf = (scopes: readonly Scope[]): fc.Arbitrary<string> => {
  const plain = column(scopes, "number");
  return fc.oneof(
    plain,
    plain.map((c) => `${c} * 2`),
    textOf(scopes).map((t) => `length(${t})`),
    textOf(scopes).map((t) => `ascii(${t})`),
    plain.map((c) => `(1 / (${c} - 30108))`),
    textOf(scopes).map((t) => `(${t})::int`),
  );
};
const conditionOf = (scopes: readonly Scope[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(textOf(scopes), fc.constantFrom("like", "not like", "~", "<", ">=", "="))
      .map(([t, op]) => `${t} ${op} '4%'`),
    fc.tuple(numberOf(scopes), fc.integer({ min: -5, max: 80_000 })).map(([n, value]) => `${n} > ${value}`),
    textOf(scopes).map((t) => `${t} is not null`),
    fc.tuple(textOf(scopes), textOf(scopes)).map(([x, y]) => `(${x} < ${y} or false)`),
    column(scopes, "number").map(
      (n) => `exists (select 1 from customers i where i.id = ${n} and i.card like '4%')`,
    ),
  );

/** A query over one or two relations; ordered by all that it selects, so that only its content counts. */
const query: fc.Arbitrary<string> = fc
  .tuple(
    relation,
    relation,
    fc.constantFrom("single", "join", "left", "lateral", "cte", "sub", "union", "group", "window"),
  )
  .chain(([first, second, shape]) => {
    const x: Scope = { alias: "x", text: first.text, number: first.number };
    const y: Scope = { alias: "y", text: second.text, number: second.number };
    const two = shape === "join" || shape === "left" || shape === "lateral";
    const scopes = two ? [x, y] : [x];
    return fc
      .record({
        texts: fc.array(textOf(scopes), { minLength: 1, maxLength: 3 }),
        number: numberOf(scopes),
        where: fc.option(conditionOf(scopes), { nil: "true" }),
        aggregate: fc.constantFrom("max", "min", "count", "string_agg"),
      })
      .map(({ texts, number, where, aggregate }) => {
        const list = [...texts, number].map((expression, i) => `${expression} as c${i}`).join(", ");
        const order = [...texts, number].map((_, i) => i + 1).join(", ");
        const core = (from: string) =>
          `select ${list} from ${from} where ${where} order by ${order} limit 50`;
        switch (shape) {
          case "join":
            return core(`${first.name} x join ${second.name} y on x.id = y.id`);
          case "left":
            return core(`${first.name} as x left join ${second.name} as y on x.id = y.id and y.id < 20`);
          case "lateral":
            return core(
              `${first.name} x cross join lateral (select * from ${second.name} z where z.id = x.id) y`,
            );
          case "cte":
            return `with q as (${core(`${first.name} x`)}) select * from q`;
          case "sub":
            return `select s.* from (${core(`(select * from ${first.name}) x`)}) s`;
          case "union":
            return `select ${texts[0]} from ${first.name} x where ${where} union select 'z' order by 1 limit 30`;
          case "group":
            return `select ${texts[0]}, ${aggregate}(${aggregate === "string_agg" ? `${texts.at(-1)}, ','  order by ${texts.at(-1)}` : texts.at(-1)}) from ${first.name} x where ${where} group by 1 order by 1, 2 limit 30`;
          case "window":
            return `select ${texts[0]}, rank() over (order by ${texts.at(-1)}) from ${first.name} x where ${where} order by 1, 2 limit 30`;
          default:
            return core(`${first.name} x`);
        }
      });
  });

test(
  "generated queries answer alike where only hidden values differ",
  async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(query, async (sql) => {
        const [one, other] = [await throughGate(a, sql), await throughGate(b, sql)];
        if ("answer" in one && one.answer.error === undefined) answered++;
        expect("answer" in other ? other.answer : other).toEqual("answer" in one ? one.answer : one);
      }),
      { ...settings, numRuns: cases },
    );
    process.stdout.write(
      `generated queries, ${cases} on PostgreSQL ${a.version}: 0 leaks, ${answered} gave rows\n`,
    );
    expect(answered).toBeGreaterThan(cases / 4);
  },
  timeout,
);

test(
  "generated queries over open columns answer as they do directly",
  async () => {
    const open = fc
      .tuple(relation, relation)
      .chain(([first, second]) =>
        fc
          .tuple(
            fc.subarray([...first.open], { minLength: 1 }),
            fc.subarray([...second.open], { minLength: 1 }),
            fc.constantFrom("join", "left join", "full join"),
          )
          .map(
            ([xs, ys, join]) =>
              `select ${[...xs.map((c) => `x.${c}`), ...ys.map((c) => `y.${c}`)].join(", ")}, count(*) over () from ${first.name} x ${join} ${second.name} y on x.id = y.id order by ${[...xs, ...ys].map((_, i) => i + 1).join(", ")}`,
          ),
      );
    await fc.assert(
      fc.asyncProperty(open, async (sql) => {
        const gated = await throughGate(a, sql);
        expect("answer" in gated ? gated.answer : gated).toEqual(await a.run(sql));
      }),
      { ...settings, numRuns: Math.ceil(cases / 3) },
    );
  },
  timeout,
);
