import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import { desk } from "./corpus/desk/index.ts";
import { deskClasses, deskSql } from "./corpus/desk/schema.ts";
import type { DeskStatement } from "./corpus/desk/statement.ts";
import { openShop, throughGate, type Answer, type Shop } from "./corpus/harness.ts";

let company: Shop;
beforeAll(async () => {
  company = await openShop("a", { schema: deskSql, classes: deskClasses });
});
afterAll(() => company?.close());

/** The cells of fields that come masked are left out of the comparison. */
function without(answer: Answer, masked: readonly string[]): Answer {
  const rows = answer.rows.map((result, index) => {
    const hidden = (answer.fields[index] ?? []).map((field) =>
      masked.some((name) => field.startsWith(`${name} `)),
    );
    return result.map((row) => row.map((cell, column) => (hidden[column] === true ? "masked" : cell)));
  });
  return { ...answer, rows };
}

/** Says what is wrong with an answer through the gate; undefined where it is as it should be. */
async function wrongWith(statement: DeskStatement): Promise<string | undefined> {
  const { sql, parameters, masked = [], refused, lookups = false } = statement;
  if (refused !== undefined) {
    const refusal = await company.plan(sql).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(refusal instanceof Refusal)) return "not refused";
    const { message, hint = "" } = refusal;
    return message.includes(refused.because) && hint.includes(refused.instead)
      ? undefined
      : `says otherwise: ${message} ${hint}`;
  }
  const direct = await company.run(sql, parameters);
  if (direct.error !== undefined) return `fails by itself: ${direct.error}`;
  const gated = await throughGate(company, sql, parameters, { lookups });
  if ("refused" in gated) return `refused: ${gated.refused}`;
  const [theirs, ours] = [without(direct, masked), without(gated.answer, masked)].map((each) =>
    JSON.stringify(each),
  );
  if (theirs !== ours) return `differs: ${theirs?.slice(0, 400)}\n <> ${ours?.slice(0, 400)}`;
  const isMasked = JSON.stringify(direct.rows) !== JSON.stringify(gated.answer.rows);
  return isMasked === masked.length > 0 ? undefined : "masks are not where they should be";
}

describe("a day of an analyst, an engineer and an administrator", () => {
  test("goes as it does without the gate, but for masks and refusals that are meant", async () => {
    const failures: { class: string; told: string }[] = [];
    for (const statement of desk) {
      const wrong = await wrongWith(statement);
      if (wrong !== undefined)
        failures.push({ class: statement.class, told: `${statement.sql}\n    ${wrong}` });
    }
    const of = (name: string) => ({
      all: desk.filter((each) => each.class === name).length,
      wrong: failures.filter((each) => each.class === name).length,
    });
    const lines = [...new Set(desk.map((each) => each.class))].map(
      (name) => `  ${String(of(name).all).padStart(4)}  ${name}: ${of(name).wrong} wrong`,
    );
    const refusals = desk.filter(({ refused }) => refused !== undefined).length;
    process.stdout.write(
      `desk corpus, ${desk.length} on PostgreSQL ${company.version}, ${refusals} of them refused for a reason: ${failures.length} wrong\n${lines.join("\n")}\n`,
    );
    expect(failures.map(({ told }) => told)).toEqual([]);
  }, 240_000);

  test("is long, and says nothing twice", () => {
    expect(new Set(desk.map(({ sql }) => sql)).size).toBe(desk.length);
    expect(desk.length).toBeGreaterThanOrEqual(450);
  });
});
