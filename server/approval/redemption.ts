import { Refusal } from "../../shared/contract/errors.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import { digest, type Parts } from "./binding.ts";
import { tally } from "./eligibility.ts";
import type { StoredReview } from "./store.ts";

export const stale = (why: string) =>
  new Refusal("stale_authority", why, { hint: "Send the command again to ask anew." });

/** Holds an approval against what is true now. */
export function refuseRedemption(
  stored: StoredReview,
  decisionNow: Decision,
  partsNow: Parts,
  now: number,
): void {
  const { review, counted, redeemBy, spent } = stored;
  if (review.command !== partsNow.commandId) throw stale("The approval is for another command.");
  if (review.state === "pending") throw stale("The command is not approved yet.");
  if (review.state !== "approved") throw new Refusal(review.state, `The review is ${review.state}.`);
  if (spent) throw stale("This approval has been used; it runs once.");
  if (redeemBy === null || now >= redeemBy)
    throw new Refusal("expired", "The command did not start in time after it was approved.");
  if (decisionNow.effect === "block") throw stale("Policy blocks this command by now.");
  if (decisionNow.policyVersion !== partsNow.policyVersion || digest(partsNow) !== review.sha256)
    throw stale(
      "What would run now is not what was approved: the target, the policies or the command have changed.",
    );
  const enough =
    decisionNow.effect === "allow" || tally(decisionNow.obligations.reviewers, counted) === "approved";
  if (!enough) throw stale("Policy asks for more approvals by now.");
}
