import { sql, type ColumnType, type Kysely, type Selectable } from "kysely";
import { Review } from "../../shared/nouns/review.ts";
import type { CountedVote, Standing } from "./lifecycle.ts";

type Json = ColumnType<unknown, string | null, string | null>;

/** The tables that this room owns. */
export type ApprovalTables = {
  reviews: {
    id: string;
    command: string;
    session: string;
    target: string;
    tags: Json;
    state: string;
    requester: string;
    requester_person: string;
    requester_owner: string | null;
    requested_by: Json;
    reason: string;
    original: string;
    sql: string;
    visible: string;
    parameters: Json;
    sha256: string;
    decision: Json;
    reviewer_groups: string[];
    impact: Json;
    opened_at: Date;
    expires_at: Date;
    decided_at: Date | null;
    redeem_by: Date | null;
    spent_at: Date | null;
    text_removed_at: Date | null;
    text_removed_by_rule: string | null;
  };
  review_votes: {
    review: string;
    person: string;
    actor: string;
    name: string;
    groups: string[];
    verdict: "approve" | "reject";
    comment: string;
    sha256: string;
    at: Date;
  };
};
export type Tables = Kysely<ApprovalTables>;

type ReviewRow = Selectable<ApprovalTables["reviews"]>;
type VoteRow = Selectable<ApprovalTables["review_votes"]>;

/** A review with what only this room needs of it. */
export type StoredReview = {
  review: Review;
  standing: Standing;
  counted: CountedVote[];
};

/** Rows in the shape of the API, checked; each review with its votes in the order in which they were cast. */
export async function withVotes(tables: Tables, rows: readonly ReviewRow[]): Promise<StoredReview[]> {
  const votes = await votesOn(
    tables,
    rows.map((row) => row.id),
  );
  return rows.map((row) =>
    toStored(
      row,
      votes.filter((vote) => vote.review === row.id),
    ),
  );
}

/** Votes on those reviews, in the order in which they were cast. */
export async function votesOn(tables: Tables, reviews: readonly string[]): Promise<VoteRow[]> {
  if (reviews.length === 0) return [];
  return tables
    .selectFrom("review_votes")
    .selectAll()
    .where("review", "in", reviews)
    .orderBy("at")
    .orderBy("person")
    .execute();
}

/** One review; locked until the transaction ends where `lock` says so. */
export async function readReview(
  tables: Tables,
  by: { id: string } | { command: string },
  lock = false,
): Promise<StoredReview | undefined> {
  let query = tables.selectFrom("reviews").selectAll();
  query = "id" in by ? query.where("id", "=", by.id) : query.where("command", "=", by.command);
  const rows = await (lock ? query.forUpdate() : query).execute();
  return (await withVotes(tables, rows))[0];
}

/** Waits until no other transaction is opening reviews: bounds on how many are pending hold exactly. */
export async function lockOpening(tables: Tables): Promise<void> {
  await sql`select pg_advisory_xact_lock(${openingLock})`.execute(tables);
}
/** Any constant that nothing else in this database uses. */
const openingLock = 0x51_01_50;

export const toVote = ({ actor, person, name, verdict, comment, at }: VoteRow) => ({
  actor,
  person,
  name,
  verdict,
  comment,
  at: at.toISOString(),
});

export const textRemovedOf = ({
  text_removed_at: at,
  text_removed_by_rule: rule,
}: Pick<ReviewRow, "text_removed_at" | "text_removed_by_rule">) =>
  at === null ? undefined : { rule: rule ?? "", at: at.toISOString() };

function toStored(row: ReviewRow, votes: readonly VoteRow[]): StoredReview {
  const review = Review.parse({
    id: row.id,
    command: row.command,
    session: row.session,
    target: row.target,
    tags: row.tags,
    state: row.state,
    requestedBy: row.requested_by,
    reason: row.reason,
    original: row.original,
    sql: row.sql,
    visible: row.visible,
    parameters: row.parameters,
    sha256: row.sha256,
    decision: row.decision,
    impact: row.impact,
    votes: votes.map(toVote),
    openedAt: row.opened_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    decidedAt: row.decided_at?.toISOString(),
    textRemoved: textRemovedOf(row),
  });
  return {
    review,
    standing: {
      state: review.state,
      spent: row.spent_at !== null,
      expiresAt: row.expires_at.getTime(),
      redeemBy: row.redeem_by?.getTime() ?? null,
    },
    counted: [...votes],
  };
}
