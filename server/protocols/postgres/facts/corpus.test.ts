import { afterAll, expect, test } from "vitest";
import { createParser } from "../parse/parser.ts";
import type { Case } from "./corpus/case.ts";
import { dangerous } from "./corpus/dangerous.ts";
import { everyday } from "./corpus/everyday.ts";
import { evasive } from "./corpus/evasive.ts";
import { psql } from "./corpus/psql.ts";
import { describe } from "./describe.ts";
import { testingCatalog } from "./testing-catalog.ts";

const parser = createParser({ workers: 1 });
afterAll(() => parser.close());

const list = (values: readonly string[]): string => [...values].sort().join(" ");
const plain = (relation: string): string => relation.replace(/^public\./, "").replaceAll(" ", "_");

/** What a case expects against what the facts say, as `field: expected, got`. */
async function misses(given: Case): Promise<string[]> {
  const parsed = await parser.parse(given.sql);
  const { facts, statements } = describe(parsed, testingCatalog);
  const sites = statements.flatMap((each) => each.sites);
  const bytes = Buffer.from(given.sql);
  const texts = sites
    .filter(({ role }) => role !== "target")
    .map(({ span }) => bytes.toString("utf8", span.start, span.end));
  const first = sites[0]?.columns ?? [];
  const found: Record<string, [expected: unknown, got: unknown]> = {
    actions: [given.actions ?? "select", list(facts.actions.map((each) => each.slice(4)))],
    writes: [given.writes ?? false, facts.writes],
    bounded: [given.bounded ?? true, facts.bounded],
    opaque: [given.opaque ?? false, facts.opaque],
    unmaskable: [given.unmaskable ?? false, statements.some(({ unmaskable }) => unmaskable.length > 0)],
    effects: [given.effects ?? "", list(facts.effects)],
    session: [given.session ?? "", list(facts.sessionChanges)],
    reads: [given.reads, list(facts.reads.map(({ relation }) => plain(relation)))],
    changes: [given.changes, list(facts.changes.map(({ relation }) => plain(relation)))],
    classes: [given.classes, list(facts.classes)],
    changed: [given.changed, list(facts.classesChanged)],
    bulk: [given.bulk, facts.bulk],
    lookups: [
      given.lookups,
      list(facts.lookups.map(({ relation, column }) => `${plain(relation)}.${column}`)),
    ],
    parameters: [given.parameters, facts.parameters],
    sites: [given.sites?.join(" | "), texts.join(" | ")],
    columns: [given.columns, first === "all" ? "all" : list(first)],
  };
  return Object.entries(found)
    .filter(([, [expected, got]]) => expected !== undefined && expected !== got)
    .map(
      ([field, [expected, got]]) =>
        `${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}${field === "opaque" ? ` ${facts.opaqueReasons.join("; ")}` : ""}`,
    );
}

const corpora = { everyday, dangerous, evasive };

test.each(Object.keys(corpora) as (keyof typeof corpora)[])(
  "facts of the %s corpus are as reviewed",
  async (name) => {
    const missed: string[] = [];
    for (const given of corpora[name]) {
      const found = await misses(given);
      if (found.length > 0) missed.push(`${given.sql}\n    ${found.join("\n    ")}`);
    }
    expect(missed, `${missed.length} of ${corpora[name].length} ${name} statements missed`).toEqual([]);
  },
);

test("psql's own catalog queries are readings that nothing stands against", async () => {
  const stopped: string[] = [];
  for (const sql of psql) {
    const { facts, statements } = describe(await parser.parse(sql), testingCatalog);
    const effects = facts.effects.filter((effect) => effect !== "schema-text");
    const reasons = [...facts.opaqueReasons, ...statements.flatMap((each) => each.unmaskable), ...effects];
    if (facts.writes || facts.bulk || reasons.length > 0) stopped.push(`${sql}: ${reasons.join("; ")}`);
  }
  expect(stopped).toEqual([]);
});

test("the corpus holds at least 250 different statements", () => {
  const statements = Object.values(corpora).flatMap((cases) => cases.map(({ sql }) => sql));
  expect(new Set(statements).size).toBe(statements.length);
  expect(statements.length).toBeGreaterThanOrEqual(250);
});
