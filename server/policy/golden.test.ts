import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DataClass } from "../../shared/nouns/catalog.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { SqlFacts } from "../../shared/nouns/facts.ts";
import { compilePolicies, decide, mayOpen } from "./policies.ts";
import { actorOf, factsOf, nowhere, targetOf } from "./testing.ts";

/**
 * The matrix actor x command x target -> decision of the demo's policies, kept as a file that people review. After
 * a wanted change: `SLUICE_GOLDEN=write npx vitest run server/policy/golden.test.ts`, and read the diff.
 */
const goldenFile = new URL("./golden.md", import.meta.url);
const policies = compilePolicies(readFileSync(new URL("../demo/policies.cedar", import.meta.url), "utf8"), 1);

const customers = { relation: "public.customers", known: true };
const orders = { relation: "public.orders", known: true };
const personal = { ...customers, columns: ["card", "email", "id", "name"], classes: ["card", "email"] };
const write = (changes: Partial<SqlFacts>) =>
  factsOf({ writes: true, changes: [{ ...orders, columns: ["status"], classes: [] }], ...changes });

const commands: [string, SqlFacts][] = [
  ["SELECT * FROM customers", factsOf({ reads: [personal], classes: ["card", "email"], bulk: true })],
  ["SELECT * FROM customers WHERE id = 7", factsOf({ reads: [personal], classes: ["card", "email"] })],
  ["SELECT count(*) FROM orders", factsOf({ reads: [{ ...orders, columns: [], classes: [] }] })],
  [
    "BEGIN; SELECT 1; COMMIT",
    factsOf({
      statements: 3,
      actions: ["sql.select", "sql.transaction"],
      sessionChanges: ["transaction:begin", "transaction:commit"],
    }),
  ],
  ["EXPLAIN SELECT * FROM orders", factsOf({ actions: ["sql.explain"] })],
  ["EXPLAIN ANALYZE DELETE FROM orders", write({ actions: ["sql.delete", "sql.explain"], bounded: false })],
  ["INSERT INTO orders VALUES (...)", write({ actions: ["sql.insert", "sql.select"] })],
  ["UPDATE orders SET ... WHERE id = 7", write({ actions: ["sql.update"] })],
  ["UPDATE orders SET ...", write({ actions: ["sql.update"], bounded: false })],
  ["DELETE FROM orders WHERE id = 7", write({ actions: ["sql.delete"] })],
  ["DELETE FROM orders", write({ actions: ["sql.delete"], bounded: false })],
  [
    "WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d",
    write({ actions: ["sql.delete", "sql.select"], bounded: false }),
  ],
  ["TRUNCATE orders", write({ actions: ["sql.truncate"], bounded: false })],
  [
    "UPDATE orders ... WHERE id = 7; CREATE TABLE x ()",
    write({ statements: 2, actions: ["sql.ddl", "sql.update"] }),
  ],
  ["CREATE INDEX ON orders (status)", write({ actions: ["sql.ddl"] })],
  ["VACUUM orders", write({ actions: ["sql.maintenance"] })],
  ["LOCK TABLE orders", write({ actions: ["sql.lock"] })],
  ["GRANT SELECT ON orders TO public", write({ actions: ["sql.grant"] })],
  ["COPY orders TO STDOUT", factsOf({ actions: ["sql.copy", "sql.select"], bulk: true })],
  ["CALL settle()", write({ actions: ["sql.call"] })],
  ["DO $$ ... EXECUTE ... $$", write({ actions: ["sql.do"], opaque: true, opaqueReasons: ["dynamic SQL"] })],
  ["SELECT * FROM nowhere", factsOf({ opaque: true, opaqueReasons: ["nowhere is not known"] })],
  [
    "SELECT pg_sleep(60)",
    factsOf({
      effects: ["sleep"],
      functions: [{ name: "pg_catalog.pg_sleep", volatility: "volatile", definer: false }],
    }),
  ],
  ["SET ROLE owner", factsOf({ actions: ["sql.session"], writes: true, sessionChanges: ["role"] })],
  ["SET TRANSACTION READ ONLY", factsOf({ actions: ["sql.session"], sessionChanges: ["read-only"] })],
  ["SELECT * FROM orders WHERE id = 7 FOR UPDATE", write({ actions: ["sql.lock", "sql.select"] })],
  ["SHOW server_version", factsOf({ actions: ["sql.session"] })],
  ["SET work_mem = '1GB'", factsOf({ actions: ["sql.session"], sessionChanges: ["set:work_mem"] })],
  ["DISCARD ALL", factsOf({ actions: ["sql.session"], writes: true })],
  ["SELECT pg_get_viewdef('v')", factsOf({ effects: ["schema-text"] })],
  [
    "SELECT pg_terminate_backend(4711)",
    factsOf({
      writes: true,
      effects: ["session-control"],
      functions: [{ name: "pg_catalog.pg_terminate_backend", volatility: "volatile", definer: false }],
    }),
  ],
  ["SELECT pid, client_addr FROM pg_stat_activity", factsOf({ effects: ["client-addresses"] })],
  ["SELECT query FROM pg_stat_activity", factsOf({ effects: ["others-activity"] })],
  ["SELECT pg_reload_conf()", factsOf({ writes: true, effects: ["backend-control"] })],
  ["SELECT nextval('orders_id_seq')", factsOf({ writes: true, effects: ["sequence"] })],
  ["SELECT settle_invoice(7)", write({ actions: ["sql.select"] })],
  ["CREATE FUNCTION f() ...", write({ actions: ["sql.ddl"], effects: ["code"] })],
  ["CREATE SERVER s ...", write({ actions: ["sql.ddl"], effects: ["network"] })],
  [
    "BEGIN READ WRITE",
    factsOf({ actions: ["sql.transaction"], writes: true, sessionChanges: ["read-write"] }),
  ],
  ["LISTEN orders", factsOf({ actions: ["sql.listen"] })],
  ["(a statement of an unknown kind)", factsOf({ actions: ["sql.other"], writes: true })],
  ["(nothing was understood)", factsOf({ actions: [], opaque: true })],
];

