import { expect, test } from "vitest";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { ShellFacts } from "../../../../shared/nouns/facts.ts";
import { around } from "./corpus/around.ts";
import type { Case } from "./corpus/case.ts";
import { concealed } from "./corpus/concealed.ts";
import { dangerous } from "./corpus/dangerous.ts";
import { evasive } from "./corpus/evasive.ts";
import { everyday } from "./corpus/everyday.ts";
import { describeShell } from "./describe.ts";

/** A fact that differs: `missed` where it says less than was reviewed, `alarm` where it says more. */
type Wrong = { kind: "missed" | "alarm"; line: string };

const list = (values: readonly string[]): string =>
  [...values]
    .map((value) => value.replaceAll(" ", "_"))
    .sort()
    .join(" ");
const ordered = (words: string): string => words.split(" ").sort().join(" ");

function isMissed(expected: unknown, got: unknown): boolean {
  if (typeof expected === "boolean") return expected;
  if (typeof expected !== "string" || typeof got !== "string") return true;
  return expected.split(" ").some((each) => each !== "" && !got.split(" ").includes(each));
}

function wrongIn(given: Case): Wrong[] {
  const { facts, complete } = describeShell(given.line, undefined, given.dialect);
  expect(ShellFacts.parse(facts)).toEqual(facts);
  const paths = (uses: readonly { path: string }[]): string => list(uses.map(({ path }) => path));
  const found: Record<string, [expected: unknown, got: unknown]> = {
    writes: [given.writes ?? false, facts.writes],
    opaque: [given.opaque ?? false, facts.opaque],
    interpreter: [given.interpreter ?? false, facts.opensInterpreter],
    privilege: [given.privilege ?? false, facts.actions.includes("shell.privilege")],
    system: [given.system ?? false, facts.actions.includes("shell.system")],
    incomplete: [given.incomplete ?? false, !complete],
    deletes: [
      ordered(given.deletes ?? ""),
      list(
        facts.deletes.map(({ path, recursive, forced }) => {
          const manner = `${recursive ? "r" : ""}${forced ? "f" : ""}`;
          return manner === "" ? path : `${path}:${manner}`;
        }),
      ),
    ],
    secrets: [given.secrets ?? "", list(facts.secrets)],
    persistence: [given.persistence ?? "", list(facts.persistence)],
    effects: [ordered(given.effects ?? ""), list(facts.effects)],
    tampers: [given.tampers ?? "", list(facts.tampers)],
    scripts: [given.scripts ?? "", list(facts.scripts)],
    programs: [given.programs, list(facts.programs)],
    wrappers: [given.wrappers, list(facts.wrappers)],
    reads: [given.reads, paths(facts.reads)],
    changes: [given.changes, paths(facts.changes)],
    network: [given.network, list(facts.network.map(({ direction, host }) => `${direction}:${host}`))],
  };
  return Object.entries(found)
    .filter(([, [expected, got]]) => expected !== undefined && expected !== got)
    .map(([field, [expected, got]]) => ({
      kind: isMissed(expected, got) ? "missed" : "alarm",
      line: `${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}${field === "opaque" ? ` ${facts.opaqueReasons.join("; ")}` : ""}`,
    }));
}

/** What a case is there for, by the first thing that makes it one. */
function classOf(given: Case): string {
  if (given.tampers !== undefined) return "tampering with the hook";
  if (given.opaque === true) return "what cannot be known";
  if (given.persistence !== undefined) return "ways to stay";
  if (given.secrets !== undefined) return "secrets";
  if (given.deletes !== undefined) return "deleting";
  if (given.network !== undefined) return "the network";
  if (given.effects !== undefined) return "effects on the host";
  if (given.interpreter === true) return "interpreters";
  if (given.scripts !== undefined) return "scripts";
  return given.writes === true ? "other writes" : "looking";
}

function report(name: string, cases: readonly { of: string; wrong: Wrong[] }[]): string {
  const counts = (some: typeof cases): string =>
    (["missed", "alarm"] as const)
      .map((kind) => some.filter(({ wrong }) => wrong.some((each) => each.kind === kind)).length)
      .map((count, index) => `${count} ${["missed", "false alarms"][index]}`)
      .join(", ");
  const lines = [...new Set(cases.map(({ of }) => of))].sort().map((of) => {
    const mine = cases.filter((each) => each.of === of);
    return `  ${String(mine.length).padStart(4)}  ${of}: ${counts(mine)}`;
  });
  return `shell facts corpus, ${cases.length} ${name} lines: ${counts(cases)}\n${lines.join("\n")}\n`;
}

const corpora = { everyday, dangerous, evasive, concealed };

test.each(Object.keys(corpora) as (keyof typeof corpora)[])(
  "facts of the %s corpus are as reviewed",
  (name) => {
    const cases = corpora[name].map((given) => ({
      line: given.line,
      of: classOf(given),
      wrong: told(given),
    }));
    process.stdout.write(report(name, cases));
    expect(
      cases
        .filter(({ wrong }) => wrong.length > 0)
        .map(
          ({ line, wrong }) =>
            `${line}\n    ${wrong.map((each) => `${each.kind}: ${each.line}`).join("\n    ")}`,
        ),
    ).toEqual([]);
  },
);

function told(given: Case): Wrong[] {
  try {
    return wrongIn(given);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [{ kind: "alarm", line: `refused: ${error.message}` }];
  }
}

test("the corpus holds at least 500 different lines", () => {
  const lines = Object.values(corpora).flatMap((cases) =>
    cases.map(({ line, dialect }) => `${dialect ?? "bash"} ${line}`),
  );
  expect(new Set(lines).size).toBe(lines.length);
  expect(lines.length).toBeGreaterThanOrEqual(500);
});

test.each([
  ["rm -rf /srv/x", "a deletion"],
  ["reboot", "a restart"],
])("wherever %s stands in a line, the line is %s", (deed) => {
  const own = describeShell(deed).facts;
  const missed = around.filter((line) => {
    const { facts } = describeShell(line.replaceAll("@", deed));
    return !(
      facts.writes &&
      own.programs.every((each) => facts.programs.includes(each)) &&
      own.actions.every((each) => facts.actions.includes(each)) &&
      own.effects.every((each) => facts.effects.includes(each)) &&
      own.deletes.every(({ path }) => facts.deletes.some((each) => each.path === path && each.forced))
    );
  });
  process.stdout.write(
    `shell facts corpus, ${around.length} places for "${deed}": ${missed.length} missed\n`,
  );
  expect(missed).toEqual([]);
});
