import type pg from "pg";
import { SessionId } from "../../shared/ids.ts";
import type { RecordingRow } from "./recordings.ts";
import type { ReviewInBrief, ReviewTexts } from "../approval/review-texts.ts";

/** From and up to, but not including, `to`: RFC 3339 in UTC. */
export type Period = { from: string; to: string };

export type ArchivedSession = {
  id: SessionId;
  target: string;
  actor: string;
  actorName: string;
  startedAt: string;
  endedAt: string | undefined;
  removed: { at: string; rule: string } | undefined;
};

/** A command as the summary shows it; `text` is cut, and `characters` is how long it is. */
export type ArchivedCommand = {
  session: string;
  submittedAt: string;
  state: string;
  effect: string | undefined;
  text: string;
  characters: number;
};

/** Commands and reviews in a summary, and characters of each: ledger and recordings have all of them, whole. */
const maxCommands = 5_000;
const maxReviews = 1_000;
const maxCharacters = 500;

type ArchivedRow = Pick<
  RecordingRow,
  "session" | "target" | "actor" | "actor_name" | "started_at" | "ended_at" | "removed_at" | "removed_by_rule"
>;

/** Sessions that were open in a period, in the order in which they began. */
export async function sessionsIn(
  pool: pg.Pool,
  { from, to }: Period,
  limit: number,
): Promise<ArchivedSession[]> {
  const { rows } = await pool.query<ArchivedRow>(
    `select session, target, actor, actor_name, started_at, ended_at, removed_at, removed_by_rule from recordings
     where started_at < $2 and (ended_at is null or ended_at >= $1) order by session limit $3`,
    [from, to, limit],
  );
  return rows.map((row) => ({
    id: SessionId.parse(row.session),
    target: row.target,
    actor: row.actor,
    actorName: row.actor_name,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString(),
    removed: row.removed_at
      ? { at: row.removed_at.toISOString(), rule: row.removed_by_rule ?? "" }
      : undefined,
  }));
}

/** The first commands of those sessions, and whether there are more. */
export async function commandsOf(
  pool: pg.Pool,
  sessions: readonly ArchivedSession[],
): Promise<{ shown: ArchivedCommand[]; more: boolean }> {
  const { rows } = await pool.query<{
    session: string;
    submitted_at: Date;
    state: string;
    effect: string | null;
    text: string;
    characters: number;
  }>(
    `select session, submitted_at, state, effect, left(sql, ${maxCharacters}) as text, length(sql) as characters
     from commands where session = any($1) order by id limit ${maxCommands + 1}`,
    [sessions.map(({ id }) => id)],
  );
  return {
    shown: rows.slice(0, maxCommands).map(({ submitted_at, effect, ...row }) => ({
      ...row,
      submittedAt: submitted_at.toISOString(),
      effect: effect ?? undefined,
    })),
    more: rows.length > maxCommands,
  };
}

/** The first reviews of those sessions, and whether there are more. */
export async function reviewsOf(
  texts: Pick<ReviewTexts, "inBrief">,
  sessions: readonly ArchivedSession[],
): Promise<{ shown: ReviewInBrief[]; more: boolean }> {
  const ids = sessions.map(({ id }) => id);
  const reviews = await texts.inBrief(ids, maxReviews + 1, maxCharacters);
  return { shown: reviews.slice(0, maxReviews), more: reviews.length > maxReviews };
}
