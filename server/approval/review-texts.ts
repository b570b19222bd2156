import { createHash } from "node:crypto";
import { sql } from "kysely";
import { z } from "zod";
import { canonicalJson } from "../../shared/canonical.ts";
import type { CommandId, ReviewId, SessionId } from "../../shared/ids.ts";
import type { Removal } from "../../shared/nouns/recording.ts";
import { Impact, Review } from "../../shared/nouns/review.ts";
import type { Database } from "../db/database.ts";
import {
  readReview,
  textRemovedOf,
  toVote,
  votesOn,
  withVotes,
  type ApprovalTables,
  type Tables,
} from "./store.ts";

/** What stays of a review whose text goes. `texts` is SHA-256, in hex, over the canonical JSON of `textsOf` it. */
export type WordlessReview = {
  id: ReviewId;
  command: CommandId;
  stays: Pick<Review, "state" | "sha256" | "openedAt"> & {
    review: ReviewId;
    requestedBy: string;
    decidedAt?: string;
    votes: Pick<Review["votes"][number], "actor" | "verdict" | "at">[];
    texts: string;
  };
};

/** For retention: what reviews keep of commands beyond the ledger and the recordings, and how it goes. */
export type ReviewTexts = {
  /** The session's reviews that have their text, the oldest first, at most `limit`. */
  worded(session: SessionId, limit: number): Promise<WordlessReview[]>;
  /** Takes the text away of those that have it: `Review.textRemoved` says what that is. */
  remove(ids: readonly ReviewId[], removal: Removal): Promise<void>;
  /** Takes away what of the target's rows the session's reviews show; a note says so. */
  removeSamples(session: SessionId, removal: Removal): Promise<void>;
  /** Reviews of those sessions in brief, the oldest first, at most `limit`, with so many characters of each command. */
  inBrief(sessions: readonly SessionId[], limit: number, characters: number): Promise<ReviewInBrief[]>;
};

/** Who asked for what, and who decided it. `text` is cut, and `characters` is how long it is. */
const ReviewInBrief = Review.pick({
  session: true,
  target: true,
  state: true,
  votes: true,
  openedAt: true,
  decidedAt: true,
  textRemoved: true,
}).extend({ requestedBy: z.string(), text: z.string(), characters: z.int() });
export type ReviewInBrief = z.infer<typeof ReviewInBrief>;

/** What people wrote in a review: what goes, but for what the target said, of which a part goes before. */
export const textsOf = ({ reason, original, sql, visible, parameters, decision, votes }: Review) => ({
  reason,
  original,
  sql,
  visible,
  parameters,
  facts: decision.facts ?? null,
  comments: votes.map(({ comment }) => comment),
});

export function createReviewTexts({ database }: { database: Database }): ReviewTexts {
  const tables: Tables = database.kysely.withTables<ApprovalTables>();
  const oldestFirst = () => tables.selectFrom("reviews").selectAll().orderBy("id");
  return {
    async worded(session, limit) {
      const rows = await oldestFirst()
        .where("session", "=", session)
        .where("text_removed_at", "is", null)
        .limit(limit)
        .execute();
      return (await withVotes(tables, rows)).map(({ review }) => withoutWords(review));
    },

    async remove(ids, { rule, at }) {
      for (const id of ids)
        await tables.transaction().execute(async (transaction) => {
          const stored = await readReview(transaction, { id }, true);
          if (stored === undefined || stored.review.textRemoved !== undefined) return;
          const { facts: _, ...decision } = stored.review.decision;
          const nothing = { reason: "", original: "", sql: "", visible: "", parameters: "[]", impact: null };
          await transaction
            .updateTable("reviews")
            .set({
              ...nothing,
              decision: JSON.stringify(decision),
              text_removed_at: new Date(at),
              text_removed_by_rule: rule,
            })
            .where("id", "=", id)
            .execute();
          await transaction
            .updateTable("review_votes")
            .set({ comment: "" })
            .where("review", "=", id)
            .execute();
        });
    },

    async removeSamples(session, { rule, at }) {
      const note = `Its sample of rows was removed by retention on ${at}, rule ${rule}.`;
      const rows = await tables
        .selectFrom("reviews")
        .select(["id", "impact"])
        .where("session", "=", session)
        .where("impact", "is not", null)
        .execute();
      for (const { id, impact } of rows) {
        const { sample, notes, ...measured } = Impact.parse(impact);
        if (sample === null) continue;
        const left: Impact = { ...measured, sample: null, notes: [...notes, note] };
        await tables
          .updateTable("reviews")
          .set({ impact: JSON.stringify(left) })
          .where("id", "=", id)
          .execute();
      }
    },

    async inBrief(sessions, limit, characters) {
      if (sessions.length === 0) return [];
      const rows = await tables
        .selectFrom("reviews")
        .select(["id", "session", "target", "state", "requested_by", "opened_at", "decided_at"])
        .select(["text_removed_at", "text_removed_by_rule"])
        .select([
          sql<string>`left(original, ${characters})`.as("text"),
          sql<number>`length(original)`.as("characters"),
        ])
        .where("session", "=", sql<string>`any(${sessions}::text[])`)
        .orderBy("id")
        .limit(limit)
        .execute();
      const votes = await votesOn(
        tables,
        rows.map(({ id }) => id),
      );
      return rows.map((row) =>
        ReviewInBrief.parse({
          ...row,
          requestedBy: z.object({ name: z.string() }).parse(row.requested_by).name,
          openedAt: row.opened_at.toISOString(),
          decidedAt: row.decided_at?.toISOString(),
          textRemoved: textRemovedOf(row),
          votes: votes.filter(({ review }) => review === row.id).map(toVote),
        }),
      );
    },
  };
}

function withoutWords(review: Review): WordlessReview {
  const { id, command, state, sha256, requestedBy, openedAt, decidedAt, votes } = review;
  return {
    id,
    command,
    stays: {
      review: id,
      state,
      sha256,
      requestedBy: requestedBy.actor,
      openedAt,
      ...(decidedAt !== undefined && { decidedAt }),
      votes: votes.map(({ actor, verdict, at }) => ({ actor, verdict, at })),
      texts: createHash("sha256")
        .update(canonicalJson(textsOf(review)))
        .digest("hex"),
    },
  };
}