const actors = [
  actorOf("human", ["engineers"], "engineer"),
  actorOf("workload", ["agents"], "agent"),
  actorOf("workload", ["agents", "engineers"], "agent in engineers"),
  actorOf("human", ["shop-reviewers"], "reviewer"),
  actorOf("human", ["support"], "support"),
  actorOf("human", ["administrators"], "administrator"),
  actorOf("human", ["auditors"], "auditor"),
  actorOf("human", [], "in no group"),
];
const targets = ["prod", "staging", "test"].map(targetOf);
/** A session with a reason, some time after it was opened. */
const session = { reason: "ticket 4711", openedAt: "2026-11-20T12:00:00Z" };
const after = (minutes: number) => Date.parse(session.openedAt) + minutes * 60_000;
const atOnce = { now: after(0), session, recentLookups: 0 };
const lookUp = factsOf({
  reads: [personal],
  classes: ["card", "email"],
  lookups: [{ relation: "public.customers", column: "email", class: "email", values: 1 }],
});
const circumstances: [string, typeof atOnce][] = [
  ["at once, for a reason", atOnce],
  ["at once, for no reason", { ...atOnce, session: { ...session, reason: "" } }],
  ["after 29 minutes", { ...atOnce, now: after(29) }],
  ["after 30 minutes", { ...atOnce, now: after(30) }],
  ["as the 20th value in an hour", { ...atOnce, recentLookups: 20 }],
  ["as the 21st", { ...atOnce, recentLookups: 21 }],
  ["as the 100th", { ...atOnce, recentLookups: 100 }],
  ["as the 101st", { ...atOnce, recentLookups: 101 }],
];
const dataClasses: DataClass[] = ["card", "email"].map((name) => ({
  name,
  description: "",
  mask: { kind: "redact" },
  lookup: false,
}));

function line(command: string, decision: Decision): string {
  const { reviewers, maxRows, maxAffectedRows, timeoutMs, unmask } = decision.obligations;
  const asks = [
    ...reviewers.map(({ group, quorum }) => `${quorum} of ${group}`),
    `${maxRows} rows, ${timeoutMs / 1000} s`,
    ...(maxAffectedRows === null ? [] : [`at most ${maxAffectedRows} touched`]),
    ...unmask.map((shown) => `${shown.class} in clear by ${shown.policy}`),
  ];
  const bounds = decision.effect === "block" ? "" : `; ${asks.join("; ")}`;
  const by = decision.policies.length > 0 ? decision.policies.join(", ") : "no policy";
  return `- ${decision.effect.padEnd(6)} \`${command}\` (${by}${bounds})`;
}

function matrix(): string {
  const lines = [
    "# What the demo's policies decide",
    "",
    "Written by `server/policy/golden.test.ts`; a change here is a change of who may do what.",
    "In brackets: the policies that decided, then what a review or the bounds ask for.",
  ];
  for (const actor of actors)
    for (const target of targets) {
      const may = mayOpen(policies, { actor, target });
      lines.push(
        "",
        `## ${actor.name} on env=${target.tags["env"]}: ${may.allowed ? "may open" : "may not open"}`,
        "",
      );
      for (const [command, facts] of commands)
        lines.push(line(command, decide(policies, { actor, target, facts, dataClasses, ...atOnce })));
    }
  lines.push("", "## SELECT id, card, email FROM customers WHERE email = '...' on env=prod, and when", "");
  for (const actor of actors)
    for (const [when, given] of circumstances) {
      const input = { actor, target: targetOf("prod"), facts: lookUp, dataClasses, ...given };
      lines.push(line(`${actor.name} ${when}`, decide(policies, input)));
    }
  return `${lines.join("\n")}\n`;
}

describe("the demo's policies", () => {
  it("decide as the reviewed matrix says", () => {
    const now = matrix();
    if (process.env["SLUICE_GOLDEN"] === "write") writeFileSync(goldenFile, now);
    expect(now).toBe(readFileSync(goldenFile, "utf8"));
  });

  it("block every unbounded write, for everyone and everywhere, with a hint", () => {
    const unbounded = commands.filter(([, facts]) => facts.writes && !facts.bounded);
    expect(unbounded.length).toBeGreaterThan(3);
    for (const actor of actors)
      for (const target of targets)
        for (const [command, facts] of unbounded) {
          const decision = decide(policies, { actor, target, facts, dataClasses, ...nowhere });
          expect([command, decision.effect]).toEqual([command, "block"]);
          expect(decision.hint).toBeTruthy();
        }
  });

  it("let nobody write to production without a review", () => {
    const prod = targetOf("prod");
    for (const actor of actors)
      for (const [command, facts] of commands.filter(([, { writes }]) => writes))
        expect([
          command,
          decide(policies, { actor, target: prod, facts, dataClasses, ...nowhere }).effect,
        ]).not.toEqual([command, "allow"]);
  });

  it("name no target and no person", () => {
    expect(policies.text).not.toMatch(/Target::|Actor::"|issuer/);
  });
});
