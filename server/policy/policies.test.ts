import { describe, expect, it } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import type { DataClass } from "../../shared/nouns/catalog.ts";
import type { SqlFacts } from "../../shared/nouns/facts.ts";
import { maxTextBytes } from "./limits.ts";
import {
  compilePolicies,
  decide,
  mayOpen,
  type PolicyProblem,
  type PolicySet,
  readsClock,
} from "./policies.ts";
import { actorOf, factsOf, nowhere, targetOf } from "./testing.ts";

const engineer = actorOf("human", ["engineers"]);
const prod = targetOf("prod");
const classes: DataClass[] = [{ name: "email", description: "", mask: { kind: "redact" }, lookup: false }];

const decideWith = (text: string, facts: Partial<SqlFacts> = {}, actor = engineer) =>
  decide(compilePolicies(text, 5), {
    actor,
    target: prod,
    facts: factsOf(facts),
    dataClasses: classes,
    now: Date.parse("2026-11-20T12:00:00Z"),
    session: { reason: "ticket 4711", openedAt: "2026-11-20T11:30:00Z" },
    recentLookups: 21,
  });

const permit = (id: string, annotations = "", scope = "principal, action, resource", when = "") =>
  `@id("${id}") ${annotations} permit (${scope}) ${when};\n`;
const forbid = (id: string, when: string, scope = 'principal, action in Action::"sql.any", resource') =>
  `@id("${id}") @say("No.") @hint("Do this.") forbid (${scope}) when { ${when} };\n`;

function problems(text: string): PolicyProblem[] {
  try {
    compilePolicies(text, 1);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "policy_invalid") throw error;
    return error.extra["positions"] as PolicyProblem[];
  }
  return [];
}

