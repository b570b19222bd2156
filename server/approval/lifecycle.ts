import type { ErrorCode } from "../../shared/contract/errors.ts";
import type { ReviewRequirement } from "../../shared/nouns/decision.ts";
import type { ReviewState } from "../../shared/nouns/review.ts";

/**
 * The life of a review, as a state machine without I/O. Rows are where it stands, columns what is asked of it:
 *
 * | stage     | a vote                                   | withdraw          | redeem           | its time is over |
 * | --------- | ---------------------------------------- | ----------------- | ---------------- | ---------------- |
 * | pending   | pending, approved or rejected: see tally | withdrawn         | `stale_authority`| expired          |
 * | approved  | `already_decided`                        | withdrawn         | spent            | expired          |
 * | spent     | `already_decided`                        | `already_decided` | `stale_authority`| spent            |
 * | rejected  | `already_decided`                        | `already_decided` | `rejected`       | rejected         |
 * | expired   | `expired`                                | `already_decided` | `expired`        | expired          |
 * | withdrawn | `withdrawn`                              | `already_decided` | `withdrawn`      | withdrawn        |
 *
 * Time passes by itself: a review whose time is over is expired before anybody has written that down. Who may vote at
 * all is judged before (`eligibility.ts`), and whether what would run is what was approved after (`redemption.ts`).
 */
export type Stage = ReviewState | "spent";

/** What the machine knows of a review. Times in milliseconds since 1970. */
export type Standing = {
  state: ReviewState;
  /** Its one Permit has been given. */
  spent: boolean;
  expiresAt: number;
  /** Until when an approval must be redeemed; null while there is none. */
  redeemBy: number | null;
};

/** What was voted, and for which of the required groups it counts: a person counts in each that they are in. */
export type CountedVote = { person: string; verdict: "approve" | "reject"; groups: readonly string[] };

export type Refused = { code: ErrorCode; detail: string };

export function stageOf({ state, spent, expiresAt, redeemBy }: Standing, now: number): Stage {
  if (state === "pending") return now >= expiresAt ? "expired" : "pending";
  if (state !== "approved") return state;
  if (spent) return "spent";
  return redeemBy === null || now >= redeemBy ? "expired" : "approved";
}

/** Its time is over, and the store does not say so yet. */
export const isOverdue = (standing: Standing, now: number): boolean =>
  stageOf(standing, now) === "expired" && standing.state !== "expired";

type Asked = "vote" | "withdraw" | "redeem";

const decided = (how: string): Refused => ({
  code: "already_decided",
  detail: `The review is ${how} already.`,
});
const expired: Refused = { code: "expired", detail: "The review has expired." };
const withdrawn: Refused = { code: "withdrawn", detail: "Whoever asked has withdrawn the request." };
const stale = (detail: string): Refused => ({ code: "stale_authority", detail });

const refusals: Readonly<Record<Asked, Partial<Record<Stage, Refused>>>> = {
  vote: {
    approved: decided("approved"),
    spent: decided("approved"),
    rejected: decided("rejected"),
    expired,
    withdrawn,
  },
  withdraw: {
    spent: decided("approved, and has run or runs,"),
    rejected: decided("rejected"),
    expired: decided("expired"),
    withdrawn: decided("withdrawn"),
  },
  redeem: {
    pending: stale("The command is not approved yet."),
    spent: stale("This approval has been used; it runs once."),
    rejected: { code: "rejected", detail: "A reviewer has rejected the command." },
    expired: { code: "expired", detail: "The command was not approved, or did not start, in time." },
    withdrawn,
  },
};

/** Why this cannot be asked of it now; undefined where it can. */
export const refuse = (asked: Asked, standing: Standing, now: number): Refused | undefined =>
  refusals[asked][stageOf(standing, now)];

/**
 * Where the votes lead: any rejection rejects; approved once every required group has its quorum of distinct people.
 * Without a requirement nothing is ever approved.
 */
export function tally(
  requirements: readonly ReviewRequirement[],
  votes: readonly CountedVote[],
): "pending" | "approved" | "rejected" {
  if (votes.some((vote) => vote.verdict === "reject")) return "rejected";
  const satisfied = requirements.every(({ group, quorum }) => {
    const people = new Set(votes.filter((vote) => vote.groups.includes(group)).map((vote) => vote.person));
    return people.size >= quorum;
  });
  return requirements.length > 0 && satisfied ? "approved" : "pending";
}
