import { expect, test } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import { openShop } from "./corpus/harness.ts";

test("a statement with very many references is refused or rewritten, in bounded time", async () => {
  const shop = await openShop("a");
  try {
    const many = (count: number, item: (i: number) => string, glue: string) =>
      Array.from({ length: count }, (_, i) => item(i)).join(glue);
    for (const sql of [
      many(200, (i) => `select id, card from customers where email = 'x${i}'`, "; "),
      `select ${many(200, (i) => `(select card from customers where id = ${i})`, ", ")}`,
      many(200, () => "select public.customers.id from public.customers group by public.customers.id", "; "),
      many(250, (i) => `select email, card from customers where id = ${i}`, " union all "),
      `with c0 as (select * from customers), ${many(200, (i) => `c${i + 1} as (select c.email, c.card from c${i} c, customers d)`, ", ")} select * from c200`,
    ]) {
      // Work by the square of the references would end at the run's time limit.
      expect((await shop.plan(sql, { lookups: true })).edits.length).toBeGreaterThanOrEqual(200);
    }
    const refused = await shop
      .plan(many(3_000, () => "select card from customers", "; "))
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
  } finally {
    await shop.close();
  }
});
