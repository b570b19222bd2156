import type { Checkpoint } from "../../shared/nouns/entry.ts";
import type { CommandState } from "../../shared/nouns/command.ts";
import type { Connection } from "../db/connection.ts";
import type { Head, LedgerRow } from "./chain.ts";
import { textArray } from "./text-array.ts";

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

/** A change of state that has to happen for its entry to be true: without it neither is written. */
export type Guard = "unless begun" | "while held" | "while running";

/** How far a recording had come: what its entry vouches for. One that has ended stays as it ended. */
export type Anchor = { session: string; events: number; bytes: number; hash: string; endedAt: string | null };

/** Rows that are written in the commit of their entry, so that neither exists without the other. */
export type Change = { insert?: CommandInsert; end?: CommandEnd; anchor?: Anchor; guard?: Guard };

export type Batch = { rows: LedgerRow[]; changes: Change[]; checkpoint: Checkpoint | undefined };

/**
 * `moved` is false where another process had moved the head, or where some `guarded` commands cannot change as their
 * entries say: nothing was written then.
 */
export type Written = {
  moved: boolean;
  commands: Set<string>;
  reviewed: Set<string>;
  guarded: ReadonlySet<string>;
};

/** A part of the statement, with the values of its parameters; `$` stands for the number of its next parameter. */
type Part = { name: string; text: string; values: unknown[] };

/** Everything but the head and the ledger is there only where a batch needs it: less to start and to look at. */
const texts = {
  signed: `
    insert into checkpoints (seq, hash, at, key_id, signature)
    select seq, hash, at, key_id, signature from json_to_record($::json)
      as c (seq bigint, hash text, at text, key_id text, signature text)
    where exists (select from moved)`,
  inserted: `
    insert into commands as c (id, session, target, actor, actor_name, state, effect, review, sql, submitted_at,
      finished_at, process, asked, ended, words, intent_seq, outcome_seq)
    select id, session, target, actor, actor_name, state, effect, review, sql, submitted_at, finished_at, process, asked,
      ended, array_to_tsvector(string_to_array(words, ' ')), case state when 'running' then seq end,
      case when finished_at is not null then seq end
    from unnest($::text[], $::text[], $::text[], $::text[], $::text[], $::text[], $::text[], $::text[], $::text[],
      $::timestamptz[], $::timestamptz[], $::integer[], $::text[], $::text[], $::text[], $::bigint[])
      as n (id, session, target, actor, actor_name, state, effect, review, sql, submitted_at, finished_at, process,
        asked, ended, words, seq)
    where exists (select from moved)
    on conflict (id) do update set state = excluded.state, effect = excluded.effect, process = excluded.process,
      asked = excluded.asked, ended = excluded.ended, finished_at = excluded.finished_at,
      intent_seq = excluded.intent_seq, outcome_seq = excluded.outcome_seq
    where c.state = 'held'
    returning c.id, c.review`,
  ended: `
    update commands c set state = n.state, finished_at = n.finished_at, ended = n.ended, outcome_seq = n.seq
    from unnest($::text[], $::text[], $::timestamptz[], $::text[], $::bigint[])
      as n (id, state, finished_at, ended, seq)
    where c.id = n.id and c.state in ('held', 'running') and exists (select from moved)
    returning c.id, c.review`,
  anchored: `
    update recordings r set events = n.events, bytes = n.bytes, hash = n.hash, ended_at = n.ended_at, ledger_seq = n.seq
    from unnest($::text[], $::bigint[], $::bigint[], $::text[], $::timestamptz[], $::bigint[])
      as n (session, events, bytes, hash, ended_at, seq)
    where r.session = n.session and r.ended_at is null and exists (select from moved)`,
} as const;

/** A command without a row is not held, and has not begun either. */
const guardedText = `
  select n.id from unnest($::text[], $::text[]) as n (id, guard) left join commands c on c.id = n.id
  where case n.guard when 'unless begun' then c.state <> 'held'
    else c.state is distinct from case n.guard when 'while held' then 'held' else 'running' end end`;
const headText = `
  update ledger_head set seq = $, hash = $ where seq = $ and hash = $ returning 1`;
const guardedHeadText = `
  update ledger_head set seq = $, hash = $ where seq = $ and hash = $ and not exists (select from guarded) returning 1`;
const ledgerText = `
  insert into ledger (seq, at, kind, actor, session, command, body, previous, hash)
  select * from unnest($::bigint[], $::text[], $::text[], $::text[], $::text[], $::text[], $::text[], $::text[], $::text[])
  where exists (select from moved)`;

/**
 * One statement, so one durable commit: a compare-and-swap on the head, and everything else on condition that it
 * moved. A command's row follows the states: new or held may become anything, held and running may end. Guards are
 * looked at in a snapshot that is no older than the head that is expected, and states change with the head alone.
 */