describe("deciding", () => {
  it("blocks what no policy permits, and says for whom and where", () => {
    const decision = decideWith("", { actions: ["sql.ddl", "sql.select"] });
    expect(decision).toMatchObject({ effect: "block", policies: [], policyVersion: 5 });
    expect(decision.reasons).toEqual([
      "No policy allows sql.ddl, sql.select for groups engineers on a target tagged env=prod.",
    ]);
    expect(decision.obligations.maxRows).toBe(0);
  });

  it("lets a forbid win over reviews and permits, with its words", () => {
    const text = permit("a") + permit("b", '@review("r")') + forbid("no", "!context.facts.bounded");
    expect(decideWith(text, { bounded: false })).toMatchObject({
      effect: "block",
      policies: ["no"],
      reasons: ["No."],
      hint: "Do this.",
    });
  });

  it("names whatever it objects to: functions, relations, statements, settings, tables", () => {
    const text = permit("a") + forbid("no", "!context.facts.effects.isEmpty()");
    const sleep = { name: "pg_sleep", volatility: "volatile", definer: false, effect: "sleep" } as const;
    const stats = {
      relation: "pg_catalog.pg_stats",
      known: true,
      columns: [],
      classes: [],
      effect: "column-statistics",
    };
    const effects = ["column-statistics", "server-file", "sleep"];
    expect(decideWith(text, { effects, functions: [sleep], reads: [stats, stats] }).reasons).toEqual([
      "No.",
      "pg_sleep: sleep.",
      "pg_catalog.pg_stats: column-statistics.",
      "Its effect: server-file.",
    ]);
    const settings = permit("a") + forbid("no", "!context.facts.sessionChanges.isEmpty()");
    expect(decideWith(settings, { sessionChanges: ["set:work_mem"] }).reasons).toEqual([
      "No.",
      "It changes: set:work_mem.",
    ]);
    const changes = [{ relation: "public.orders", known: true, columns: [], classes: [] }];
    const bounds = permit("a") + forbid("no", "!context.facts.bounded");
    expect(decideWith(bounds, { bounded: false, changes }).reasons).toEqual([
      "No.",
      "It changes public.orders.",
    ]);
  });

  it("lets a review win over a plain permit", () => {
    const text =
      permit("plain") + permit("held", '@review("r") @quorum("2") @expires("5m") @say("Two look.")');
    expect(decideWith(text)).toMatchObject({
      effect: "review",
      policies: ["held"],
      reasons: ["Two look."],
      obligations: { reviewers: [{ group: "r", quorum: 2, policy: "held" }], reviewExpiresSeconds: 300 },
    });
  });

  it("asks every group for its highest quorum, and takes the shortest time and the smallest bounds", () => {
    const text =
      permit("a", '@review("r") @quorum("1") @expires("1h") @maxRows("10")') +
      permit("b", '@review("r") @quorum("3") @expires("10m") @timeout("30s")') +
      permit("c", '@review("q") @maxAffectedRows("7")') +
      permit("d", '@maxRows("5") @timeout("2m")');
    expect(decideWith(text)).toMatchObject({
      policies: ["a", "b", "c"],
      obligations: {
        reviewers: [
          { group: "q", quorum: 1, policy: "c" },
          { group: "r", quorum: 3, policy: "b" },
        ],
        reviewExpiresSeconds: 600,
        maxRows: 5,
        timeoutMs: 30_000,
        maxAffectedRows: 7,
      },
    });
  });

  it("judges each action in a command, and takes the strictest", () => {
    const read = permit("read", "", 'principal, action in Action::"sql.read", resource');
    const write = permit("write", '@review("r")', 'principal, action in Action::"sql.write", resource');
    expect(decideWith(read + write, { actions: ["sql.select"] }).effect).toBe("allow");
    expect(decideWith(read + write, { actions: ["sql.delete", "sql.select"] }).effect).toBe("review");
    expect(decideWith(read + write, { actions: ["sql.ddl", "sql.delete", "sql.select"] }).effect).toBe(
      "block",
    );
  });

  it("blocks where nothing was understood, whatever is permitted", () => {
    expect(decideWith(permit("all"), { actions: [] }).effect).toBe("block");
    expect(decideWith(permit("all"), { statements: 0 }).effect).toBe("block");
  });

  it("blocks where a policy fails to evaluate, though the engine would skip it and allow", () => {
    const overflow = "context.facts.statements + 9223372036854775807 > 0";
    const decision = decideWith(permit("all") + forbid("broken", overflow));
    expect(decision).toMatchObject({ effect: "block", policies: ["broken"] });
    expect(decision.reasons[0]).toContain("broken failed to evaluate");
  });

  it("blocks where the facts do not fit the schema", () => {
    expect(decideWith(permit("all"), { statements: 1.5 })).toMatchObject({ effect: "block", policies: [] });
    expect(decideWith(permit("all"), { bounded: undefined }).effect).toBe("block");
  });

  it("decides by the time of each command, and by every fact, though an answer is kept", () => {
    const noon = Date.parse("2026-11-20T12:00:00Z");
    const scope = 'principal, action == Action::"sql.select", resource';
    const late = permit("early", "", scope, `when { context.now < datetime("2026-11-20T12:00:01Z") }`);
    const few = permit("few", "", scope, "when { context.recentLookups < 3 && !context.facts.bulk }");
    const at = (set: PolicySet, now: number, recentLookups = 0, bulk = false) =>
      decide(set, {
        ...{ actor: engineer, target: prod, facts: factsOf({ bulk }), dataClasses: classes },
        ...{ session: undefined, now, recentLookups },
      }).effect;
    const [timed, plain] = [compilePolicies(late, 1), compilePolicies(few, 1)];
    expect([at(timed, noon), at(timed, noon + 2_000), at(timed, noon)]).toEqual(["allow", "block", "allow"]);
    expect([at(plain, noon), at(plain, noon + 2_000), at(plain, noon, 3)]).toEqual([
      "allow",
      "allow",
      "block",
    ]);
    expect([at(plain, noon, 0, true), at(plain, noon)]).toEqual(["block", "allow"]);
  });

  it("knows facts, groups, tags, kinds and the time", () => {
    const when = (condition: string, facts: Partial<SqlFacts> = {}) =>
      decideWith(
        permit("x", "", 'principal, action in Action::"sql.any", resource', `when { ${condition} }`),
        facts,
      ).effect;
    expect(when('principal in Group::"engineers" && resource in Tag::"env=prod"')).toBe("allow");
    expect(when('principal in Group::"engineer" || resource in Tag::"env=pro"')).toBe("block");
    expect(when('principal.kind == "workload"')).toBe("block");
    const reads = [{ relation: 'public."Odd ""name"', known: true, columns: [], classes: ["email"] }];
    expect(when('context.facts.reads.contains("public.\\"Odd \\"\\"name\\"")', { reads })).toBe("allow");
    const lookups = [{ relation: "public.customers", column: "email", class: "email", values: 1 }];
    expect(when('context.facts.classesLookedUp == ["email"]', { lookups })).toBe("allow");
    expect(when('context.now > datetime("2026-11-20T11:59:59Z")')).toBe("allow");
    expect(when('context.now > datetime("2026-11-20T12:00:01Z")')).toBe("block");
  });

  it("sees why and since when the session is open, and how much was looked up", () => {
    const when = (condition: string) =>
      decideWith(permit("x", "", 'principal, action in Action::"sql.any", resource', `when { ${condition} }`))
        .effect;
    expect(when('context.reason like "*4711*"')).toBe("allow");
    expect(when('context.reason == ""')).toBe("block");
    expect(when("context.sessionAgeSeconds <= 1800")).toBe("allow");
    expect(when("context.sessionAgeSeconds < 1800")).toBe("block");
    expect(when("context.recentLookups > 20")).toBe("allow");
    expect(when("context.recentLookups > 21")).toBe("block");
  });

  it("decides a dry run as at the beginning of a session without a reason", () => {
    const scope = 'principal, action in Action::"sql.any", resource';
    const when =
      'when { context.reason == "" && context.sessionAgeSeconds == 0 && context.recentLookups == 0 }';
    const input = { actor: engineer, target: prod, facts: factsOf(), dataClasses: classes, ...nowhere };
    expect(decide(compilePolicies(permit("x", "", scope, when), 1), input).effect).toBe("allow");
  });

  it("says for whom a set reads the clock, so that their decisions are not kept", () => {
    const reads = (scope: string, condition: string, actor = engineer) =>
      readsClock(compilePolicies(permit("x", '@say("Not now.")', scope, `when { ${condition} }`), 1), actor);
    const [anyone, agents] = ["principal", 'principal in Group::"agents"'].map(
      (who) => `${who}, action in Action::"sql.any", resource`,
    ) as [string, string];
    expect(reads(anyone, 'context.reason == "now"')).toBe(false);
    expect(reads(anyone, 'context.now > datetime("2026-01-01")')).toBe(true);
    expect(reads(anyone, "context.sessionAgeSeconds < 60")).toBe(true);
    expect(reads(agents, "context.sessionAgeSeconds < 60")).toBe(false);
    expect(reads(agents, "context.sessionAgeSeconds < 60", actorOf("workload", ["agents"]))).toBe(true);
  });
});

