import { Refusal } from "../../shared/contract/errors.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import { digest, type Parts } from "./binding.ts";
import { refuse, tally } from "./lifecycle.ts";
import type { StoredReview } from "./store.ts";

export const stale = (why: string) =>
  new Refusal("stale_authority", why, { hint: "Send the command again to ask anew." });

/** Holds an approval against what is true now. */
export function refuseRedemption(
  { review, standing, counted }: StoredReview,
  decisionNow: Decision,
  partsNow: Parts,
  now: number,
): void {
  if (review.command !== partsNow.commandId) throw stale("The approval is for another command.");
  const refused = refuse("redeem", standing, now);
  if (refused?.code === "stale_authority") throw stale(refused.detail);
  if (refused !== undefined) throw new Refusal(refused.code, refused.detail);
  if (decisionNow.effect === "block") throw stale("Policy blocks this command by now.");
  if (decisionNow.policyVersion !== partsNow.policyVersion || digest(partsNow) !== review.sha256)
    throw stale(
      "What would run now is not what was approved: the target, the policies or the command have changed.",
    );
  // Whoever has lost the group, the role or their access since does not count any more.
  if (tally(review.decision.obligations.reviewers, counted) !== "approved")
    throw stale(
      "An approval no longer counts: whoever gave it has lost the group, the role or their access.",
    );
  if (tally(decisionNow.obligations.reviewers, counted) !== "approved")
    throw stale("Policy asks for more approvals by now.");
}