function statementOf(parts: readonly Part[]): { name: string; text: string } {
  const name = `journal ${parts.map((part) => part.name).join(" ")}`;
  const known = statements.get(name);
  if (known !== undefined) return { name, text: known };
  const touched = parts.filter((part) => part.name === "inserted" || part.name === "ended");
  const rows = touched.map((part) => `select id, review from ${part.name}`).join(" union all ");
  let parameter = 0;
  const text = `with ${parts.map((part) => `${part.name} as (${part.text})`).join(", ")}
    select (select count(*) from moved)::integer as moved,
      ${parts.some((part) => part.name === "guarded") ? "array(select id from guarded)" : "'{}'::text[]"} as guarded,
      ${rows === "" ? "'{}'::text[]" : `array(select id from (${rows}) touched)`} as commands,
      ${rows === "" ? "'{}'::text[]" : `array(select id from (${rows}) touched where review is not null)`} as reviewed`.replaceAll(
    "$",
    () => `$${++parameter}`,
  );
  statements.set(name, text);
  return { name, text };
}

/** By the parts that they are made of: there are thirty-two. */
const statements = new Map<string, string>();

/** Writes a batch behind `from`. Throws what the store throws. */
export async function writeBatch(
  store: Connection,
  from: Head,
  { rows, changes, checkpoint }: Batch,
): Promise<Written> {
  const head = rows.at(-1) ?? from;
  const column = <Item, Value>(items: Item[], value: (item: Item) => Value) => items.map(value);
  const strings = <Item>(items: Item[], value: (item: Item) => string | null) => textArray(items.map(value));
  const inserts: (CommandInsert & { seq: number })[] = [];
  const ends: (CommandEnd & { seq: number })[] = [];
  const anchors: (Anchor & { seq: number })[] = [];
  const guards = changes.flatMap(({ insert, end, guard }) => {
    const id = insert?.id ?? end?.id;
    return guard === undefined || id === undefined ? [] : [{ id, guard }];
  });
  rows.forEach(({ seq }, index) => {
    const { insert, end, anchor } = changes[index] ?? {};
    if (insert) inserts.push({ ...insert, seq });
    if (end) ends.push({ ...end, seq });
    if (anchor) anchors.push({ ...anchor, seq });
  });
  const parts: Part[] = [
    ...(guards.length === 0
      ? []
      : [
          {
            name: "guarded",
            text: guardedText,
            values: [strings(guards, ({ id }) => id), strings(guards, ({ guard }) => guard)],
          },
        ]),
    {
      name: "moved",
      text: guards.length === 0 ? headText : guardedHeadText,
      values: [head.seq, head.hash, from.seq, from.hash],
    },
    {
      name: "written",
      text: ledgerText,
      values: [
        column(rows, (row) => row.seq),
        strings(rows, (row) => row.at),
        strings(rows, (row) => row.kind),
        strings(rows, (row) => row.actor),
        strings(rows, (row) => row.session),
        strings(rows, (row) => row.command),
        strings(rows, (row) => row.bodyText),
        strings(rows, (row) => row.previous),
        strings(rows, (row) => row.hash),
      ],
    },
  ];
  const add = (name: keyof typeof texts, values: unknown[]) =>
    parts.push({ name, text: texts[name], values });
  if (checkpoint) {
    const { keyId: key_id, ...rest } = checkpoint;
    add("signed", [JSON.stringify({ ...rest, key_id })]);
  }
  if (inserts.length > 0)
    add("inserted", [
      strings(inserts, (row) => row.id),
      strings(inserts, (row) => row.session),
      strings(inserts, (row) => row.target),
      strings(inserts, (row) => row.actor),
      strings(inserts, (row) => row.actorName),
      strings(inserts, (row) => row.state),
      strings(inserts, (row) => row.effect),
      strings(inserts, (row) => row.review),
      strings(inserts, (row) => row.sql),
      column(inserts, (row) => row.submittedAt),
      column(inserts, (row) => row.finishedAt),
      column(inserts, (row) => row.process),
      strings(inserts, (row) => row.asked),
      strings(inserts, (row) => row.ended),
      strings(inserts, (row) => row.words),
      column(inserts, (row) => row.seq),
    ]);
  if (ends.length > 0)
    add("ended", [
      strings(ends, (row) => row.id),
      strings(ends, (row) => row.state),
      column(ends, (row) => row.finishedAt),
      strings(ends, (row) => row.ended),
      column(ends, (row) => row.seq),
    ]);
  if (anchors.length > 0)
    add("anchored", [
      strings(anchors, (row) => row.session),
      column(anchors, (row) => row.events),
      column(anchors, (row) => row.bytes),
      strings(anchors, (row) => row.hash),
      column(anchors, (row) => row.endedAt),
      column(anchors, (row) => row.seq),
    ]);
  const { rows: answers } = await store.query<{
    moved: number;
    guarded: string[];
    commands: string[];
    reviewed: string[];
  }>({ ...statementOf(parts), values: parts.flatMap((part) => part.values) });
  const answer = answers[0];
  return {
    moved: answer?.moved === 1,
    commands: new Set(answer?.commands),
    reviewed: new Set(answer?.reviewed),
    guarded: new Set(answer?.guarded),
  };
}