describe("unmasking", () => {
  const all = permit("all");
  const shown = (text: string, facts: Partial<SqlFacts> = { classes: ["email"] }) =>
    decideWith(all + text, facts).obligations.unmask;
  const unmask = 'principal, action == Action::"unmask", resource == DataClass::"email"';

  it("needs a policy that names the action: an open scope unmasks nothing", () => {
    expect(shown("")).toEqual([]);
    expect(shown(permit("support", "", unmask))).toEqual([{ class: "email", policy: "support" }]);
    const list = 'principal, action in [Action::"unmask", Action::"sql.select"], resource';
    expect(shown(permit("listed", "", list))).toEqual([{ class: "email", policy: "listed" }]);
    const inGroup = (group: string) => unmask.replace("principal", `principal in Group::"${group}"`);
    expect(shown(permit("ours", "", inGroup("engineers")))).toEqual([{ class: "email", policy: "ours" }]);
    expect(shown(permit("theirs", "", inGroup("support")))).toEqual([]);
    expect(shown(permit("people", "", unmask.replace("principal", "principal is Actor")))).toHaveLength(1);
  });

  it("speaks of classes that are in the command and defined", () => {
    const any = permit("any", "", 'principal, action == Action::"unmask", resource');
    expect(shown(any, { classes: [] })).toEqual([]);
    expect(shown(any, { classes: ["card", "email"] })).toEqual([{ class: "email", policy: "any" }]);
  });

  it("depends on the target's tags and the facts", () => {
    const inTest = 'when { context.target in Tag::"env=test" }';
    expect(shown(permit("x", "", unmask, inTest))).toEqual([]);
    const few = "when { !context.facts.bulk }";
    expect(shown(permit("x", "", unmask, few), { classes: ["email"], bulk: true })).toEqual([]);
  });

  it("stays off where it is forbidden, held or fails", () => {
    const on = permit("support", "", unmask);
    expect(shown(on + forbid("no", 'principal.kind == "human"', unmask))).toEqual([]);
    expect(shown(permit("held", '@review("r")', unmask))).toEqual([]);
    const overflow = "context.facts.statements + 9223372036854775807 > 0";
    expect(shown(on + forbid("broken", overflow, unmask))).toEqual([]);
  });
});

