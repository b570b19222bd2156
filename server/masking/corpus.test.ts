import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attacks, type Attack } from "./corpus/attacks.ts";
import { everyday } from "./corpus/everyday.ts";
import { openShop, throughGate, type Answer, type Shop } from "./corpus/harness.ts";
import { secretsOf } from "./corpus/shop.ts";

let a: Shop;
let b: Shop;
beforeAll(async () => {
  [a, b] = [await openShop("a"), await openShop("b")];
}, 120_000);
afterAll(async () => {
  await a?.close();
  await b?.close();
});

/** Pieces that would tell a secret: every six characters of it, also reversed, in capitals, as hex, base64 and MD5. */
const telling = 6;
function piecesOf(secrets: readonly string[]): Set<string> {
  const pieces = new Set<string>();
  for (const secret of secrets) {
    const forms = [
      secret,
      [...secret].reverse().join(""),
      Buffer.from(secret).toString("hex"),
      Buffer.from(secret).toString("base64").replace(/=*$/, "").slice(0, -1),
      createHash("md5").update(secret).digest("hex"),
    ];
    for (const form of forms)
      for (let at = 0; at + telling <= form.length; at++)
        pieces.add(form.slice(at, at + telling).toLowerCase());
  }
  return pieces;
}

function leakIn(answer: Answer, pieces: ReadonlySet<string>): string | undefined {
  const cells = [...answer.rows.flat(2), ...answer.notices, answer.error ?? ""];
  for (const cell of cells) {
    const text = (cell ?? "").toLowerCase();
    for (let at = 0; at + telling <= text.length; at++)
      if (pieces.has(text.slice(at, at + telling))) return text;
  }
  return undefined;
}

const countsByClass = (cases: readonly { class: string }[], missed: readonly { class: string }[]): string =>
  [...new Set(cases.map((one) => one.class))]
    .map(
      (name) =>
        `${name}: ${cases.filter((one) => one.class === name).length - missed.filter((one) => one.class === name).length}/${cases.filter((one) => one.class === name).length}`,
    )
    .join(", ");

describe("the masking corpus", () => {
  test("no statement shows a hidden value, or answers differently where only hidden values differ", async () => {
    const pieces = piecesOf(secretsOf("a"));
    const missed: (Attack & { why: string })[] = [];
    for (const attack of attacks) {
      const fail = (why: string) => missed.push({ ...attack, why });
      const first = await throughGate(a, attack.sql, attack.parameters);
      if ("refused" in first) {
        if (attack.expect === "masked") fail(`refused: ${first.refused}`);
        continue;
      }
      if (attack.expect === "refused") {
        fail("not refused");
        continue;
      }
      const leak = leakIn(first.answer, pieces);
      if (attack.tokens) {
        if (leak !== undefined) fail(`LEAK ${leak}`);
        continue;
      }
      const second = await throughGate(b, attack.sql, attack.parameters);
      const other = "answer" in second ? second.answer : second;
      // Six digits may come together by chance; where both shops answer alike, they say nothing of hidden values.
      if (JSON.stringify(other) !== JSON.stringify(first.answer))
        fail(
          `${leak === undefined ? "TELLS" : "LEAK"} ${JSON.stringify(first.answer).slice(0, 300)} <> ${JSON.stringify(other).slice(0, 300)}`,
        );
      if (
        first.answer.error !== undefined &&
        /42601|42703|42P01|42883|42P10|42803/.test(first.answer.error.slice(0, 5))
      ) {
        const direct = await a.run(attack.sql, attack.parameters);
        if (direct.error === undefined) fail(`broken: ${first.answer.error} in ${first.sql.slice(0, 200)}`);
      }
    }
    process.stdout.write(`masking corpus, ${attacks.length} statements: ${countsByClass(attacks, missed)}\n`);
    expect(missed.map(({ sql, why }) => `${sql}\n    ${why}`)).toEqual([]);
  }, 120_000);

  test("secrets are in the shop, so that a leak would be seen", async () => {
    const direct = await a.run("select email, card, phone from customers");
    expect(leakIn(direct, piecesOf(secretsOf("a")))).toBeDefined();
  });

  test("everyday queries answer exactly as they do directly", async () => {
    const broken: ((typeof everyday)[number] & { why: string })[] = [];
    for (const query of everyday) {
      const direct = await a.run(query.sql, query.parameters);
      const gated = await throughGate(a, query.sql, query.parameters);
      if ("refused" in gated) broken.push({ ...query, why: `refused: ${gated.refused}` });
      else if (direct.error !== undefined)
        broken.push({ ...query, why: `the query itself fails: ${direct.error}` });
      else if (JSON.stringify(gated.answer) !== JSON.stringify(direct))
        broken.push({
          ...query,
          why: `${JSON.stringify(direct).slice(0, 300)}\n <> ${JSON.stringify(gated.answer).slice(0, 300)}`,
        });
    }
    process.stdout.write(`everyday corpus, ${everyday.length} queries: ${countsByClass(everyday, broken)}\n`);
    expect(broken.map(({ sql, why }) => `${sql}\n    ${why}`)).toEqual([]);
  }, 120_000);
});
