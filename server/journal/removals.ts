import type { PoolClient } from "pg";
import type { SessionId } from "../../shared/ids.ts";
import type { EntryKind } from "../../shared/nouns/entry.ts";
import { maxRemovedRange } from "../../shared/recording/ledger-file.ts";
import type { ReviewTexts } from "../approval/review-texts.ts";
import type { Append } from "./append.ts";
import type { RecordingStore } from "./recording-store.ts";
import type { RecordingRow } from "./recordings.ts";

/** Entries of a session whose bodies one tombstone accounts for, and reviews that are cleared at once. */
const maxTombstoneEntries = 2_000;
const maxClearedReviews = 100;

/** Entries that carry what people asked and why; the others say what the gateway did, and prove the rest. */
const textKinds: readonly EntryKind[] = [
  "session.opened",
  "script.read",
  "command.blocked",
  "command.intent",
  "command.outcome",
  "impact.intent",
  "review.opened",
  "review.vote",
  "review.decided",
  "review.expired",
  "review.withdrawn",
];

/** What other rooms keep of a session's texts: each removes its own, where retention says so. */
export type OtherTexts = {
  reviews: ReviewTexts;
  sessions: { forgetReason(session: SessionId): Promise<void> };
};

/** Removes a bounded piece of what is kept of a session, by the rule of that name, where it may go. */
export type Remove = (client: PoolClient, session: SessionId, rule: string) => Promise<void>;

/**
 * What retention does to one session, each thing behind the entry that says so. `client` holds the step's transaction:
 * until its end nobody places a hold.
 */
export function createRemovals(dependencies: {
  store: RecordingStore;
  append: Append;
  texts: OtherTexts;
  now: () => number;
}): { removeRecording: Remove; removeTexts: Remove } {
  const { store, append, texts, now } = dependencies;

  /** Commands, or null for the session, that such an entry tells of: a step that died behind one is ended, not told twice. */
  const toldOf = async (client: PoolClient, kind: EntryKind, session: SessionId) => {
    const { rows } = await client.query<{ command: string | null }>(
      "select command from ledger where session = $1 and kind = $2",
      [session, kind],
    );
    return new Set(rows.map(({ command }) => command));
  };

  const clearReviews = async (client: PoolClient, session: SessionId, rule: string, target: string) => {
    const reviews = await texts.reviews.worded(session, maxClearedReviews);
    if (reviews.length === 0) return 0;
    const told = await toldOf(client, "review.cleared", session);
    // Together, so that one signature proves them all.
    await Promise.all(
      reviews
        .filter(({ command }) => !told.has(command))
        .map(({ command, stays }) =>
          append({ kind: "review.cleared", actor: null, session, command, body: { rule, target, ...stays } }),
        ),
    );
    const ids = reviews.map(({ id }) => id);
    await texts.reviews.remove(ids, { rule, at: new Date(now()).toISOString() });
    return reviews.length;
  };

  return {
    async removeRecording(client, session, rule) {
      const row = await lockKept(client, session, "removed_at");
      if (!row) return;
      const at = new Date(now());
      const recording = { events: Number(row.events), bytes: Number(row.bytes), hash: row.hash };
      if (!(await toldOf(client, "recording.removed", session)).has(null))
        await append({
          kind: "recording.removed",
          actor: null,
          session,
          command: null,
          body: { rule, target: row.target, endedAt: row.ended_at.toISOString(), recording },
        });
      await store.remove(row.file);
      await texts.reviews.removeSamples(session, { rule, at: at.toISOString() });
      await client.query("delete from commands where session = $1", [session]);
      await client.query("delete from command_keys where session = $1", [session]);
      await client.query("update recordings set removed_at = $2, removed_by_rule = $3 where session = $1", [
        session,
        at,
        rule,
      ]);
    },

    async removeTexts(client, session, rule) {
      const row = await lockKept(client, session, "bodies_removed_at");
      if (!row) return;
      const { rows } = await client.query<{ seq: string }>(
        `select seq from ledger where session = $1 and kind = any($2) and body is not null
         order by seq limit ${maxTombstoneEntries}`,
        [session, textKinds],
      );
      const seqs = rows.map(({ seq }) => Number(seq));
      if (seqs.length > 0) {
        const body = { rule, target: row.target, entries: rangesOf(seqs) };
        await append({ kind: "bodies.removed", actor: null, session, command: null, body });
        await client.query(
          `update ledger set body_hash = encode(sha256(convert_to(body, 'UTF8')), 'hex'), body = null
           where seq = any($1) and body is not null`,
          [seqs],
        );
      }
      const cleared = await clearReviews(client, session, rule, row.target);
      await texts.sessions.forgetReason(session);
      if (seqs.length < maxTombstoneEntries && cleared < maxClearedReviews)
        await client.query(
          "update recordings set bodies_removed_at = $2, bodies_removed_by_rule = $3 where session = $1",
          [session, new Date(now()), rule],
        );
    },
  };
}

type Row = Pick<RecordingRow, "target" | "file" | "events" | "bytes" | "hash"> & { ended_at: Date };

/** The recording's row, where nobody placed a hold on it meanwhile and none of its commands is under way; nobody can until the step's end. */
async function lockKept(
  client: PoolClient,
  session: SessionId,
  column: "removed_at" | "bodies_removed_at",
): Promise<Row | undefined> {
  const { rows } = await client.query<Row>(
    `select target, file, ended_at, events, bytes, hash from recordings r
     where session = $1 and ended_at is not null and held_at is null and ${column} is null
       and not exists (select from commands c where c.session = r.session and c.state in ('held', 'running'))
     for update`,
    [session],
  );
  return rows[0];
}

/** Numbers in order as ranges, from and to, none longer than a verifier takes. */
function rangesOf(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1 && number - last[0] < maxRemovedRange) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}