describe("opening a session", () => {
  const open = (text: string) => mayOpen(compilePolicies(text, 1), { actor: engineer, target: prod });
  it("needs a plain permit and no forbid", () => {
    const scope =
      'principal in Group::"engineers", action == Action::"session.open", resource in Tag::"env=prod"';
    expect(open(permit("open", "", scope))).toEqual({ allowed: true, reasons: ["Policy open allows it."] });
    expect(open("")).toEqual({
      allowed: false,
      reasons: ["No policy lets groups engineers open a target tagged env=prod."],
    });
    expect(open(permit("open", '@review("r")', scope)).allowed).toBe(false);
    expect(open(permit("open", "", scope) + forbid("no", "true", scope))).toEqual({
      allowed: false,
      reasons: ["No."],
    });
  });
});

describe("compiling", () => {
  it("says where a text cannot be read, in lines and columns of the whole text", () => {
    const text =
      '// é 😀\n@id("a") permit (principal, action, resource);\n@id("é") permit (principal action, resource);';
    expect(problems(text)).toMatchObject([{ line: 3, column: 28, endLine: 3, endColumn: 34 }]);
  });

  it("says where a policy does not fit the schema, once, and by its id", () => {
    const text = `// é\n${permit("fine")}\n\n${permit("b", "", 'principal, action in Action::"sql.any", resource', "when { context.facts.boundd }")}`;
    const [problem, ...others] = problems(text);
    expect(problem).toMatchObject({ line: 5, column: 76, policy: "b" });
    expect(problem?.message).toMatch(
      /^Attribute `facts.boundd` in context .* not found; did you mean `bounded`\?$/,
    );
    expect(others).toEqual([]);
  });

  it("refuses what would silently do nothing", () => {
    for (const [text, message] of [
      [permit("x", "", 'principal, action == Action::"sql.slect", resource'), "Unrecognized action"],
      [permit("x", "", "principal, action, resource", "when { principal.kind == 1 }"), "not compatible"],
      [permit("x", "", 'principal in Tag::"a", action, resource'), "Unable to find an applicable action"],
      ["permit (principal, action, resource);", "no @id"],
      [permit("x") + permit("x", '@say("y")'), 'The @id "x" is taken'],
      [permit("x", '@reveiw("r")'), "@reveiw is not known"],
      [permit("x", '@quorum("2")'), "@quorum does nothing without @review"],
      [permit("x", '@expires("2m")'), "@expires does nothing without @review"],
      [permit("x", '@review("")'), "@review must name a group"],
      [permit("x", '@review("shop ")'), "without spaces"],
      [permit("x", '@review("r") @quorum("0")'), "whole number from 1 to 20"],
      [permit("x", '@review("r") @expires("soon")'), "must be a time"],
      [permit("x", '@maxRows("1e3")'), "whole number"],
      [permit("x", '@timeout("2h")'), "must be a time"],
      [permit("x", '@say("")'), "@say must be one line"],
      ['@id("x") @maxRows("1") forbid (principal, action, resource);', "@maxRows does nothing on a forbid"],
      ['@id("Not An Id") permit (principal, action, resource);', "lower case"],
      ['@id("t") permit (principal == ?principal, action, resource);', "Templates"],
      [
        permit("x", "", "principal, action, resource", 'when { principal.kind == "hum\u202Ean" }'),
        "U+202E cannot be seen",
      ],
      [
        permit("x", "", "principal, action, resource", 'when { principal.kind == "hum\u0430n" }'),
        "mixed scripts",
      ],
    ] as const)
      expect([text, problems(text).map((problem) => problem.message)]).toEqual([
        text,
        expect.arrayContaining([expect.stringContaining(message)]),
      ]);
  });

  it("keeps more than ten policies in the text's order, each at its line", () => {
    const text = Array.from({ length: 25 }, (_, index) => permit(`p${index}`)).join("\n");
    const set = compilePolicies(text, 1);
    expect([...set.policies.values()].map(({ id, line }) => [id, line])).toEqual(
      Array.from({ length: 25 }, (_, index) => [`p${index}`, 1 + index * 2]),
    );
    expect(problems(text.replace('@id("p17") ', '@id("p17") @nope '))).toMatchObject([
      { line: 35, policy: "p17" },
    ]);
  });

  it("refuses what cannot be seen, also in a comment", () => {
    const text = `${permit("x")}// \u202Ehidden\u0000\r\n`;
    expect(problems(text)).toMatchObject([
      { line: 2, column: 4, message: expect.stringContaining("U+202E") },
      { line: 2, column: 11, message: expect.stringContaining("U+0000") },
    ]);
    expect(problems(`// \u26A0\uFE0F careful, naïve\r\n${permit("x")}`)).toEqual([]);
  });

  it("is not poisoned by prototype names", () => {
    expect(problems(permit("x", '@__proto__("y")'))).toMatchObject([
      { message: "@__proto__ is not known here." },
    ]);
    expect(problems(permit("x", '@constructor("y")'))).toMatchObject([
      { message: "@constructor is not known here." },
    ]);
    expect(decideWith(permit("constructor")).policies).toEqual(["constructor"]);
  });

  it("survives texts that break the engine, and goes on deciding", () => {
    const before = compilePolicies(permit("fine"), 1);
    const deep = (left: string, right: string, times: number) =>
      permit(
        "deep",
        "",
        "principal, action, resource",
        `when { ${left.repeat(times)}true${right.repeat(times)} }`,
      );
    for (const text of [
      deep("(", ")", 20_000),
      deep("", " && true", 20_000),
      deep("if true then true else ", "", 5_000),
    ]) {
      expect(problems(text)).toHaveLength(1);
      const input = { actor: engineer, target: prod, facts: factsOf(), dataClasses: classes, ...nowhere };
      expect(decide(before, input).effect).toBe("allow");
    }
    expect(() => compilePolicies("/".repeat(maxTextBytes + 1), 1)).toThrow("at most");
  });

  it("keeps many sets apart", () => {
    const input = { actor: engineer, target: prod, facts: factsOf(), dataClasses: classes, ...nowhere };
    const sets = Array.from({ length: 30 }, (_, index) => compilePolicies(permit(`p${index}`), index));
    for (const order of [sets, sets.toReversed()])
      for (const set of order) expect(decide(set, input).policies).toEqual([`p${set.version}`]);
  });
});
