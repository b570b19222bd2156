import type pg from "pg";
import { CommandId, SessionId } from "../../shared/ids.ts";
import { CommandState } from "../../shared/nouns/command.ts";
import { Effect } from "../../shared/nouns/decision.ts";
import type { FoundRecording } from "../../shared/nouns/recording.ts";
import { TargetKind } from "../../shared/nouns/target.ts";
import type { RecordingRow } from "./recordings.ts";
import { wordsQuery } from "./words.ts";

const maxPage = 100;
/** Matching commands that are shown under one recording, and characters of each. */
const shownCommands = 3;
const shownCharacters = 300;

/** What narrows a search; all that is given must hold. `verdict` and `q` speak of one and the same command. */
export type RecordingQuery = {
  q?: string | undefined;
  /** Id, or name as people write it. */
  actor?: string | undefined;
  /** Id alone: for those who may see only their own. */
  owner?: string | undefined;
  target?: string | undefined;
  /** RFC 3339, over the session's start. */
  from?: string | undefined;
  to?: string | undefined;
  verdict?: Effect | undefined;
  cursor?: SessionId | undefined;
  limit?: number | undefined;
};

type Row = Pick<
  RecordingRow,
  "session" | "target" | "kind" | "actor" | "actor_name" | "started_at" | "ended_at" | "events" | "bytes"
> & {
  command_count: string;
  matches: { id: string; text: string; state: string; effect: string | null; submitted_at: string }[];
};

const text = `
  select r.session, r.target, r.kind, r.actor, r.actor_name, r.started_at, r.ended_at, r.events, r.bytes,
    (select count(*) from commands c where c.session = r.session) as command_count,
    coalesce((
      select json_agg(m) from (
        select id, left(sql, ${shownCharacters}) as text, state, effect, submitted_at from commands c
        where c.session = r.session and ($1::tsquery is null or c.words @@ $1::tsquery)
          and ($2::text is null or c.effect = $2)
        order by id desc limit ${shownCommands}
      ) m), '[]') as matches
  from recordings r
  where ($3::text is null or r.actor = $3 or lower(r.actor_name) = lower($3))
    and ($9::text is null or r.actor = $9)
    and ($4::text is null or r.target = $4)
    and ($5::timestamptz is null or r.started_at >= $5)
    and ($6::timestamptz is null or r.started_at < $6)
    and ($7::text is null or r.session < $7)
    and (($1::tsquery is null and $2::text is null) or r.session in (
      select c.session from commands c
      where ($1::tsquery is null or c.words @@ $1::tsquery) and ($2::text is null or c.effect = $2)))
  order by r.session desc limit $8`;

/** Recordings that hold such a command, newest first; `cursor` is the last session of a full page. */
export async function searchRecordings(
  pool: pg.Pool,
  query: RecordingQuery,
): Promise<{ recordings: FoundRecording[]; cursor: SessionId | undefined }> {
  const limit = Math.max(1, Math.min(query.limit ?? maxPage, maxPage));
  const words = query.q === undefined || query.q.trim() === "" ? null : wordsQuery(query.q);
  // Signs alone are in no index: nothing is found, rather than everything.
  if (words === undefined) return { recordings: [], cursor: undefined };
  const { rows } = await pool.query<Row>(text, [
    words,
    query.verdict ?? null,
    query.actor ?? null,
    query.target ?? null,
    query.from ?? null,
    query.to ?? null,
    query.cursor ?? null,
    limit,
    query.owner ?? null,
  ]);
  const recordings = rows.map((row) => ({
    session: SessionId.parse(row.session),
    target: row.target,
    kind: TargetKind.parse(row.kind),
    actor: row.actor,
    actorName: row.actor_name,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString(),
    events: Number(row.events),
    bytes: Number(row.bytes),
    commandCount: Number(row.command_count),
    matches: row.matches.map((match) => ({
      command: CommandId.parse(match.id),
      text: match.text,
      state: CommandState.parse(match.state),
      effect: match.effect === null ? undefined : Effect.parse(match.effect),
      submittedAt: new Date(match.submitted_at).toISOString(),
    })),
  }));
  return { recordings, cursor: rows.length === limit ? recordings.at(-1)?.session : undefined };
}
