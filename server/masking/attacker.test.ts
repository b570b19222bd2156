import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openShop, throughGate, type Answer, type Shop } from "./corpus/harness.ts";
import { person } from "./corpus/shop.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await openShop("a");
}, 60_000);
afterAll(() => shop?.close());

/** Asks one question of yes or no about a hidden value, by some side of an answer. */
type Oracle = (condition: string) => { sql: string; yes: (answer: Answer) => boolean };
const oracles: Record<string, Oracle> = {
  "a row or none": (condition) => ({
    sql: `select id from customers where id = 5 and ${condition}`,
    yes: (answer) => answer.rows[0]?.length === 1,
  }),
  "a count": (condition) => ({
    sql: `select count(*) filter (where ${condition}) from customers where id = 5`,
    yes: (answer) => answer.rows[0]?.[0]?.[0] === "1",
  }),
  "an error": (condition) => ({
    sql: `select 1 / (case when ${condition} then 0 else 1 end) from customers where id = 5`,
    yes: (answer) => answer.error !== undefined,
  }),
  "an order": (condition) => ({
    sql: `select id from customers where id in (5, 6) order by (id = 5 and ${condition}) desc, id desc`,
    yes: (answer) => answer.rows[0]?.[0]?.[0] === "5",
  }),
  "a sub-query in a CASE": (condition) => ({
    sql: `select case when exists (select from customers where id = 5 and ${condition}) then 'y' else 'n' end`,
    yes: (answer) => answer.rows[0]?.[0]?.[0] === "y",
  }),
};
const characters = 6;

/** Finds the first characters of an expression by halving, through the gate or around it. */
async function extract(
  expression: string,
  oracle: Oracle,
  gated: boolean,
): Promise<{ text: string; questions: number }> {
  let text = "";
  let questions = 0;
  for (let place = 1; place <= characters; place++) {
    let low = 32;
    for (let high = 127; low < high;) {
      const middle = (low + high) >> 1;
      const { sql, yes } = oracle(`ascii(substr(${expression}, ${place}, 1)) > ${middle}`);
      questions++;
      const found = gated ? await throughGate(shop, sql) : { answer: await shop.run(sql) };
      if (!("answer" in found)) throw new Error(`refused: ${found.refused}`);
      if (yes(found.answer)) low = middle + 1;
      else high = middle;
    }
    text += String.fromCharCode(low);
  }
  return { text, questions };
}

describe.each(Object.entries(oracles))("an attacker who halves by %s", (_, oracle) => {
  const { email, phone, card, profile } = person("a", 5);
  const passport = profile.slice(13, 23);
  test.each([
    ["email", email],
    ["phone", phone],
    ["card", card],
    ["profile ->> 'passport'", passport],
  ])("learns %s without the gate and nothing through it", async (expression, value) => {
    const direct = await extract(expression, oracle, false);
    expect(direct.text).toBe(value.slice(0, characters));
    const gated = await extract(expression, oracle, true);
    for (let at = 0; at + 3 <= characters; at++)
      expect(gated.text).not.toContain(direct.text.slice(at, at + 3));
    expect(gated.questions).toBeGreaterThanOrEqual(characters * 6);
  });
});
