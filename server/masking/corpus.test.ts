import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attacks, type Attack } from "./corpus/attacks.ts";
import { everyday } from "./corpus/everyday.ts";
import { openShop, throughGate, type Answer, type Shop } from "./corpus/harness.ts";
import { secretsOf } from "./corpus/shop.ts";

let a: Shop;
let b: Shop;
beforeAll(async () => {
  // No statement takes a second; on a busy machine one shop's may be cut short, and would differ from the other's.
  const patient = { statementTimeoutMs: 60_000 };
  [a, b] = [await openShop("a", patient), await openShop("b", patient)];
});
afterAll(async () => {
  await a?.close();
  await b?.close();
});

/** Pieces that would tell a secret: so many characters of it, also reversed, in capitals, as hex, base64 and MD5. */
const telling = 6;
function piecesOf(secrets: readonly string[], length = telling): Set<string> {
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
      for (let at = 0; at + length <= form.length; at++)
        pieces.add(form.slice(at, at + length).toLowerCase());
  }
  return pieces;
}

function leakIn(answer: Answer, pieces: ReadonlySet<string>, length = telling): string | undefined {
  const cells = [...answer.rows.flat(2), ...answer.notices, answer.error ?? ""];
  for (const cell of cells) {
    const text = (cell ?? "").toLowerCase();
    for (let at = 0; at + length <= text.length; at++)
      if (pieces.has(text.slice(at, at + length))) return text;
  }
  return undefined;
}

/**
 * What can go wrong: a hidden value comes out or is told by a difference, an answer breaks or differs, something
 * dangerous is let through, something harmless is refused.
 */
type Failing = "leak" | "broken" | "missed" | "refused";
type Failure = { class: string; sql: string; failing: Failing; why: string };

/** Where two answers part, with what is around it. */
function apart(one: string, two: string): string {
  const at = [...one].findIndex((character, i) => character !== two[i]);
  const from = Math.max(0, (at < 0 ? one.length : at) - 150);
  return `${one.slice(from, from + 300)} <> ${two.slice(from, from + 300)}`;
}

/** Errors of a statement that was broken on its way: syntax, names, types, grouping. */
const brokenStates = /^(42601|42703|42P01|42883|42P10|42803)/;

async function failureOf(attack: Attack): Promise<Failure | undefined> {
  const { sql, parameters, expect: expected, tokens, telling: length } = attack;
  const failed = (failing: Failing, why: string): Failure => ({ class: attack.class, sql, failing, why });
  const first = await throughGate(a, sql, parameters);
  if ("refused" in first) return expected === "masked" ? failed("refused", first.refused) : undefined;
  if (expected === "refused") return failed("missed", "not refused");
  const leak = leakIn(first.answer, piecesOf(secretsOf("a"), length), length);
  if (tokens) return leak === undefined ? undefined : failed("leak", leak);
  const second = await throughGate(b, sql, parameters);
  const other = "answer" in second ? second.answer : second;
  // Six digits may come together by chance; where both shops answer alike, they say nothing of hidden values.
  const [one, two] = [JSON.stringify(first.answer), JSON.stringify(other)];
  if (one !== two) return failed("leak", apart(one, two));
  const { error } = first.answer;
  if (error === undefined || !brokenStates.test(error)) return undefined;
  const direct = await a.run(sql, parameters);
  return direct.error === undefined ? failed("broken", `${error} in ${first.sql.slice(0, 200)}`) : undefined;
}

/** One line for the whole, one for each class. */
function report(title: string, cases: readonly { class: string }[], failures: readonly Failure[]): string {
  const counts = (of: readonly Failure[]) =>
    (["leak", "broken", "missed", "refused"] as const)
      .map((failing) => `${of.filter((one) => one.failing === failing).length} ${failing}`)
      .join(", ");
  const lines = [...new Set(cases.map((one) => one.class))].map((name) => {
    const mine = (one: { class: string }) => one.class === name;
    return `  ${String(cases.filter(mine).length).padStart(4)}  ${name}: ${counts(failures.filter(mine))}`;
  });
  return `${title}, ${cases.length} on PostgreSQL ${a.version}: ${counts(failures)}\n${lines.join("\n")}\n`;
}
const told = (failures: readonly Failure[]): string[] =>
  failures.map(({ sql, failing, why }) => `${failing}: ${sql}\n    ${why}`);

describe("the masking corpus", () => {
  test("no statement shows a hidden value, or answers differently where only hidden values differ", async () => {
    const failures: Failure[] = [];
    for (const attack of attacks) {
      const failure = await failureOf(attack);
      if (failure !== undefined) failures.push(failure);
    }
    process.stdout.write(report("masking corpus", attacks, failures));
    expect(told(failures)).toEqual([]);
  }, 240_000);

  test("secrets are in the shop, so that a leak would be seen", async () => {
    const direct = await a.run("select email, card, phone from customers");
    expect(leakIn(direct, piecesOf(secretsOf("a")))).toBeDefined();
  });

  test("everyday queries answer exactly as they do directly", async () => {
    const failures: Failure[] = [];
    for (const query of everyday) {
      const fail = (failing: Failing, why: string) => failures.push({ ...query, failing, why });
      const direct = await a.run(query.sql, query.parameters);
      const gated = await throughGate(a, query.sql, query.parameters);
      if ("refused" in gated) fail("refused", gated.refused);
      else if (direct.error !== undefined) fail("broken", `the query itself fails: ${direct.error}`);
      else if (JSON.stringify(gated.answer) !== JSON.stringify(direct))
        fail(
          "broken",
          `${JSON.stringify(direct).slice(0, 300)}\n <> ${JSON.stringify(gated.answer).slice(0, 300)}`,
        );
    }
    process.stdout.write(report("everyday corpus", everyday, failures));
    expect(told(failures)).toEqual([]);
  }, 120_000);
});
