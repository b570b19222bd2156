import type pg from "pg";
import type { Checkpoint } from "../../shared/nouns/entry.ts";
import type { CommandState } from "../../shared/nouns/command.ts";
import type { Head, LedgerRow } from "./chain.ts";

/** A command's row as its first entry writes it. `asked` and `words` are printed by `command-row.ts`. */
export type CommandInsert = {
  id: string;
  session: string;
  target: string;
  actor: string;
  actorName: string;
  state: CommandState;
  effect: string | null;
  review: string | null;
  sql: string;
  submittedAt: string;
  finishedAt: string | null;
  process: number;
  asked: string;
  ended: string | null;
  words: string;
};

/** A command's last change of state. */
export type CommandEnd = { id: string; state: CommandState; finishedAt: string; ended: string };

/** How far a recording had come: what its entry vouches for. */
export type Anchor = { session: string; events: number; bytes: number; hash: string; endedAt: string | null };

/** Rows that are written in the commit of their entry, so that neither exists without the other. */
export type Change = { insert?: CommandInsert; end?: CommandEnd; anchor?: Anchor };

export type Batch = { rows: LedgerRow[]; changes: Change[]; checkpoint: Checkpoint | undefined };

/** `moved` is false where another process had moved the head: nothing was written then. */
export type Written = { moved: boolean; commands: Set<string>; reviewed: Set<string> };

/**
 * One statement, so one durable commit: a compare-and-swap on the head, and everything else on condition that it
 * moved. A command's row follows the states: new or held may become anything, held and running may end.
 */
const statement = `
with moved as (
  update ledger_head set seq = $3, hash = $4 where seq = $1 and hash = $2 returning 1
), written as (
  insert into ledger (seq, at, kind, actor, session, command, body, previous, hash)
  select * from unnest($5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
    $12::text[], $13::text[]) where exists (select from moved)
), signed as (
  insert into checkpoints (seq, hash, at, key_id, signature)
  select seq, hash, at, key_id, signature from json_to_record($14::json)
    as c (seq bigint, hash text, at text, key_id text, signature text)
  where $14 is not null and exists (select from moved)
), inserted as (
  insert into commands as c (id, session, target, actor, actor_name, state, effect, review, sql, submitted_at,
    finished_at, process, asked, ended, words, intent_seq, outcome_seq)
  select id, session, target, actor, actor_name, state, effect, review, sql, submitted_at, finished_at, process, asked, ended,
    array_to_tsvector(string_to_array(words, ' ')), case state when 'running' then seq end,
    case when finished_at is not null then seq end
  from unnest($15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[],
    $23::text[], $24::timestamptz[], $25::timestamptz[], $26::integer[], $27::text[], $28::text[], $29::text[], $30::bigint[])
    as n (id, session, target, actor, actor_name, state, effect, review, sql, submitted_at, finished_at, process,
      asked, ended, words, seq)
  where exists (select from moved)
  on conflict (id) do update set state = excluded.state, effect = excluded.effect, process = excluded.process,
    asked = excluded.asked, ended = excluded.ended, finished_at = excluded.finished_at, intent_seq = excluded.intent_seq,
    outcome_seq = excluded.outcome_seq
  where c.state = 'held'
  returning c.id, c.review
), ended as (
  update commands c set state = n.state, finished_at = n.finished_at, ended = n.ended, outcome_seq = n.seq
  from unnest($31::text[], $32::text[], $33::timestamptz[], $34::text[], $35::bigint[])
    as n (id, state, finished_at, ended, seq)
  where c.id = n.id and c.state in ('held', 'running') and exists (select from moved)
  returning c.id, c.review
), anchored as (
  update recordings r set events = n.events, bytes = n.bytes, hash = n.hash, ended_at = n.ended_at, ledger_seq = n.seq
  from unnest($36::text[], $37::bigint[], $38::bigint[], $39::text[], $40::timestamptz[], $41::bigint[])
    as n (session, events, bytes, hash, ended_at, seq)
  where r.session = n.session and exists (select from moved)
), touched as (
  select id, review from inserted union all select id, review from ended
)
select (select count(*) from moved)::integer as moved,
  array(select id from touched) as commands,
  array(select id from touched where review is not null) as reviewed`;

/** Writes a batch behind `from`. Throws what the store throws. */
export async function writeBatch(
  store: pg.Pool | pg.PoolClient,
  from: Head,
  { rows, changes, checkpoint }: Batch,
): Promise<Written> {
  const head = rows.at(-1) ?? from;
  const column = <Item, Value>(items: Item[], value: (item: Item) => Value) => items.map(value);
  const inserts: (CommandInsert & { seq: number })[] = [];
  const ends: (CommandEnd & { seq: number })[] = [];
  const anchors: (Anchor & { seq: number })[] = [];
  rows.forEach(({ seq }, index) => {
    const { insert, end, anchor } = changes[index] ?? {};
    if (insert) inserts.push({ ...insert, seq });
    if (end) ends.push({ ...end, seq });
    if (anchor) anchors.push({ ...anchor, seq });
  });
  const signed = checkpoint && {
    seq: checkpoint.seq,
    hash: checkpoint.hash,
    at: checkpoint.at,
    key_id: checkpoint.keyId,
    signature: checkpoint.signature,
  };
  const { rows: answers } = await store.query<{ moved: number; commands: string[]; reviewed: string[] }>({
    name: "journal-batch",
    text: statement,
    values: [
      from.seq,
      from.hash,
      head.seq,
      head.hash,
      column(rows, (row) => row.seq),
      column(rows, (row) => row.at),
      column(rows, (row) => row.kind),
      column(rows, (row) => row.actor),
      column(rows, (row) => row.session),
      column(rows, (row) => row.command),
      column(rows, (row) => row.bodyText),
      column(rows, (row) => row.previous),
      column(rows, (row) => row.hash),
      signed ? JSON.stringify(signed) : null,
      column(inserts, (row) => row.id),
      column(inserts, (row) => row.session),
      column(inserts, (row) => row.target),
      column(inserts, (row) => row.actor),
      column(inserts, (row) => row.actorName),
      column(inserts, (row) => row.state),
      column(inserts, (row) => row.effect),
      column(inserts, (row) => row.review),
      column(inserts, (row) => row.sql),
      column(inserts, (row) => row.submittedAt),
      column(inserts, (row) => row.finishedAt),
      column(inserts, (row) => row.process),
      column(inserts, (row) => row.asked),
      column(inserts, (row) => row.ended),
      column(inserts, (row) => row.words),
      column(inserts, (row) => row.seq),
      column(ends, (row) => row.id),
      column(ends, (row) => row.state),
      column(ends, (row) => row.finishedAt),
      column(ends, (row) => row.ended),
      column(ends, (row) => row.seq),
      column(anchors, (row) => row.session),
      column(anchors, (row) => row.events),
      column(anchors, (row) => row.bytes),
      column(anchors, (row) => row.hash),
      column(anchors, (row) => row.endedAt),
      column(anchors, (row) => row.seq),
    ],
  });
  const answer = answers[0];
  return {
    moved: answer?.moved === 1,
    commands: new Set(answer?.commands),
    reviewed: new Set(answer?.reviewed),
  };
}
