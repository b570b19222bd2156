import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openShop, throughGate, type Answer, type Shop } from "./corpus/harness.ts";
import { person, type Person } from "./corpus/shop.ts";

/** Questions that one attacker asks, over all ways of asking; `SLUICE_CASES` raises it for a long run. */
const questions = Math.max(1_000, Number(process.env["SLUICE_CASES"] ?? 0));
/** What a slow answer is: the target gives up, and says so. */
const statementTimeoutMs = 400;
/** A slow answer takes its time, so fewer are asked for. */
const slowQuestions = 24;

let a: Shop;
let b: Shop;
beforeAll(async () => {
  [a, b] = [await openShop("a"), await openShop("b")];
});
afterAll(async () => {
  await a?.close();
  await b?.close();
});

/** Asks one question of yes or no about customer `id`'s hidden value, by some side of an answer. */
type Oracle = (condition: string, id: number) => { sql: string; yes: (answer: Answer) => boolean };
const oracles: Record<string, Oracle> = {
  "a row or none": (condition, id) => ({
    sql: `select id from customers where id = ${id} and ${condition}`,
    yes: (answer) => answer.rows[0]?.length === 1,
  }),
  "a count": (condition, id) => ({
    sql: `select count(*) filter (where ${condition}) from customers where id = ${id}`,
    yes: (answer) => answer.rows[0]?.[0]?.[0] === "1",
  }),
  "an error": (condition, id) => ({
    sql: `select 1 / (case when ${condition} then 0 else 1 end) from customers where id = ${id}`,
    yes: (answer) => answer.error !== undefined,
  }),
  "an order": (condition, id) => ({
    sql: `select id from customers where id in (${id}, 40) order by (id = ${id} and ${condition}) desc, id desc`,
    yes: (answer) => answer.rows[0]?.[0]?.[0] === String(id),
  }),
  "a sub-query in a CASE": (condition, id) => ({
    sql: `select case when exists (select from customers where id = ${id} and ${condition}) then 'y' else 'n' end`,
    yes: (answer) => answer.rows[0]?.[0]?.[0] === "y",
  }),
};
const slow: Oracle = (condition, id) => ({
  sql: `select case when ${condition} then (select count(*) from generate_series(1, 1000000000) g) else 0 end from customers where id = ${id}`,
  yes: (answer) => answer.error?.startsWith("57014") === true,
});

const hidden: { expression: string; of: (p: Person) => string }[] = [
  { expression: "email", of: (p) => p.email },
  { expression: "phone", of: (p) => p.phone.slice(1) },
  { expression: "card", of: (p) => p.card },
  { expression: "profile ->> 'passport'", of: (p) => p.profile.slice(13, 23) },
];
const textOf = (expression: string) => (expression === "phone" ? "substr(phone, 2)" : expression);

/** Characters of each value that are asked for. */
const charactersEach = 3;
type Place = { expression: string; id: number; place: number; real: string };
/** The first characters of hidden values, person by person. */
function* places(characters: number): Generator<Place> {
  for (let id = 1; id < 40; id++)
    for (const { expression, of } of hidden)
      for (let place = 1; place <= characters; place++)
        yield { expression, id, place, real: of(person("a", id)).charAt(place - 1) };
}

type Learnt = { found: (Place & { character: string })[]; answers: string; asked: number };
/** Finds one character after the other by halving, until the questions are spent. */
async function extract(shop: Shop, oracle: Oracle, budget: number, gated: boolean): Promise<Learnt> {
  const learnt: Learnt = { found: [], answers: "", asked: 0 };
  for (const at of places(charactersEach)) {
    let low = 32;
    for (let high = 127; low < high;) {
      if (learnt.asked === budget) return learnt;
      const middle = (low + high) >> 1;
      const { sql, yes } = oracle(
        `ascii(substr(${textOf(at.expression)}, ${at.place}, 1)) > ${middle}`,
        at.id,
      );
      learnt.asked++;
      const reply = gated ? await throughGate(shop, sql) : { answer: await shop.run(sql) };
      if (!("answer" in reply)) throw new Error(`refused: ${reply.refused}`);
      const said = yes(reply.answer);
      learnt.answers += said ? "1" : "0";
      if (said) low = middle + 1;
      else high = middle;
    }
    learnt.found.push({ ...at, character: String.fromCharCode(low) });
  }
  return learnt;
}

/** How often whoever asks nothing and always says the commonest character of a column is right. */
function chance(found: Learnt["found"]): number {
  return hidden.reduce((sum, { expression }) => {
    const counts = new Map<string, number>();
    for (const { real, expression: of } of found)
      if (of === expression) counts.set(real, (counts.get(real) ?? 0) + 1);
    return sum + Math.max(0, ...counts.values());
  }, 0);
}

/** What the answers to an attacker tell of hidden values, in words; nothing where all is well. */
async function whatIsTold(shops: [Shop, Shop], oracle: Oracle, budget: number): Promise<string[]> {
  const one = await extract(shops[0], oracle, budget, true);
  const other = await extract(shops[1], oracle, budget, true);
  const told: string[] = [];
  if (one.asked !== budget) told.push(`only ${one.asked} questions were asked`);
  // The same answers where only hidden values differ: not one bit of them was told.
  if (other.answers !== one.answers) told.push(`answers differ: ${one.answers} <> ${other.answers}`);
  const right = one.found.filter(({ character, real }) => character === real).length;
  if (right > chance(one.found)) told.push(`${right} characters, by chance ${chance(one.found)}`);
  for (const { expression, of } of hidden)
    for (let id = 1; id < 40; id++) {
      const said = one.found.filter((at) => at.expression === expression && at.id === id);
      const text = said.map(({ character }) => character).join("");
      if (text.length === charactersEach && of(person("a", id)).startsWith(text))
        told.push(`${expression} of ${id}: ${text}`);
    }
  return told;
}

describe.each(Object.entries(oracles))("an attacker who halves by %s", (_, oracle) => {
  const budget = Math.ceil(questions / Object.keys(oracles).length);
  test("learns every character without the gate", async () => {
    const { found } = await extract(a, oracle, 90, false);
    expect(found.length).toBeGreaterThanOrEqual(12);
    for (const { character, real } of found) expect(character).toBe(real);
  });
  const timeout = 120_000 + budget * 500;
  test(`learns nothing through it by ${budget} questions`, { timeout }, async () => {
    expect(await whatIsTold([a, b], oracle, budget)).toEqual([]);
  });
});

describe("an attacker who halves by how long the target takes until it gives up", () => {
  let hasty: [Shop, Shop];
  beforeAll(async () => {
    hasty = [await openShop("a", { statementTimeoutMs }), await openShop("b", { statementTimeoutMs })];
  }, 120_000);
  afterAll(async () => {
    for (const shop of hasty ?? []) await shop.close();
  });
  test("learns without the gate", async () => {
    const { found } = await extract(hasty[0], slow, 14, false);
    for (const { character, real } of found) expect(character).toBe(real);
    expect(found.length).toBeGreaterThanOrEqual(1);
  });
  test("learns nothing through it", async () => {
    expect(await whatIsTold(hasty, slow, slowQuestions)).toEqual([]);
  });
});
