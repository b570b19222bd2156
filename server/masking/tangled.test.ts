import { afterAll, beforeAll, expect, test } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import { openShop, throughGate, type Shop } from "./corpus/harness.ts";
import { tangled } from "./corpus/tangled.ts";

/** Cases in an ordinary run; `SLUICE_CASES` raises it for a long one, and `SLUICE_SEED` gives others. */
const cases = 2 * Number(process.env["SLUICE_CASES"] ?? 300);
const seed = Number(process.env["SLUICE_SEED"] ?? 1) * 1_000_003;
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

/** What comes back, or why nothing does. */
async function answerOf(shop: Shop, sql: string): Promise<unknown> {
  try {
    return await throughGate(shop, sql);
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.code };
    throw error;
  }
}

/**
 * Tokens and keyed digits of different values differ, and nothing here asks for them; the order of rows that nobody asks
 * for is the planner's.
 */
const comparable = (value: unknown): string =>
  JSON.stringify(value, (key, part: unknown) =>
    key === "rows" && Array.isArray(part)
      ? part.map((rows: unknown[]) => rows.map((row) => withoutTokens(JSON.stringify(row))).sort())
      : part,
  );
const withoutTokens = (text: string): string => text.replace(/\b[0-9a-f]{24}\b|\d{4}-\d{8}-\d{6}/g, "token");

test(
  "statements that tangle names answer alike where only hidden values differ",
  async () => {
    let [ran, refused] = [0, 0];
    const told: string[] = [];
    for (let n = 0; n < cases; n++) {
      const sql = tangled(seed + n);
      const one = await answerOf(a, sql);
      if (typeof one === "object" && one !== null && "refused" in one) {
        refused++;
        continue;
      }
      const other = await answerOf(b, sql);
      const { answer } = one as { answer: { error?: string } };
      if (answer.error === undefined) ran++;
      const right = comparable((other as { answer?: unknown }).answer ?? other);
      const left = comparable(answer);
      if (left !== right) told.push(`${sql}\n    ${left.slice(0, 300)}\n    ${right.slice(0, 300)}`);
    }
    process.stdout.write(
      `tangled statements, ${cases} on PostgreSQL ${a.version}: ${told.length} leaks, ${ran} gave rows, ${refused} refused\n`,
    );
    expect(told).toEqual([]);
    expect(ran).toBeGreaterThan(cases / 50);
  },
  timeout,
);
