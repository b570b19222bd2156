import { afterAll, expect, test } from "vitest";
import { createParser } from "../parse/parser.ts";
import type { Case } from "./corpus/case.ts";
import { dangerous } from "./corpus/dangerous.ts";
import { everyday } from "./corpus/everyday.ts";
import { evasive } from "./corpus/evasive.ts";
import { psql } from "./corpus/psql.ts";
import { describe } from "./describe.ts";
import { testingCatalog } from "./testing-catalog.ts";

const parser = createParser({ workers: 1, deadlineMs: 60_000 });
afterAll(() => parser.close());

const list = (values: readonly string[]): string => [...values].sort().join(" ");
const plain = (relation: string): string => relation.replace(/^public\./, "").replaceAll(" ", "_");

/** A fact that differs: `missed` where it says less than was reviewed, `alarm` where it says more. */
type Wrong = { kind: "missed" | "alarm"; line: string };

/** Whether something that harms is not said; a look-up that is none hides the column, one too many opens it. */
function isMissed(field: string, expected: unknown, got: unknown): boolean {
  if (typeof expected === "boolean") return expected === (field !== "bounded");
  if (typeof expected !== "string" || typeof got !== "string" || field === "sites") return true;
  const [reviewed, said] = [expected.split(" "), got.split(" ")];
  const [all, among] = field === "lookups" ? [said, reviewed] : [reviewed, said];
  return all.some((each) => each !== "" && !among.includes(each));
}

async function wrongIn(given: Case): Promise<Wrong[]> {
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
    .map(([field, [expected, got]]) => ({
      kind: isMissed(field, expected, got) ? "missed" : "alarm",
      line: `${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}${field === "opaque" ? ` ${facts.opaqueReasons.join("; ")}` : ""}`,
    }));
}

/** What a case is there for, by the first thing that makes it one. */
function classOf({
  actions = "select",
  opaque,
  bounded,
  effects,
  session,
  unmaskable,
  ...given
}: Case): string {
  if (opaque === true) return "what cannot be known";
  if (bounded === false) return "writes without a bound";
  if (effects !== undefined && effects !== "") return "effects outside the query";
  if (session !== undefined && session !== "") return "session and transaction";
  if (/\b(ddl|grant|maintenance)\b/.test(actions)) return "schema, rights, maintenance";
  if (unmaskable === true) return "what cannot be masked";
  if (given.writes === true) return "other writes";
  if (given.lookups !== undefined) return "known values";
  if (given.bulk !== undefined) return "reading in bulk";
  return (given.classes ?? "") === "" ? "reading open columns" : "reading classified columns";
}

function report(name: string, cases: readonly { of: string; wrong: Wrong[] }[]): string {
  const counts = (some: typeof cases) =>
    (["missed", "alarm"] as const)
      .map((kind) => some.filter(({ wrong }) => wrong.some((each) => each.kind === kind)).length)
      .map((count, index) => `${count} ${["missed", "false alarms"][index]}`)
      .join(", ");
  const lines = [...new Set(cases.map(({ of }) => of))].sort().map((of) => {
    const mine = cases.filter((each) => each.of === of);
    return `  ${String(mine.length).padStart(4)}  ${of}: ${counts(mine)}`;
  });
  return `facts corpus, ${cases.length} ${name} statements: ${counts(cases)}\n${lines.join("\n")}\n`;
}

const corpora = { everyday, dangerous, evasive };

test.each(Object.keys(corpora) as (keyof typeof corpora)[])(
  "facts of the %s corpus are as reviewed",
  async (name) => {
    const cases: { sql: string; of: string; wrong: Wrong[] }[] = [];
    for (const given of corpora[name])
      cases.push({ sql: given.sql, of: classOf(given), wrong: await wrongIn(given) });
    process.stdout.write(report(name, cases));
    const told = cases
      .filter(({ wrong }) => wrong.length > 0)
      .map(
        ({ sql, wrong }) => `${sql}\n    ${wrong.map(({ kind, line }) => `${kind}: ${line}`).join("\n    ")}`,
      );
    expect(told).toEqual([]);
  },
);

test("whatever stands against masking comes with what would work instead", async () => {
  const hints = new Map<string, string>();
  for (const { sql } of Object.values(corpora).flat())
    for (const { unmaskable } of describe(await parser.parse(sql), testingCatalog).statements)
      for (const { reason, instead } of unmaskable) hints.set(reason, instead);
  expect([...hints].filter(([, instead]) => !/^[A-Z].{15,}\.$/.test(instead))).toEqual([]);
  expect(new Set(hints.values()).size).toBeGreaterThan(40);
});

test("psql's own catalog queries are readings that nothing stands against", async () => {
  const stopped: string[] = [];
  for (const sql of psql) {
    const { facts, statements } = describe(await parser.parse(sql), testingCatalog);
    const effects = facts.effects.filter((effect) => effect !== "schema-text");
    const reasons = [
      ...facts.opaqueReasons,
      ...statements.flatMap((each) => each.unmaskable.map(({ reason }) => reason)),
      ...effects,
    ];
    if (facts.writes || facts.bulk || reasons.length > 0) stopped.push(`${sql}: ${reasons.join("; ")}`);
  }
  expect(stopped).toEqual([]);
});

test("the corpus holds at least 400 different statements", () => {
  const statements = Object.values(corpora).flatMap((cases) => cases.map(({ sql }) => sql));
  expect(new Set(statements).size).toBe(statements.length);
  expect(statements.length).toBeGreaterThanOrEqual(400);
});
