import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newSessionId } from "../../shared/ids.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { Review, ReviewState } from "../../shared/nouns/review.ts";
import { openDatabase, type Database } from "../db/database.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { createApprovals, type Approvals, type Parts } from "./approvals.ts";
import { decisionOf, partsOf, person } from "./testing.ts";

/**
 * Generated histories of one review, run by two gateways against one PostgreSQL and against a small model that says,
 * for every step, whether it must succeed and where the review then stands. Two steps at the same time must come out
 * as one of their two orders would. What the model allows and the store refuses, or the reverse, is a failure.
 */
const quorums: Record<string, number>[] = [{ dba: 2 }, { dba: 1, security: 1 }, { dba: 2, security: 1 }];
const requester = person("mara", { groups: ["dba", "security"] });
const voters = [
  requester,
  person("mara.admin", { person: "mara", groups: ["dba", "security"] }),
  person("tomas", { groups: ["dba"] }),
  person("tomas.2", { person: "tomas", groups: ["dba", "security"] }),
  person("priya", { groups: ["dba"] }),
  person("ines", { groups: ["security"] }),
  person("olga", { groups: ["dba", "security"] }),
  person("daniel", { groups: ["engineers"] }),
  person("robot", { kind: "workload", groups: ["dba", "security"] }),
];
const decisionFor = (quorum: Record<string, number>): Decision =>
  decisionOf(
    "review",
    Object.entries(quorum).map(([group, people]) => ({ group, quorum: people, policy: "schema-prod" })),
  );
const reviewMs = 900_000;
const approvalMs = 300_000;

type Step =
  | { do: "vote"; voter: number; verdict: "approve" | "reject"; hash: "held" | "other" }
  /** A token of theirs is seen that lacks this group, or the role. */
  | { do: "lose"; voter: number; what: "dba" | "security" | "role" }
  | { do: "redeem"; bytes: "held" | "other" }
  | { do: "withdraw"; by: number }
  | { do: "expire" | "end session" };
type Turn = Step | { do: "wait"; ms: number } | { do: "both"; first: Step; second: Step };

const anyone = fc.nat({ max: voters.length - 1 });
const vote: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("vote"),
  voter: anyone,
  verdict: fc.oneof(
    { weight: 12, arbitrary: fc.constant("approve") },
    { weight: 1, arbitrary: fc.constant("reject") },
  ),
  hash: fc.constantFrom("held", "held", "held", "other"),
});
const redeem: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("redeem"),
  bytes: fc.constantFrom("held", "held", "other"),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: vote },
  { weight: 5, arbitrary: redeem },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("lose"),
      voter: anyone,
      what: fc.constantFrom("dba", "security", "role"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("withdraw"), by: anyone }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("expire", "end session") }) },
);
const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 6, arbitrary: step },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.nat({ max: 500_000 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("both"), first: step, second: step }) },
);

/** What must be true of a review, in the fewest words: no more than its rules, and none of the code under test. */
type Model = {
  quorum: Record<string, number>;
  openedAt: number;
  state: ReviewState;
  /** By person: under which login, and the groups in which the approval still counts. */
  approvals: Record<string, { login: number; groups: string[] }>;
  approvedAt: number;
  permits: number;
};

const carries = (model: Model): boolean =>
  Object.entries(model.quorum).every(
    ([group, people]) =>
      Object.values(model.approvals).filter(({ groups }) => groups.includes(group)).length >= people,
  );

/** Whether the step must succeed, and the model after it. */
function take(before: Model, step: Step, now: number): { must: boolean; model: Model } {
  const model = structuredClone(before);
  const overdue =
    model.state === "pending"
      ? now >= model.openedAt + reviewMs
      : model.state === "approved" && now >= model.approvedAt + approvalMs;
  const open = !overdue && model.permits === 0 && (model.state === "pending" || model.state === "approved");
  const refused = { must: false, model: before };
  if (step.do === "vote") {
    const voter = voters[step.voter] ?? requester;
    const groups = voter.groups.filter((group) => group in model.quorum);
    const may =
      open &&
      model.state === "pending" &&
      voter.kind === "human" &&
      voter.person !== requester.person &&
      groups.length > 0 &&
      !(voter.person in model.approvals) &&
      step.hash === "held";
    if (!may) return refused;
    if (step.verdict === "reject") model.state = "rejected";
    else {
      model.approvals[voter.person] = { login: step.voter, groups };
      if (carries(model)) Object.assign(model, { state: "approved", approvedAt: now });
    }
  } else if (step.do === "lose") {
    const undone = model.permits === 0 && (model.state === "pending" || model.state === "approved");
    for (const approval of Object.values(model.approvals))
      if (undone && approval.login === step.voter)
        approval.groups = step.what === "role" ? [] : approval.groups.filter((group) => group !== step.what);
  } else if (step.do === "redeem") {
    if (!open || model.state !== "approved" || step.bytes !== "held" || !carries(model)) return refused;
    model.permits++;
  } else if (step.do === "withdraw") {
    if (!open || voters[step.by]?.person !== requester.person) return refused;
    model.state = "withdrawn";
  } else if (step.do === "end session") {
    if (open) model.state = "withdrawn";
  } else if (overdue && model.permits === 0) model.state = "expired";
  return { must: true, model };
}

