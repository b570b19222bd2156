import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Parameter } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { newId, SessionId } from "../../shared/ids.ts";
import { freshDatabase } from "../db/testing.ts";
import { openShop, type Shop } from "../masking/corpus/harness.ts";
import { dataClasses, person } from "../masking/corpus/shop.ts";
import { compilePolicies } from "../policy/policies.ts";
import { actorOf, targetOf } from "../policy/testing.ts";
import { createParser } from "../protocols/postgres/parse/parser.ts";
import { createLookups, type Lookups } from "../session/lookups.ts";
import { createUnderstandSql } from "./understand-sql.ts";

const policies = compilePolicies(readFileSync(new URL("../demo/policies.cedar", import.meta.url), "utf8"), 1);
const parser = createParser({ workers: 1, deadlineMs: 60_000 });
const [engineer, agent, support] = [
  actorOf("human", ["engineers"], "engineer"),
  actorOf("workload", ["agents"], "agent"),
  actorOf("human", ["support"], "support"),
];
const prod = targetOf("prod");
const openedAt = Date.parse("2026-11-20T10:00:00Z");
const session = (reason: string): Pick<Session, "id" | "reason" | "openedAt"> => ({
  id: SessionId.parse(newId("session", openedAt)),
  reason,
  openedAt: new Date(openedAt).toISOString(),
});
const mine = session("");
const { email } = person("a", 7);

let clock = openedAt;
let shop: Shop;
let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let lookups: Lookups;
let ask: (
  sql: string,
  actor?: typeof engineer,
  within?: typeof mine,
  parameters?: Parameter[],
) => ReturnType<ReturnType<typeof createUnderstandSql>>;

beforeAll(async () => {
  [shop, fresh] = await Promise.all([openShop("a"), freshDatabase({ migrate: true })]);
});
afterAll(async () => {
  parser.close();
  await Promise.all([shop.close(), fresh.drop()]);
});
beforeEach(async () => {
  clock = openedAt;
  await fresh.database.pool.query("truncate lookups");
  const now = () => clock;
  lookups = createLookups({ database: fresh.database, now });
  const understand = createUnderstandSql({
    parser,
    now,
    tokenKey: () => "key",
    policies: { current: async () => policies },
    targets: { catalog: async () => shop.catalog, dataClasses: async () => dataClasses },
  });
  ask = (sql, actor = engineer, within = mine, parameters = []) =>
    understand({
      actor,
      target: prod,
      sql,
      parameters,
      session: within,
      lookups: (values) => lookups.count(actor.id, values),
    });
});

test("the 21st look-up within an hour is held, the 101st blocked, whether they find or not", async () => {
  const effects: string[] = [];
  for (let n = 1; n <= 101; n++) {
    const { decision } = await ask(
      `select id from customers where email = '${n % 2 === 0 ? email : `x${n}`}'`,
    );
    expect(decision.recentLookups).toBe(n);
    effects.push(decision.effect);
  }
  expect(effects.indexOf("review")).toBe(20);
  expect(effects.indexOf("block")).toBe(100);
  expect(new Set(effects.slice(0, 20))).toEqual(new Set(["allow"]));
  expect(new Set(effects.slice(20, 100))).toEqual(new Set(["review"]));
});

test("the same text counts each time, though it is remembered", async () => {
  const sql = `select id from customers where email = '${email}'`;
  for (let n = 1; n <= 20; n++) expect((await ask(sql)).decision.effect).toBe("allow");
  const { decision } = await ask(sql);
  expect(decision).toMatchObject({ effect: "review", policies: ["many-lookups"], recentLookups: 21 });
  expect(decision.reasons).toEqual([
    "More than 20 hidden values looked for within an hour need one person of shop-reviewers.",
  ]);
});

