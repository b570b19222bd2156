import { setTimeout } from "node:timers/promises";
import type pg from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import { SessionId } from "../../shared/ids.ts";
import { linesOf } from "../../shared/recording/lines.ts";
import type { Hold, Removal } from "../../shared/nouns/recording.ts";
import { TargetKind } from "../../shared/nouns/target.ts";
import type { Processes } from "./processes.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { checkedLines, lineJson, noEvents, type RecordingHead } from "./recording-lines.ts";
import type { RecordingBlob, RecordingStore } from "./recording-store.ts";

/** How often a follower looks for itself where another process writes. Live watch is to be within 300 ms. */
export const lookAgainMs = 200;
/** Open recordings that one look goes through, those that were begun first. */
const maxUnfinished = 10_000;

/** What a recording is of. */
export type RecordingOf = {
  session: SessionId;
  target: string;
  kind: TargetKind;
  actor: string;
  actorName: string;
  startedAt: string;
};

/** A recording as the table knows it: `events`, `bytes`, `hash` are what the ledger's entry `ledgerSeq` vouches for. */
export type RecordingInfo = RecordingOf & {
  key: string;
  endedAt: string | undefined;
  ledgerSeq: number;
  hold: Hold | undefined;
  /** Retention has taken the file away. */
  removed: Removal | undefined;
  /** Retention has taken away what ledger and reviews said of its commands. */
  textsRemoved: Removal | undefined;
} & RecordingHead;

export type Live = { recorder: Recorder; info: RecordingInfo };

export type Recordings = {
  get(session: SessionId): Promise<RecordingInfo | undefined>;
  /**
   * The session's recorder, new or continued: after a crash the tail is checked against its chain and a torn last
   * line is dropped. Refuses: session_closed, conflict (another process writes it), journal_unavailable.
   */
  open(of: RecordingOf): Promise<Live>;
  /** Continues an unfinished recording; undefined where there is none. */
  resume(session: SessionId): Promise<Live | undefined>;
  live(session: SessionId): Recorder | undefined;
  /** Sessions whose recordings are open and this process's to close: its own, and those of processes that have died. */
  unfinished(): Promise<SessionId[]>;
  /** Events that the store holds by now. Refuses: not_found. */
  length(session: SessionId): Promise<number>;
  /** Closes the file; the table's row is closed by the entry that ends the session. */
  release(session: SessionId): Promise<void>;
  /** Events as JSON from number `from` (0-based) on: from the store, then as they are written, until the session ends. */
  follow(session: SessionId, options?: { from?: number; signal?: AbortSignal }): AsyncGenerator<string>;
  releaseAll(): Promise<void>;
};

/** The row as `pg` returns it. */
export type RecordingRow = {
  session: string;
  target: string;
  kind: string;
  actor: string;
  actor_name: string;
  file: string;
  process: number;
  started_at: Date;
  ended_at: Date | null;
  events: string;
  bytes: string;
  hash: string;
  ledger_seq: string;
  held_at: Date | null;
  held_by: string | null;
  held_because: string | null;
  removed_at: Date | null;
  removed_by_rule: string | null;
  bodies_removed_at: Date | null;
  bodies_removed_by_rule: string | null;
};

/** A recording's key in the store. Session ids are checked, so no key can leave its directory. */
export const recordingKey = (session: SessionId): string => `${SessionId.parse(session)}.rec`;

