import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newSessionId } from "../../shared/ids.ts";
import type { Review, ReviewState } from "../../shared/nouns/review.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { createApprovals, type Approvals, type Parts } from "./approvals.ts";
import { decisionOf, partsOf, person } from "./testing.ts";

/**
 * Generated histories of one review, run against the store and against a small model that says, for every step,
 * whether it must succeed. What the model allows and the store refuses, or the reverse, is a failure.
 */
const quorum = 2;
const decision = decisionOf("review", [{ group: "shop-reviewers", quorum, policy: "schema-prod" }]);
const requester = person("mara");
const voters = [
  requester,
  person("mara.admin", { person: "mara" }),
  person("tomas"),
  person("tomas.2", { person: "tomas" }),
  person("priya"),
  person("ines"),
  person("daniel", { groups: ["engineers"] }),
  person("robot", { kind: "workload" }),
];
const eligible = new Set(["tomas", "priya", "ines"]);
const reviewMs = 900_000;
const approvalMs = 300_000;

type Step =
  | { do: "vote"; voter: number; verdict: "approve" | "reject"; hash: "held" | "other" }
  | { do: "redeem"; bytes: "held" | "other" }
  | { do: "withdraw"; by: number }
  | { do: "expire" | "end session" }
  | { do: "wait"; ms: number };

const [approve, reject] = [fc.constant("approve" as const), fc.constant("reject" as const)];
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("vote" as const),
      voter: fc.nat({ max: voters.length - 1 }),
      verdict: fc.oneof({ weight: 12, arbitrary: approve }, { weight: 1, arbitrary: reject }),
      hash: fc.constantFrom("held", "held", "held", "other"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("redeem" as const),
      bytes: fc.constantFrom("held", "held", "other"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("withdraw" as const), by: fc.nat({ max: voters.length - 1 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("expire", "end session") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 500_000 }) }) },
);

/** What must be true of a review, in the fewest words. */
class Model {
  state: ReviewState = "pending";
  approvedBy = new Set<string>();
  approvedAt = 0;
  permits = 0;
  readonly openedAt: number;
  constructor(openedAt: number) {
    this.openedAt = openedAt;
  }
  get open() {
    return this.permits === 0 && (this.state === "pending" || this.state === "approved");
  }
  /** Whether the step must succeed; takes it where it does. */
  take(step: Step, now: number): boolean {
    if (step.do === "vote") {
      const voter = voters[step.voter];
      const may =
        this.state === "pending" &&
        now < this.openedAt + reviewMs &&
        voter?.kind === "human" &&
        voter.groups.includes("shop-reviewers") &&
        eligible.has(voter.person) &&
        !this.approvedBy.has(voter.person) &&
        step.hash === "held";
      if (!may) return false;
      if (step.verdict === "reject") this.state = "rejected";
      else if (this.approvedBy.add(voter.person).size >= quorum) {
        this.state = "approved";
        this.approvedAt = now;
      }
      return true;
    }
    if (step.do === "redeem") {
      const may =
        this.open && this.state === "approved" && now < this.approvedAt + approvalMs && step.bytes === "held";
      if (may) this.permits++;
      return may;
    }
    if (step.do === "withdraw") {
      const may = this.open && voters[step.by]?.person === requester.person;
      if (may) this.state = "withdrawn";
      return may;
    }
    if (step.do === "end session") {
      if (this.open) this.state = "withdrawn";
    } else if (step.do === "expire") {
      const late = this.state === "pending" ? this.openedAt + reviewMs : this.approvedAt + approvalMs;
      if (this.open && now >= late) this.state = "expired";
    }
    return true;
  }
}

let store: Awaited<ReturnType<typeof freshDatabase>>;
let notifier: Notifier;
let approvals: Approvals;
let clock = Date.parse("2026-11-20T12:00:00Z");

beforeAll(async () => {
  store = await freshDatabase({ migrate: true });
  notifier = await createNotifier(store.database);
  approvals = createApprovals({ database: store.database, notifier, now: () => clock });
});
afterAll(async () => {
  await notifier.close();
  await store.drop();
});

async function run(step: Step, review: Review, parts: Parts): Promise<void> {
  const voter = voters["voter" in step ? step.voter : "by" in step ? step.by : 0] ?? requester;
  if (step.do === "vote") {
    const sha256 = step.hash === "held" ? review.sha256 : "0".repeat(64);
    await approvals.vote(review.id, voter, { verdict: step.verdict, sha256 });
  } else if (step.do === "redeem") {
    const sql = step.bytes === "held" ? parts.sql : `${parts.sql};`;
    const permit = await approvals.redeem(review.id, decision, { ...parts, sql });
    permit.spend(clock, { sha256: review.sha256, session: parts.session.id });
  } else if (step.do === "withdraw") await approvals.withdraw(review.id, voter);
  else if (step.do === "end session") await approvals.withdrawSession(parts.session.id);
  else if (step.do === "expire") await approvals.expire();
  else if (step.do === "wait") clock += step.ms;
}

it("no history runs a command twice, without its quorum of other people, too late, or with other bytes", async () => {
  let redeemed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (history) => {
      const parts = partsOf(requester, decision, { session: { id: newSessionId(), reason: "" } });
      const review = await approvals.hold(decision, parts);
      const model = new Model(clock);
      for (const next of history) {
        const mustSucceed = model.take(next, clock);
        const succeeded = await run(next, review, parts).then(
          () => true,
          (error: unknown) => {
            if (error instanceof Error && error.name === "Refusal") return false;
            throw error;
          },
        );
        expect({ next, succeeded }).toEqual({ next, succeeded: mustSucceed });
        expect((await approvals.get(review.id)).state).toBe(model.state);
      }
      redeemed += model.permits;
      await approvals.withdrawSession(parts.session.id);
    }),
    { numRuns: 150 },
  );
  // Most histories must not be dull.
  expect(redeemed).toBeGreaterThan(5);
}, 60_000);
