import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { SqlFacts } from "../../shared/nouns/facts.ts";
import { compilePolicies, decide } from "./policies.ts";
import { actorOf, factsOf, nowhere, targetOf } from "./testing.ts";

/**
 * Generated policies, commands and actors, against a model of the rule: for each action a forbid blocks, else a
 * review holds, else a permit allows, else it is blocked; the strictest action decides.
 */
type Rule = {
  effect: "permit" | "forbid";
  quorum: number;
  maxRows: number | undefined;
  group: string;
  actions: string;
  env: string;
  when: "bounded" | "opaque" | "bulk" | "always" | "fails";
};

const groupsOfActions: Record<string, readonly string[]> = {
  "sql.any": ["sql.select", "sql.update", "sql.ddl", "sql.transaction"],
  "sql.read": ["sql.select"],
  "sql.write": ["sql.update"],
};
const rule: fc.Arbitrary<Rule> = fc.record({
  effect: fc.constantFrom("permit", "permit", "permit", "permit", "forbid"),
  quorum: fc.constantFrom(0, 0, 0, 1, 2),
  maxRows: fc.option(fc.nat({ max: 1000 }), { nil: undefined }),
  group: fc.constantFrom("engineers", "engineers", "engineers", "agents"),
  actions: fc.constantFrom("sql.any", "sql.any", "sql.read", "sql.write"),
  env: fc.constantFrom("prod", "prod", "prod", "staging"),
  when: fc.oneof(
    { weight: 5, arbitrary: fc.constant("always" as const) },
    { weight: 3, arbitrary: fc.constantFrom("bounded", "opaque", "bulk") },
    { weight: 1, arbitrary: fc.constant("fails" as const) },
  ),
});

const conditions: Record<Rule["when"], string> = {
  always: "true",
  bounded: "context.facts.bounded",
  opaque: "context.facts.opaque",
  bulk: "context.facts.bulk",
  fails: "context.facts.statements + 9223372036854775807 > 0",
};

function written(one: Rule, index: number): string {
  const terms = [
    `@id("p${index}")`,
    one.effect === "permit" && one.quorum > 0 ? `@review("r") @quorum("${one.quorum}")` : "",
    one.effect === "permit" && one.maxRows !== undefined ? `@maxRows("${one.maxRows}")` : "",
  ].join(" ");
  const scope = `principal in Group::"${one.group}", action in Action::"${one.actions}", resource in Tag::"env=${one.env}"`;
  return `${terms} ${one.effect} (${scope}) when { ${conditions[one.when]} };`;
}

const commands: SqlFacts["actions"][] = [
  ["sql.select"],
  ["sql.select"],
  ["sql.update"],
  ["sql.select", "sql.update"],
  ["sql.ddl", "sql.select"],
  ["sql.transaction"],
];
const facts = fc.record({
  actions: fc.constantFrom(...commands),
  bounded: fc.boolean(),
  opaque: fc.boolean(),
  bulk: fc.boolean(),
});

function expected(rules: readonly Rule[], groups: string[], env: string, command: Partial<SqlFacts>) {
  const holds = (one: Rule) => one.when === "always" || (one.when !== "fails" && command[one.when] === true);
  const inScope = (one: Rule, action: string) =>
    groups.includes(one.group) && one.env === env && groupsOfActions[one.actions]?.includes(action) === true;
  const perAction = (command.actions ?? []).map((action) => rules.filter((one) => inScope(one, action)));
  if (perAction.flat().some((one) => one.when === "fails")) return { effect: "block" };
  const matching = perAction.map((scoped) => scoped.filter(holds));
  if (matching.some((some) => some.length === 0 || some.some((one) => one.effect === "forbid")))
    return { effect: "block" };
  const permits = matching.flat();
  const quorum = Math.max(...permits.map((one) => one.quorum));
  const bounds = permits.flatMap((one) => (one.maxRows === undefined ? [] : [one.maxRows]));
  return {
    effect: quorum > 0 ? "review" : "allow",
    quorum,
    maxRows: bounds.length > 0 ? Math.min(...bounds) : 100_000,
  };
}

it("the strictest of everything that matches decides, and a policy that fails blocks", () => {
  const seen: Record<string, number> = {};
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 6, size: "max" }),
      fc.constantFrom<string[]>(["engineers"], ["engineers"], ["agents"], ["engineers", "agents"], []),
      fc.constantFrom("prod", "prod", "prod", "staging"),
      facts,
      (rules, groups, env, command) => {
        const decision = decide(compilePolicies(rules.map(written).join("\n"), 1), {
          actor: actorOf("human", groups),
          target: targetOf(env),
          facts: factsOf(command),
          dataClasses: [],
          ...nowhere,
        });
        const { effect, quorum, maxRows } = expected(rules, groups, env, command);
        seen[effect] = (seen[effect] ?? 0) + 1;
        expect(decision.effect).toBe(effect);
        if (effect === "block") return;
        expect(decision.obligations.reviewers.map((one) => one.quorum)).toEqual(
          effect === "review" ? [quorum] : [],
        );
        expect(decision.obligations.maxRows).toBe(maxRows);
      },
    ),
    { numRuns: 200 },
  );
  for (const effect of ["allow", "review", "block"]) expect(seen[effect] ?? 0).toBeGreaterThan(0);
});
