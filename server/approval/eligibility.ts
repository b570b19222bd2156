import type { ErrorCode } from "../../shared/contract/errors.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { ReviewRequirement } from "../../shared/nouns/decision.ts";
import type { Review, ReviewState } from "../../shared/nouns/review.ts";
import { can } from "../../shared/can/can.ts";

type RefusedVote = { code: ErrorCode; detail: string };

/** The same person under any login, or the owner of the workload that asks. */
export function isOwn(requestedBy: Review["requestedBy"], actor: Actor): boolean {
  return (
    actor.id === requestedBy.actor ||
    actor.person === requestedBy.person ||
    actor.person === requestedBy.owner
  );
}

/** The groups that must approve and that the actor is in. */
export function groupsServed(requirements: readonly ReviewRequirement[], actor: Actor): string[] {
  return requirements.map(({ group }) => group).filter((group) => actor.groups.includes(group));
}

/** Why this actor may never vote on this review; undefined where they may. */
export function refuseVoter(review: Review, actor: Actor): RefusedVote | undefined {
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

const closedBecause: Readonly<Record<Exclude<ReviewState, "pending">, RefusedVote>> = {
  approved: { code: "already_decided", detail: "The review is approved already." },
  rejected: { code: "already_decided", detail: "The review is rejected already." },
  expired: { code: "expired", detail: "The review expired before it was decided." },
  withdrawn: { code: "withdrawn", detail: "Whoever asked has withdrawn the request." },
};

/** Why nobody can vote any more, or this person not again; undefined where they can. */
export function refuseState(review: Review, actor: Actor, now: number): RefusedVote | undefined {
  if (review.state !== "pending") return closedBecause[review.state];
  if (now >= Date.parse(review.expiresAt)) return closedBecause.expired;
  if (review.votes.some((vote) => vote.person === actor.person))
    return { code: "already_voted", detail: "You have voted on this review; each person has one vote." };
  return undefined;
}

/** What was voted, and for which of the required groups it counts. */
export type CountedVote = { person: string; verdict: "approve" | "reject"; groups: readonly string[] };

/**
 * The state that the votes make: any rejection rejects; approved once every required group has its quorum of
 * distinct people. Without a requirement nothing is ever approved.
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

const groupNames = (requirements: readonly ReviewRequirement[]) =>
  requirements.map(({ group }) => group).join(" and ");
