import { sql, type RawBuilder } from "kysely";
import { Refusal } from "../../shared/contract/errors.ts";
import type { ReviewId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { Review, Vote } from "../../shared/nouns/review.ts";
import type { Parts } from "./binding.ts";
import { groupsServed, refuseSecondVote, refuseVoter, votingGroups } from "./eligibility.ts";
import { isOverdue, refuse, tally, type Refused } from "./lifecycle.ts";
import { refuseRedemption } from "./redemption.ts";
import { readReview, type StoredReview, type Tables } from "./store.ts";

/** From the last vote until the command must have started; an approval is not kept for later. */
const approvalLastsMs = 5 * 60_000;
const maxCommentLength = 2_000;

export type Ballot = { verdict: Vote["verdict"]; sha256: string; comment?: string };

export function found(stored: StoredReview | undefined): StoredReview {
  if (stored === undefined) throw new Refusal("not_found", "There is no such review.");
  return stored;
}

const insist = (refused: Refused | undefined): void => {
  if (refused !== undefined) throw new Refusal(refused.code, refused.detail);
};

/** One step of one review, which nobody else takes a step of meanwhile. */
function alone<T>(
  tables: Tables,
  id: ReviewId,
  step: (transaction: Tables, stored: StoredReview) => Promise<T>,
): Promise<T> {
  return tables
    .transaction()
    .execute(async (transaction) => step(transaction, found(await readReview(transaction, { id }, true))));
}

/** Writes one person's vote and what follows from it. Throws as `Approvals.vote`. */
export async function castVote(
  tables: Tables,
  id: ReviewId,
  actor: Actor,
  { verdict, sha256, comment = "" }: Ballot,
  now: number,
): Promise<Review> {
  if (comment.length > maxCommentLength)
    throw new Refusal("too_large", `A comment has at most ${maxCommentLength} characters.`);
  return alone(tables, id, async (transaction, { review, standing, counted }) => {
    insist(refuseVoter(review, actor) ?? refuse("vote", standing, now) ?? refuseSecondVote(review, actor));
    if (sha256 !== review.sha256)
      throw new Refusal("hash_mismatch", "The vote is for other bytes than those that are held.", {
        hint: "Read the review again and vote on what it shows.",
      });
    const at = new Date(now);
    const { reviewers } = review.decision.obligations;
    const groups = groupsServed(reviewers, actor);
    const { id: actorId, person, name } = actor;
    await transaction
      .insertInto("review_votes")
      .values({ review: id, actor: actorId, person, name, groups, verdict, comment, sha256, at })
      .execute();
    const state = tally(reviewers, [...counted, { person, verdict, groups }]);
    if (state !== "pending")
      await transaction
        .updateTable("reviews")
        .set({
          state,
          decided_at: at,
          redeem_by: state === "approved" ? new Date(now + approvalLastsMs) : null,
        })
        .where("id", "=", id)
        .execute();
    return found(await readReview(transaction, { id })).review;
  });
}

/** Ends one that has not run. Undefined where it had ended before, or is not overdue where it is to expire. */
export function end(
  tables: Tables,
  id: ReviewId,
  state: "expired" | "withdrawn",
  now: number,
): Promise<Review | undefined> {
  return alone(tables, id, async (transaction, { standing }) => {
    const may =
      state === "expired" ? isOverdue(standing, now) : refuse("withdraw", standing, now) === undefined;
    if (!may) return undefined;
    await transaction
      .updateTable("reviews")
      .set({ state, decided_at: new Date(now) })
      .where("id", "=", id)
      .execute();
    return found(await readReview(transaction, { id })).review;
  });
}

/** Uses an approval up, where everything is still as it was approved. Throws as `Approvals.redeem`. */
export function spend(
  tables: Tables,
  id: ReviewId,
  decisionNow: Decision,
  partsNow: Parts,
  now: number,
): Promise<void> {
  return alone(tables, id, async (transaction, stored) => {
    refuseRedemption(stored, decisionNow, partsNow, now);
    await transaction
      .updateTable("reviews")
      .set({ spent_at: new Date(now) })
      .where("id", "=", id)
      .execute();
  });
}

/** Reviews with a vote of theirs that have not run; whoever runs one meanwhile is waited for, and its votes stay. */
const unspent = (voter: RawBuilder<unknown>) => sql`select id from reviews
  where state in ('pending', 'approved') and spent_at is null
    and id in (select review from review_votes where ${voter})
  order by id for update`;

/** Votes on what has not run count in no group that the actor has lost. */
export async function recount(tables: Tables, actor: Actor): Promise<void> {
  const kept = votingGroups(actor);
  const lost = sql`actor = ${actor.id} and not groups <@ ${kept}::text[]`;
  await sql`with unspent as materialized (${unspent(lost)})
    update review_votes set groups = array(
      select unnest(review_votes.groups) intersect select unnest(${kept}::text[]))
    from unspent where unspent.id = review_votes.review and ${lost}`.execute(tables);
}

/** Votes of whoever has lost their access, by an actor's id or for a person, count nowhere on what has not run. */
export async function discount(tables: Tables, subject: string): Promise<void> {
  const theirs = sql`${subject} in (actor, person)`;
  await sql`with unspent as materialized (${unspent(theirs)})
    update review_votes set groups = '{}' from unspent
    where unspent.id = review_votes.review and ${theirs}`.execute(tables);
}
