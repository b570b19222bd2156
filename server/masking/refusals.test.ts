import { afterAll, beforeAll, expect, test } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import { attacks } from "./corpus/attacks.ts";
import { openShop, type Shop } from "./corpus/harness.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await openShop("a");
});
afterAll(() => shop?.close());

/** Names of objects and words of SQL that stand in a text, of which a refusal must say one. */
const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/[a-z_][a-z_0-9]+/g));
/** Words that name nothing. */
const common = new Set(
  `the and out its for own not with from that you may see read can run in on of as is or by to it at be an no set into
   all any only value values select where table column columns`.split(/\s+/),
);

test("every refusal of the corpus names what it objects to and offers what would work", async () => {
  const vague: string[] = [];
  const hints = new Set<string>();
  for (const { sql } of attacks) {
    const refusal = await shop.plan(sql).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(refusal instanceof Refusal)) continue;
    const { message, hint = "" } = refusal;
    const asked = wordsOf(sql);
    const names = (text: string) => [...wordsOf(text)].some((word) => asked.has(word) && !common.has(word));
    // One sentence, which says something of the command itself; a hint beside it that is about the same thing.
    if (!/^[^.]+(\.\w[^.]*)*\.$/.test(message) || !names(message) || !names(hint) || !/[.?]$/.test(hint))
      vague.push(`${sql}\n    ${message}\n    ${hint}`);
    hints.add(hint);
  }
  expect(vague).toEqual([]);
  expect(hints.size).toBeGreaterThan(25);
});
