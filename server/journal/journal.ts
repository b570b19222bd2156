import { Refusal } from "../../shared/contract/errors.ts";
import { CommandId, SessionId, type ReviewId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { CommandState, MaskedField, TargetError, Timing } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { Database } from "../db/database.ts";
import type { Notifier } from "../db/notify.ts";
import type { Change } from "./batch.ts";
import type { Draft } from "./chain.ts";
import { createCommandKeys, type CommandKeys } from "./command-keys.ts";
import { printEnded, toInsert, type CommandRefusal, type NewCommand } from "./command-row.ts";
import { createCommands, type Commands } from "./commands.ts";
import { bodyOfCommand, bodyOfOutcome } from "./entry-bodies.ts";
import { createExports, type Exports } from "./exports.ts";
import { createLedgerReader, type LedgerReader } from "./ledger-reader.ts";
import { createLedgerWriter } from "./ledger-writer.ts";
import { joinProcesses } from "./processes.ts";
import type { Recorder } from "./recorder.ts";
import { createRecordings, type RecordingInfo } from "./recordings.ts";
import type { RecordingStore } from "./recording-store.ts";
import { readResultPage, type ResultPage } from "./result-pages.ts";
import { searchRecordings, type FoundRecording, type RecordingQuery } from "./search.ts";
import type { Signer } from "./signer.ts";

/** How often the head is signed where it moved, and commands of dead processes are looked for. */
const checkpointEveryMs = 60_000;
const recoverEveryMs = 15_000;
const maxRecovered = 1_000;

/** How a command ended. */
export type Outcome = {
  id: CommandId;
  session: SessionId;
  actor: string;
  state: Exclude<CommandState, "held" | "running">;
  sha256: string;
  error?: TargetError | undefined;
  refusal?: CommandRefusal | undefined;
  masked?: MaskedField[] | undefined;
  timing?: Timing | undefined;
  /** It could have changed something: its recording is flushed to the disk before the outcome is acknowledged. */
  writes: boolean;
};

/** An entry as it stands in the ledger. */
export type Noted = { seq: number; hash: string };

/**
 * Evidence: what is durable before an effect, what was seen, and what came of it. Every promise of an entry resolves
 * after the commit and refuses with journal_unavailable where there was none.
 */
export type Journal = {
  /** The session's recorder. A new recording begins with `opened` and the entry session.opened; an unfinished one is continued. */
  open(session: Session, actor: Pick<Actor, "id" | "name" | "kind">): Promise<Recorder>;
  /** Ends the recording with `closed` and the entry session.closed. Does nothing where it has ended. */
  close(session: SessionId, because: string, by?: string): Promise<void>;

  /** command.blocked: the command ends before it began. */
  block(command: NewCommand, refusal?: CommandRefusal): Promise<Noted>;
  /** review.opened: the command is held. */
  hold(command: NewCommand & { review: ReviewId }): Promise<Noted>;
  /** command.intent: durable before the first byte goes to the target. Refuses: conflict where it ran or ended. */
  intend(command: NewCommand): Promise<Noted>;
  /**
   * command.outcome, with how far the recording has come. Write the recording's `outcome` event before. Where the
   * recorder has failed the entry says so, and then this refuses with journal_unavailable.
   */
  outcome(outcome: Outcome): Promise<Noted>;
  /** Any other entry; `ends` also moves its held command to a final state, in the same commit. */
  note(draft: Draft, ends?: { state: Outcome["state"]; refusal?: CommandRefusal }): Promise<Noted>;

  commands: Pick<Commands, "get" | "list" | "waitFor">;
  keys: CommandKeys;
  /** Rows of a command's statement (0-based), out of its recording. Refuses: not_found, malformed. */
  resultPage(
    command: CommandId,
    statement: number,
    cursor: string | undefined,
    limit: number,
  ): Promise<ResultPage>;
  recordings: {
    get(session: SessionId): Promise<RecordingInfo | undefined>;
    search(query: RecordingQuery): Promise<{ recordings: FoundRecording[]; cursor: SessionId | undefined }>;
    /** Events as JSON, from number `from` (0-based), and as they are written until the session ends. */
    follow(session: SessionId, options?: { from?: number; signal?: AbortSignal }): AsyncGenerator<string>;
    export: Exports["recording"];
  };
  ledger: LedgerReader & { export: Exports["ledger"] };
  /** Gives running commands that nobody runs any more the outcome `unknown`. Returns their ids. */
  recover(): Promise<CommandId[]>;
  /** Signs the head and lets go of everything. Sessions stay as they are, to be continued. */
  stop(): Promise<void>;
};

/** Opens the journal. `onRecorderFailure` is told once when a session's recording can no longer be written. */
export async function createJournal(dependencies: {
  database: Database;
  notifier: Notifier;
  recordings: RecordingStore;
  signer: Signer;
  now: () => number;
  onRecorderFailure?: (session: SessionId, error: Error) => void;
  /** Told about failures of work that nobody waits for. */
  onError?: (error: unknown) => void;
}): Promise<Journal> {
  const { database, notifier, recordings: store, signer, now } = dependencies;
  const { onRecorderFailure = () => {}, onError = () => {} } = dependencies;
  const { pool } = database;
  const processes = await joinProcesses(database);
  const ledger = await createLedgerReader({ pool, signer, now });
  const writer = createLedgerWriter({ pool, signer, now });
  const commands = createCommands({ pool, notifier });
  const recordings = createRecordings({ pool, store, processes, onFailure: onRecorderFailure });
  const exports = createExports({ recordings, store, ledger, signer, now });
  /** Commands between intent and outcome in this process. */
  const running = new Set<CommandId>();
  const time = () => new Date(now()).toISOString();

  const append = async (draft: Draft, change: Change = {}): Promise<Noted & { applied: boolean }> => {
    const { row, applied, reviewed } = await writer.append(draft, change);
    const id = change.insert?.id ?? change.end?.id;
    const state = change.insert?.state ?? change.end?.state;
    if (id !== undefined && state !== undefined && applied) {
      commands.changed(id);
      // Other processes are told where somebody may wait for long; the rest is seen by looking.
      if (reviewed)
        notifier
          .publish({ type: "command.changed", command: id, session: draft.session ?? "", state })
          .catch(onError);
    }
    return { seq: row.seq, hash: row.hash, applied };
  };

  const draftOf = (
    kind: Draft["kind"],
    command: { id: CommandId; session: SessionId; actor: string },
    body: Draft["body"],
  ): Draft => ({ kind, actor: command.actor, session: command.session, command: command.id, body });

  /** The outcome is true whatever became of the recording: a failed one is said in its entry, and in `failure`. */
  const conclude = async (ended: Outcome): Promise<{ noted: Noted; failure: unknown }> => {
    const recorder = recordings.live(ended.session);
    try {
      const results = recorder?.results(ended.id) ?? [];
      let failure: unknown;
      const head = await recorder?.flush({ sync: ended.writes }).catch((error: unknown) => {
        failure = error;
        return undefined;
      });
      const { error, refusal, masked, timing } = ended;
      const noted = await append(draftOf("command.outcome", ended, bodyOfOutcome(ended, results, head)), {
        end: {
          id: ended.id,
          state: ended.state,
          finishedAt: time(),
          ended: printEnded({ error, refusal, masked, timing, results, rowsTo: head?.bytes ?? 0 }),
        },
        ...(head && { anchor: { session: ended.session, ...head, endedAt: null } }),
      });
      return { noted, failure };
    } finally {
      running.delete(ended.id);
      recorder?.forget(ended.id);
    }
  };

  const recover = async (): Promise<CommandId[]> => {
    // Taken before the look: what ends meanwhile is not lost.
    const ours = new Set(running);
    const { rows } = await pool.query<{ id: string; session: string; actor: string; process: number }>(
      "select id, session, actor, process from commands where state = 'running' limit $1",
      [maxRecovered],
    );
    const dead = new Set(await processes.dead([...new Set(rows.map(({ process }) => process))]));
    const lost = rows.filter(({ id, process }) => {
      const command = CommandId.parse(id);
      return process === processes.self ? !ours.has(command) && !running.has(command) : dead.has(process);
    });
    for (const row of lost) {
      const command = {
        id: CommandId.parse(row.id),
        session: SessionId.parse(row.session),
        actor: row.actor,
      };
      const state = "unknown" as const;
      // A recording that cannot be continued is no reason to hide what is known of the command.
      const recording = await recordings.resume(command.session).catch(() => undefined);
      try {
        recording?.recorder.write({
          type: "outcome",
          at: sinceOpened(recording.info, now()),
          command: command.id,
          state,
          masked: [],
        });
      } catch (error) {
        onError(error);
      }
      const { failure } = await conclude({ ...command, state, sha256: "", writes: true });
      if (failure !== undefined) onError(failure);
    }
    return lost.map(({ id }) => CommandId.parse(id));
  };

  await recover();
  const timers = [
    setInterval(() => void ledger.sign().catch(onError), checkpointEveryMs),
    setInterval(() => void recover().catch(onError), recoverEveryMs),
  ];
  for (const timer of timers) timer.unref();

  return {
    async open(session, actor) {
      const { recorder, fresh, info } = await recordings.open({
        session: session.id,
        target: session.target,
        actor: session.actor,
        actorName: session.actorName,
        startedAt: session.openedAt,
      });
      if (!fresh || info.events > 0) return recorder;
      recorder.write({
        type: "opened",
        at: 0,
        version: 1,
        session: session.id,
        target: session.target,
        kind: session.kind,
        actor: { id: actor.id, name: actor.name, kind: actor.kind },
        reason: session.reason,
        startedAt: session.openedAt,
      });
      const head = await recorder.flush({ sync: true });
      await append(
        {
          kind: "session.opened",
          actor: session.actor,
          session: session.id,
          command: null,
          body: { target: session.target, kind: session.kind, reason: session.reason, actor: actor.kind },
        },
        { anchor: { session: session.id, ...head, endedAt: null } },
      );
      return recorder;
    },
    async close(session, because, by) {
      const info = await recordings.get(session);
      if (!info || info.endedAt !== undefined) return;
      // A recording that failed is closed too: the entry then says that its end is missing.
      const head = await recordings
        .resume(session)
        .then(async (recording) => {
          recording?.recorder.write({ type: "closed", at: sinceOpened(info, now()), because });
          return recording?.recorder.flush({ sync: true });
        })
        .catch(() => undefined);
      const { events, bytes, hash } = head ?? info;
      await append(
        {
          kind: "session.closed",
          actor: by ?? info.actor,
          session,
          command: null,
          body: { because, recording: { events, hash, complete: head !== undefined } },
        },
        { anchor: { session, events, bytes, hash, endedAt: time() } },
      );
      await recordings.release(session).catch(onError);
    },
    block: (command, refusal) =>
      append(draftOf("command.blocked", command, bodyOfCommand(command, refusal)), {
        insert: toInsert(command, "blocked", processes.self, time(), refusal),
      }),
    hold: (command) =>
      append(draftOf("review.opened", command, { ...bodyOfCommand(command), review: command.review }), {
        insert: toInsert(command, "held", processes.self, null),
      }),
    async intend(command) {
      running.add(command.id);
      try {
        const noted = await append(draftOf("command.intent", command, bodyOfCommand(command)), {
          insert: toInsert(command, "running", processes.self, null),
        });
        if (noted.applied) return noted;
        throw new Refusal("conflict", "This command has run or ended already.");
      } catch (error) {
        running.delete(command.id);
        throw error;
      }
    },
    async outcome(ended) {
      const { noted, failure } = await conclude(ended);
      if (failure !== undefined) throw failure;
      return noted;
    },
    async note(draft, ends) {
      if (!ends || draft.command === null) return append(draft);
      const { state, refusal } = ends;
      const ended = printEnded({ refusal, results: [], rowsTo: 0 });
      return append(draft, { end: { id: draft.command, state, finishedAt: time(), ended } });
    },
    commands,
    keys: createCommandKeys({ pool, processes }),
    async resultPage(id, statement, cursor, limit) {
      const record = await commands.get(id);
      const recording = record && (await recordings.get(record.command.session));
      if (!record || !recording) throw new Refusal("not_found", "There is no such result.");
      const recorder = recordings.live(record.command.session);
      const ended = record.command.finishedAt !== undefined;
      const results = ended ? record.results : (recorder?.results(id) ?? []);
      const result = results.find((summary) => summary.statement === statement);
      if (!result) throw new Refusal("not_found", "There is no such result.");
      const rowsTo = ended ? record.rowsTo : ((await recorder?.flush())?.bytes ?? 0);
      if (rowsTo < result.rowsFrom) throw new Refusal("not_found", "This result was not kept.");
      return readResultPage(store, recording.key, { command: id, result, rowsTo }, cursor, limit);
    },
    recordings: {
      get: recordings.get,
      search: (query) => searchRecordings(pool, query),
      follow: recordings.follow,
      export: exports.recording,
    },
    ledger: { ...ledger, export: exports.ledger },
    recover,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await writer.close();
      await ledger.sign().catch(onError);
      commands.close();
      await recordings.releaseAll();
      await processes.close();
    },
  };
}

const sinceOpened = (info: RecordingInfo, now: number) =>
  Math.max(0, Math.round(now - Date.parse(info.startedAt)));
