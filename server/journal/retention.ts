import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import { SessionId } from "../../shared/ids.ts";
import type { EntryKind } from "../../shared/nouns/entry.ts";
import { maxRemovedRange } from "../../shared/recording/ledger-file.ts";
import type { KeepRule } from "../config/config.ts";
import type { Append } from "./append.ts";
import type { RecordingStore } from "./recording-store.ts";
import { stepOfWork, type Work } from "./work.ts";

/** Sessions of one rule that one step takes up. */
const maxStepSessions = 20;
/** Entries of a session whose bodies one tombstone accounts for. */
const maxTombstoneEntries = 2_000;
const dayMs = 86_400_000;

/** Entries that carry what people asked and why; the others say what the gateway did, and prove the rest. */
const textKinds: readonly EntryKind[] = [
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

/** Which rules there are for what, the first that fits a target's tags wins. What no rule fits is kept. */
export type KeepRules = { recordings: readonly KeepRule[]; texts: readonly KeepRule[] };

/** Tags of each target that there is. */
export type TagsByTarget = ReadonlyMap<string, Readonly<Record<string, string>>>;

export type Retention = {
  /**
   * Removes what is past its time, a bounded piece, unless another process is at it. The entry that says what was
   * removed, by which rule and with which hash, is durable before anything goes. Sessions under a legal hold stay.
   */
  step(): Promise<void>;
  /** When a closed session's recording goes, and by which rule, as things stand. */
  removalOf(recording: { target: string; endedAt: string | undefined }): Promise<Removal | undefined>;
};
export type Removal = { rule: string; at: string };

export function createRetention(dependencies: {
  pool: Pool;
  store: RecordingStore;
  append: Append;
  rules: KeepRules;
  tags: () => Promise<TagsByTarget>;
  now: () => number;
}): Retention {
  const { pool, store, append, rules, tags, now } = dependencies;
  const work: Work<object> = { name: "retention", state: z.object({}), start: {} };

  const removeRecording = async (client: PoolClient, session: SessionId, rule: KeepRule) => {
    const row = await lockKept(client, session, "removed_at");
    if (!row) return;
    const told = await client.query(
      "select from ledger where session = $1 and kind = 'recording.removed' limit 1",
      [session],
    );
    const recording = { events: Number(row.events), bytes: Number(row.bytes), hash: row.hash };
    // A step that died behind its entry is ended, not told twice.
    if (told.rowCount === 0)
      await append({
        kind: "recording.removed",
        actor: null,
        session,
        command: null,
        body: { rule: rule.text, target: row.target, endedAt: row.ended_at.toISOString(), recording },
      });
    await store.remove(row.file);
    await client.query("delete from commands where session = $1", [session]);
    await client.query("delete from command_keys where session = $1", [session]);
    await client.query("update recordings set removed_at = $2, removed_by_rule = $3 where session = $1", [
      session,
      new Date(now()),
      rule.text,
    ]);
  };

  const removeTexts = async (client: PoolClient, session: SessionId, rule: KeepRule) => {
    const row = await lockKept(client, session, "bodies_removed_at");
    if (!row) return;
    const { rows } = await client.query<{ seq: string }>(
      `select seq from ledger where session = $1 and kind = any($2) and body is not null
       order by seq limit ${maxTombstoneEntries}`,
      [session, textKinds],
    );
    const seqs = rows.map(({ seq }) => Number(seq));
    if (seqs.length > 0) {
      const body = { rule: rule.text, target: row.target, entries: rangesOf(seqs) };
      await append({ kind: "bodies.removed", actor: null, session, command: null, body });
      await client.query(
        `update ledger set body_hash = encode(sha256(convert_to(body, 'UTF8')), 'hex'), body = null
         where seq = any($1) and body is not null`,
        [seqs],
      );
    }
    if (seqs.length < maxTombstoneEntries)
      await client.query("update recordings set bodies_removed_at = $2 where session = $1", [
        session,
        new Date(now()),
      ]);
  };

  const apply = async (
    client: PoolClient,
    column: "removed_at" | "bodies_removed_at",
    list: readonly KeepRule[],
    remove: (client: PoolClient, session: SessionId, rule: KeepRule) => Promise<void>,
  ) => {
    const known = await tags();
    for (const rule of list) {
      const governed = [...known].filter(([, its]) => ruleFor(list, its) === rule).map(([name]) => name);
      // What is no target any more has no tags: the rule for everything governs it, where there is one.
      const { rows } = await client.query<{ session: string }>(
        `select session from recordings where ended_at < $1 and ${column} is null and held_at is null
           and (target = any($2) or ($3 and target <> all($4)))
         order by ended_at limit ${maxStepSessions}`,
        [new Date(now() - rule.days * dayMs), governed, rule.tag === undefined, [...known.keys()]],
      );
      for (const { session } of rows) await remove(client, SessionId.parse(session), rule);
    }
  };

  return {
    async step() {
      if (rules.recordings.length === 0 && rules.texts.length === 0) return;
      await stepOfWork(pool, work, async (state, client) => {
        await apply(client, "removed_at", rules.recordings, removeRecording);
        await apply(client, "bodies_removed_at", rules.texts, removeTexts);
        return state;
      });
    },
    async removalOf({ target, endedAt }) {
      const rule = ruleFor(rules.recordings, (await tags()).get(target) ?? {});
      if (!rule || endedAt === undefined) return undefined;
      return { rule: rule.text, at: new Date(Date.parse(endedAt) + rule.days * dayMs).toISOString() };
    },
  };
}

const ruleFor = (rules: readonly KeepRule[], tags: Readonly<Record<string, string>>) =>
  rules.find(({ tag }) => tag === undefined || tags[tag.name] === tag.value);

type Row = {
  target: string;
  file: string;
  ended_at: Date;
  events: string;
  bytes: string;
  hash: string;
};

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
