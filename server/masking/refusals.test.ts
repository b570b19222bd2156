import { afterAll, beforeAll, expect, test } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import { attacks } from "./corpus/attacks.ts";
import { openShop, type Shop } from "./corpus/harness.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await openShop("a");
}, 120_000);
afterAll(() => shop?.close());

test("print", async () => {
  const seen = new Map<string, string>();
  for (const { sql } of attacks) {
    const error = await shop.plan(sql).then(() => undefined, (reason: unknown) => reason);
    if (!(error instanceof Refusal)) continue;
    seen.set(`${error.message} // ${error.hint}`, sql);
  }
  process.stdout.write([...seen].map(([text, sql]) => `${text}\n      ${sql.slice(0, 150)}`).join("\n") + "\n");
});