let store: Awaited<ReturnType<typeof freshDatabase>>;
let second: Database;
let notifier: Notifier;
let gateways: [Approvals, Approvals];
let clock = Date.parse("2026-11-20T12:00:00Z");

beforeAll(async () => {
  store = await freshDatabase({ migrate: true });
  second = openDatabase(store.url);
  notifier = await createNotifier(store.database);
  const now = () => clock;
  gateways = [
    createApprovals({ database: store.database, notifier, now }),
    createApprovals({ database: second, notifier, now }),
  ];
});
afterAll(async () => {
  await notifier.close();
  await second.close();
  await store.drop();
});

type Held = { review: Review; parts: Parts; decision: Decision };

/** Whether it succeeded. Anything but a refusal is a failure of the test. */
async function run(approvals: Approvals, step: Step, { review, parts, decision }: Held): Promise<boolean> {
  const who = voters["voter" in step ? step.voter : "by" in step ? step.by : 0] ?? requester;
  const work = async () => {
    if (step.do === "vote") {
      const sha256 = step.hash === "held" ? review.sha256 : "0".repeat(64);
      await approvals.vote(review.id, who, { verdict: step.verdict, sha256 });
    } else if (step.do === "lose")
      await approvals.heard({
        ...who,
        groups: who.groups.filter((group) => group !== step.what),
        roles: step.what === "role" ? [] : who.roles,
      });
    else if (step.do === "redeem") {
      const sql = step.bytes === "held" ? parts.sql : `${parts.sql};`;
      const permit = await approvals.redeem(review.id, decision, { ...parts, sql });
      permit.spend(clock, { sha256: review.sha256, session: parts.session.id });
    } else if (step.do === "withdraw") await approvals.withdraw(review.id, who);
    else if (step.do === "end session") await approvals.withdrawSession(parts.session.id);
    else await approvals.expire();
  };
  return work().then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && error.name === "Refusal") return false;
      throw error;
    },
  );
}

/** What can be seen of a review, in the store or in the model. */
async function seen({ review }: Held): Promise<object> {
  const { rows } = await store.database.pool.query<{ state: string; permits: number }>(
    "select state, (spent_at is not null)::int as permits from reviews where id = $1",
    [review.id],
  );
  const votes = await store.database.pool.query<{ person: string; groups: string[] }>(
    "select person, groups from review_votes where review = $1 and verdict = 'approve'",
    [review.id],
  );
  return {
    ...rows[0],
    approvals: votes.rows.map((row) => `${row.person}: ${row.groups.toSorted().join()}`).toSorted(),
  };
}
const expected = ({ state, permits, approvals }: Model): object => ({
  state,
  permits,
  approvals: Object.entries(approvals)
    .map(([name, { groups }]) => `${name}: ${groups.toSorted().join()}`)
    .toSorted(),
});

it("no history runs a command twice, without its quorum of other people, too late, or with other bytes", async () => {
  let redeemed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...quorums),
      fc.array(turn, { minLength: 8, maxLength: 24 }),
      async (quorum, history) => {
        const decision = decisionFor(quorum);
        const parts = partsOf(requester, decision, { session: { id: newSessionId(), reason: "" } });
        const held = { decision, parts, review: await gateways[0].hold(decision, parts) };
        let model: Model = {
          quorum,
          openedAt: clock,
          state: "pending",
          approvals: {},
          approvedAt: 0,
          permits: 0,
        };
        for (const [number, next] of history.entries()) {
          if (next.do === "wait") {
            clock += next.ms;
            continue;
          }
          const steps = next.do === "both" ? [next.first, next.second] : [next];
          const results = await Promise.all(
            steps.map((one, at) => run(gateways[(number + at) % 2 === 0 ? 0 : 1], one, held)),
          );
          const outcomes = orders(steps).map((order) => {
            const succeeded: boolean[] = [];
            let after = model;
            for (const at of order) {
              const { must, model: then } = take(after, steps[at] ?? { do: "expire" }, clock);
              succeeded[at] = must;
              after = then;
            }
            return { after, told: { next, succeeded, ...expected(after) } };
          });
          const told = { next, succeeded: results, ...(await seen(held)) };
          const fitting = outcomes.find((one) => JSON.stringify(one.told) === JSON.stringify(told));
          if (fitting === undefined) expect(told).toEqual(outcomes[0]?.told);
          else model = fitting.after;
        }
        redeemed += model.permits;
        await gateways[1].withdrawSession(parts.session.id);
      },
    ),
    { numRuns: 150 },
  );
  // Most histories must not be dull.
  expect(redeemed).toBeGreaterThan(5);
});

/** In which orders steps that were begun together may have happened. */
const orders = (steps: readonly Step[]): number[][] =>
  steps.length === 1
    ? [[0]]
    : [
        [0, 1],
        [1, 0],
      ];
