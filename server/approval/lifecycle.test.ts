import { expect, test } from "vitest";
import type { ReviewRequirement } from "../../shared/nouns/decision.ts";
import { isOverdue, refuse, stageOf, tally, type Standing } from "./lifecycle.ts";

const at = (state: Standing["state"], changes: Partial<Standing> = {}): Standing => ({
  state,
  spent: false,
  expiresAt: 1_000,
  redeemBy: state === "approved" ? 2_000 : null,
  ...changes,
});

test.each([
  [at("pending"), 999, "pending", undefined, undefined, "stale_authority"],
  [at("pending"), 1_000, "expired", "expired", "already_decided", "expired"],
  [at("approved"), 1_999, "approved", "already_decided", undefined, undefined],
  [at("approved"), 2_000, "expired", "expired", "already_decided", "expired"],
  [at("approved", { spent: true }), 9_999, "spent", "already_decided", "already_decided", "stale_authority"],
  [at("approved", { redeemBy: null }), 0, "expired", "expired", "already_decided", "expired"],
  [at("rejected"), 0, "rejected", "already_decided", "already_decided", "rejected"],
  [at("expired"), 0, "expired", "expired", "already_decided", "expired"],
  [at("withdrawn"), 0, "withdrawn", "withdrawn", "already_decided", "withdrawn"],
])("%j at %d is %s: a vote, a withdrawal, a redemption", (standing, now, stage, vote, withdraw, redeem) => {
  expect(stageOf(standing, now)).toBe(stage);
  expect([
    refuse("vote", standing, now)?.code,
    refuse("withdraw", standing, now)?.code,
    refuse("redeem", standing, now)?.code,
  ]).toEqual([vote, withdraw, redeem]);
  expect(isOverdue(standing, now)).toBe(stage === "expired" && standing.state !== "expired");
});

const needs = (...quorums: [string, number][]): ReviewRequirement[] =>
  quorums.map(([group, quorum]) => ({ group, quorum, policy: "p" }));
const yes = (person: string, ...groups: string[]) => ({ person, verdict: "approve" as const, groups });
const no = (person: string, ...groups: string[]) => ({ person, verdict: "reject" as const, groups });

test.each([
  ["nobody asked for is nobody's approval", [], [yes("a", "dba")], "pending"],
  ["one of one", needs(["dba", 1]), [yes("a", "dba")], "approved"],
  ["one person twice is one", needs(["dba", 2]), [yes("a", "dba"), yes("a", "dba")], "pending"],
  ["two people", needs(["dba", 2]), [yes("a", "dba"), yes("b", "dba")], "approved"],
  ["one group of two", needs(["dba", 1], ["security", 1]), [yes("a", "dba"), yes("b", "dba")], "pending"],
  ["one of each", needs(["dba", 1], ["security", 1]), [yes("a", "dba"), yes("b", "security")], "approved"],
  ["whoever is in both", needs(["dba", 1], ["security", 1]), [yes("a", "dba", "security")], "approved"],
  ["a vote that has lost its group", needs(["dba", 1]), [yes("a")], "pending"],
  ["one rejection", needs(["dba", 1]), [yes("a", "dba"), no("b", "dba")], "rejected"],
  [
    "a rejection stands, whatever its group became",
    needs(["dba", 1]),
    [yes("a", "dba"), no("b")],
    "rejected",
  ],
] as const)("%s", (_, requirements, votes, state) => {
  expect(tally(requirements, votes)).toBe(state);
});
