import { sql } from "kysely";
import { Refusal } from "../../shared/contract/errors.ts";
import { ReviewId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Review, ReviewState } from "../../shared/nouns/review.ts";
import { votingGroups } from "./eligibility.ts";
import { withVotes, type Tables } from "./store.ts";

/** What narrows the list of those that an actor may decide and their own. */
export type ReviewQuery = {
  actor: Actor;
  /** `decided`: whatever became of it. */
  state?: ReviewState | "decided" | undefined;
  /** By the actor under this login, or by anybody else. */
  asked?: "me" | "others" | undefined;
  /** The last review of the page before. */
  cursor?: ReviewId | undefined;
  limit?: number | undefined;
};

/** `cursor` is there where the list goes on. */
export type ReviewPage = { reviews: Review[]; cursor: ReviewId | undefined };

export const maxReviewPage = 100;
/** A page ends early where its reviews are larger together: each is whole, and one may be of several megabytes. */
const pageBytes = 1024 * 1024;

/**
 * A page of reviews, each whole: pending ones in the order in which they expire, all others newest first.
 * @throws Refusal `invalid` for a cursor that is of no review in the actor's sight
 */
export async function listReviews(
  tables: Tables,
  { actor, state, asked, cursor, limit = maxReviewPage }: ReviewQuery,
): Promise<ReviewPage> {
  const pending = state === "pending";
  const time = pending ? "expires_at" : "opened_at";
  const direction = pending ? "asc" : "desc";
  const inSight = tables
    .selectFrom("reviews")
    .where((where) =>
      where.or([
        where("requester", "=", actor.id),
        where("requester_person", "=", actor.person),
        where("requester_owner", "=", actor.person),
        where("reviewer_groups", "&&", where.val([...votingGroups(actor)])),
      ]),
    );
  let query = inSight;
  if (state === "decided") query = query.where("state", "!=", "pending");
  else if (state !== undefined) query = query.where("state", "=", state);
  if (asked !== undefined) query = query.where("requester", asked === "me" ? "=" : "!=", actor.id);
  if (cursor !== undefined) {
    const last = await inSight.select(["id", time]).where("id", "=", cursor).executeTakeFirst();
    if (last === undefined)
      throw new Refusal("invalid", "The cursor is of no review that you see.", {
        hint: "Begin at the first page again.",
      });
    query = query.where((where) =>
      where(where.refTuple(time, "id"), pending ? ">" : "<", where.tuple(last[time], last.id)),
    );
  }
  // Their sizes first: what does not go onto the page is not read.
  const places = await tables
    .selectFrom(
      query
        .select(["id", time])
        .orderBy(time, direction)
        .orderBy("id", direction)
        .limit(limit + 1)
        .as("place"),
    )
    .innerJoin("reviews", "reviews.id", "place.id")
    .select(["reviews.id", sql<number>`octet_length(reviews::text)`.as("bytes")])
    .orderBy(`place.${time}`, direction)
    .orderBy("place.id", direction)
    .execute();
  const ids = fitting(places.slice(0, limit));
  const stored = new Map((await read(tables, ids)).map(({ review }) => [review.id, review] as const));
  return {
    reviews: ids.flatMap((id) => stored.get(id) ?? []),
    cursor: ids.length < places.length ? ids.at(-1) : undefined,
  };
}

async function read(tables: Tables, ids: readonly ReviewId[]) {
  if (ids.length === 0) return [];
  return withVotes(tables, await tables.selectFrom("reviews").selectAll().where("id", "in", ids).execute());
}

/** As many as the page holds, and one at least. */
function fitting(places: readonly { id: string; bytes: number }[]): ReviewId[] {
  let bytes = 0;
  const beyond = places.findIndex((place) => (bytes += place.bytes) > pageBytes);
  return places
    .slice(0, beyond < 0 ? places.length : Math.max(1, beyond))
    .map(({ id }) => ReviewId.parse(id));
}
