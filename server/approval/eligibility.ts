import type { Actor } from "../../shared/nouns/actor.ts";
import type { ReviewRequirement } from "../../shared/nouns/decision.ts";
import type { Review } from "../../shared/nouns/review.ts";
import { can } from "../../shared/can/can.ts";
import type { Refused } from "./lifecycle.ts";

/** The same person under any login, or the owner of the workload that asks. */
export function isOwn(requestedBy: Review["requestedBy"], actor: Actor): boolean {
  return (
    actor.id === requestedBy.actor ||
    actor.person === requestedBy.person ||
    actor.person === requestedBy.owner
  );
}

/** The groups in which the actor's votes count: none for whoever is no reviewer. */
export const votingGroups = (actor: Actor): readonly string[] =>
  can(actor, "reviews.vote") ? actor.groups : [];

/** The groups that must approve and that the actor is in. */
export function groupsServed(requirements: readonly ReviewRequirement[], actor: Actor): string[] {
  return requirements.map(({ group }) => group).filter((group) => votingGroups(actor).includes(group));
}

/** Why this actor may never vote on this review; undefined where they may. */
export function refuseVoter(review: Review, actor: Actor): Refused | undefined {
  if (isOwn(review.requestedBy, actor))
    return {
      code: "self_approval",
      detail:
        review.requestedBy.actor === actor.id
          ? "You asked for this yourself, so somebody else decides it."
          : "This was asked for by you under another login, or by a workload of yours; somebody else decides it.",
    };
  if (actor.kind !== "human")
    return { code: "not_a_reviewer", detail: "Only people decide reviews; a workload cannot." };
  if (!can(actor, "reviews.vote"))
    return { code: "not_a_reviewer", detail: "You do not have the role of a reviewer." };
  if (groupsServed(review.decision.obligations.reviewers, actor).length === 0)
    return {
      code: "not_a_reviewer",
      detail: `It is decided by ${groupNames(review.decision.obligations.reviewers)}, and you are in none of them.`,
    };
  return undefined;
}

/** Each person has one vote, under whatever login. */
export function refuseSecondVote(review: Review, actor: Actor): Refused | undefined {
  return review.votes.some((vote) => vote.person === actor.person)
    ? { code: "already_voted", detail: "You have voted on this review; each person has one vote." }
    : undefined;
}

const groupNames = (requirements: readonly ReviewRequirement[]) =>
  requirements.map(({ group }) => group).join(" and ");