export function createRecordings(dependencies: {
  pool: pg.Pool;
  store: RecordingStore;
  processes: Processes;
  onFailure: (session: SessionId, error: Error) => void;
}): Recordings {
  const { pool, store, processes, onFailure } = dependencies;
  const live = new Map<SessionId, Live>();
  const opening = new Map<SessionId, Promise<Live>>();

  const rowOf = async (session: SessionId) => {
    const { rows } = await pool.query<RecordingRow>("select * from recordings where session = $1", [session]);
    return rows[0];
  };
  const get = async (session: SessionId) => {
    const row = await rowOf(session);
    return row && toInfo(row);
  };

  const start = async (info: RecordingInfo, open: RecordingStore["open"]): Promise<Live> => {
    const blob = await open(info.key).catch(refuseUnavailable);
    try {
      const head = await continueAt(store, blob, info);
      const recorder = createRecorder(blob, head, (error) => onFailure(info.session, error));
      const entry = { recorder, info };
      live.set(info.session, entry);
      return entry;
    } catch (error) {
      await blob.close();
      throw error;
    }
  };

  /** Callers that come at the same time share one opening. */
  const startOnce = (info: RecordingInfo, open: RecordingStore["open"]) => {
    const already = live.get(info.session);
    if (already) return Promise.resolve(already);
    const started =
      opening.get(info.session) ?? start(info, open).finally(() => opening.delete(info.session));
    opening.set(info.session, started);
    return started;
  };

  const takeOver = async (session: SessionId): Promise<RecordingInfo | undefined> => {
    const row = await rowOf(session);
    if (!row) return undefined;
    if (row.ended_at) throw new Refusal("session_closed", "The session's recording is closed.");
    if (row.process === processes.self) return toInfo(row);
    if ((await processes.dead([row.process])).length === 0)
      throw new Refusal("conflict", "Another gateway process holds this session.");
    const taken = await pool.query(
      "update recordings set process = $3 where session = $1 and process = $2 and ended_at is null",
      [session, row.process, processes.self],
    );
    if (taken.rowCount !== 1) throw new Refusal("conflict", "Another gateway process holds this session.");
    return toInfo(row);
  };

  const resume = async (session: SessionId) => {
    const already = live.get(session);
    if (already) return already;
    const info = await takeOver(session);
    // Whoever wrote it may live all the same, where the store forgot its lock.
    return info && startOnce(info, store.succeed);
  };

  return {
    get,
    async open(of) {
      const made = await pool.query<RecordingRow>(
        `insert into recordings (session, target, actor, actor_name, file, process, started_at, kind)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning *`,
        [
          of.session,
          of.target,
          of.actor,
          of.actorName,
          recordingKey(of.session),
          processes.self,
          of.startedAt,
          of.kind,
        ],
      );
      const row = made.rows[0];
      if (row) return startOnce(toInfo(row), store.open);
      const resumed = await resume(of.session);
      if (!resumed) throw new Refusal("journal_unavailable", "The session's recording has vanished.");
      return resumed;
    },
    resume,
    live: (session) => live.get(session)?.recorder,
    async unfinished() {
      const { rows } = await pool.query<Pick<RecordingRow, "session" | "process">>(
        "select session, process from recordings where ended_at is null order by session limit $1",
        [maxUnfinished],
      );
      const dead = await processes.dead([...new Set(rows.map(({ process }) => process))]);
      const ours = new Set([processes.self, ...dead]);
      return rows.flatMap(({ session, process }) => (ours.has(process) ? [SessionId.parse(session)] : []));
    },
    async release(session) {
      const entry = live.get(session);
      live.delete(session);
      await entry?.recorder.close();
    },
    async length(session) {
      const head = await live.get(session)?.recorder.flush();
      if (head) return head.events;
      const info = await get(session);
      if (!info) throw new Refusal("not_found", "There is no such recording.");
      let { events } = info;
      for await (const _ of linesOf(store.read(info.key, info.bytes), info.bytes)) events += 1;
      return events;
    },
    async *follow(session, { from = 0, signal } = {}) {
      const info = await get(session);
      if (!info) throw new Refusal("not_found", "There is no such recording.");
      let offset = 0;
      let number = 0;
      for (let ended = false; ;) {
        const more = nextWrite(live.get(session)?.recorder, signal);
        try {
          for await (const line of linesOf(store.read(info.key, offset), offset)) {
            if (signal?.aborted) return;
            offset = line.to;
            if (number++ >= from) yield lineJson(line);
          }
          if (ended || signal?.aborted) return;
          ended = (await get(session))?.endedAt !== undefined;
          if (!ended) await more.promise;
        } finally {
          more.forget();
        }
      }
    },
    async releaseAll() {
      const entries = [...live.values()];
      live.clear();
      await Promise.allSettled(entries.map(({ recorder }) => recorder.close()));
    },
  };
}

function toInfo(row: RecordingRow): RecordingInfo {
  return {
    session: SessionId.parse(row.session),
    target: row.target,
    kind: TargetKind.parse(row.kind),
    actor: row.actor,
    actorName: row.actor_name,
    key: row.file,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString(),
    events: Number(row.events),
    bytes: Number(row.bytes),
    hash: row.hash,
    ledgerSeq: Number(row.ledger_seq),
    hold: row.held_at
      ? { by: row.held_by ?? "", at: row.held_at.toISOString(), reason: row.held_because ?? "" }
      : undefined,
    removed: removalOf(row.removed_at, row.removed_by_rule),
    textsRemoved: removalOf(row.bodies_removed_at, row.bodies_removed_by_rule),
  };
}

const removalOf = (at: Date | null, rule: string | null): Removal | undefined =>
  at === null ? undefined : { rule: rule ?? "", at: at.toISOString() };

/** Checks the recording from its beginning, drops a torn last line and gives the head to go on from. */
async function continueAt(
  store: RecordingStore,
  blob: RecordingBlob,
  info: RecordingInfo,
): Promise<RecordingHead> {
  let head = noEvents;
  for await (const step of checkedLines(store.read(info.key, 0, blob.size), info)) head = step.head;
  if (head.bytes < blob.size) await blob.truncate(head.bytes).catch(refuseUnavailable);
  return head;
}

/** Resolves at the recorder's next write; where another process writes, after a while. */
function nextWrite(recorder: Recorder | undefined, signal: AbortSignal | undefined) {
  const stop = new AbortController();
  let off = () => {};
  const promise = new Promise<void>((resolve) => {
    off = recorder?.onWritten(resolve) ?? off;
    signal?.addEventListener("abort", () => resolve(), { once: true, signal: stop.signal });
    setTimeout(lookAgainMs, undefined, { signal: stop.signal }).then(resolve, () => resolve());
  });
  return {
    promise,
    forget() {
      off();
      stop.abort();
    },
  };
}

function refuseUnavailable(cause: unknown): never {
  throw new Refusal("journal_unavailable", "The session's recording cannot be opened.", { cause });
}

/** An event's `at`: milliseconds since the session opened. */
export const sinceOpened = (info: RecordingInfo, now: number): number =>
  Math.max(0, Math.round(now - Date.parse(info.startedAt)));