test("every value of a list counts, and another session is no way out", async () => {
  await ask("select id from customers where email in ('1','2','3','4','5','6','7','8','9','10')");
  await ask("select id from customers where phone = any (array['1','2','3','4','5','6','7','8','9','10'])");
  const { decision } = await ask("select id from customers where email = '11'", engineer, session("again"));
  expect(decision).toMatchObject({ effect: "review", recentLookups: 21 });
});

test("an array in a parameter counts by what it holds, and is refused where that is too much", async () => {
  const sql = "select id from customers where email = any ($1)";
  const held = (count: number) => [`{${Array.from({ length: count }, (_, n) => `x${n}`).join(",")}}`];
  expect((await ask(sql, engineer, mine, held(3))).decision).toMatchObject({
    effect: "allow",
    recentLookups: 3,
  });
  expect((await ask(sql, engineer, mine, held(10))).decision).toMatchObject({ recentLookups: 13 });
  const { decision, refusal, rewritten } = await ask(sql, engineer, mine, held(11));
  expect(decision).toMatchObject({ effect: "block" });
  expect(refusal?.message).toBe(
    "$1 holds 11 values to look for in public.customers.email, which is hidden from you.",
  );
  expect(rewritten).toBeUndefined();
  expect(await lookups.recent(engineer.id)).toBe(13);
});

test("guesses that a write makes of a unique hidden column count too", async () => {
  const insert = (address: string) =>
    `insert into customers (id, name, created_at, email) values (99, 'x', now(), '${address}')`;
  for (const address of ["a@example.org", email]) await ask(insert(address));
  expect(await lookups.recent(engineer.id)).toBe(2);
  await ask("insert into customers (id, name, created_at) values (99, 'x', now())");
  expect(await lookups.recent(engineer.id)).toBe(2);
});

test("a statement with look-ups in many places counts them all before it runs", async () => {
  const guesses = Array.from(
    { length: 30 },
    (_, n) => `select ${n} from customers where email = 'guess ${n}'`,
  );
  expect((await ask(guesses.join(" union all "))).decision).toMatchObject({
    effect: "review",
    recentLookups: 30,
  });
});

test("actors count apart, and the count falls as the hour goes by", async () => {
  for (let n = 1; n <= 25; n++) await ask(`select id from customers where email = '${n}'`);
  const sql = `select id from customers where email = '${email}'`;
  expect((await ask(sql, agent)).decision).toMatchObject({ effect: "allow", recentLookups: 1 });
  clock += 70 * 60_000;
  expect((await ask(sql)).decision).toMatchObject({ effect: "allow", recentLookups: 1 });
});

test("what meets no hidden value is not counted", async () => {
  for (const sql of [
    "select id from customers where id = 7",
    "select id from customers where card = '4111'",
    `select id from customers where email like '${email}'`,
    "delete from customers",
  ])
    expect((await ask(sql)).decision.recentLookups).toBeUndefined();
  const seeing = await ask("select id, email from customers where email = 'x'", support, session("ticket 1"));
  expect(seeing.decision.recentLookups).toBeUndefined();
  expect(await lookups.recent(engineer.id)).toBe(0);
});

test("a class comes in clear for a reason and for a while, asked again for each command", async () => {
  const sql = "select id, email, phone from customers where id = 7";
  const [reasoned, unreasoned] = [session("ticket 1"), session("")];
  const shown = async (within: typeof mine) => {
    const { decision, rewritten } = await ask(sql, support, within);
    const hidden = rewritten?.masks.map(({ column }) => column) ?? [];
    expect(hidden.includes("email")).toBe(decision.obligations.unmask.length === 0);
    expect(hidden).toContain("phone");
    return decision.obligations.unmask;
  };
  const clear = [{ class: "email", policy: "support-sees-email" }];
  expect(await shown(reasoned)).toEqual(clear);
  expect(await shown(unreasoned)).toEqual([]);
  clock += 30 * 60_000 - 1;
  expect(await shown(reasoned)).toEqual(clear);
  clock += 1;
  expect(await shown(reasoned)).toEqual([]);
});
