import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandId, SessionId } from "../../shared/ids.ts";
import type { FileEntry } from "../../shared/nouns/command.ts";
import type { FoundRecording } from "../../shared/nouns/recording.ts";
import { connectionOf } from "../db/connection.ts";
import type { Database } from "../db/database.ts";
import type { Notifier } from "../db/notify.ts";
import { createArchives, type Archives } from "./archive.ts";
import { createAppend, type Noted, type NoteWithin } from "./append.ts";
import type { Draft } from "./chain.ts";
import { createCommandEvidence, type CommandEvidence, type Outcome } from "./command-evidence.ts";
import { createCommandKeys, type CommandKeys } from "./command-keys.ts";
import { printEnded, type CommandRefusal } from "./command-row.ts";
import { createCommands, type Commands } from "./commands.ts";
import { createExports, type Exports } from "./exports.ts";
import { readFileEntries, readFileText, type CommandPlace } from "./file-content.ts";
import { createLedgerReader, type LedgerReader } from "./ledger-reader.ts";
import { createLedgerWriter } from "./ledger-writer.ts";
import { joinProcesses } from "./processes.ts";
import type { RecordingStore } from "./recording-store.ts";
import { createHolds, type Holds } from "./holds.ts";
import type { OtherTexts } from "./removals.ts";
import { createRetention, type KeepRules, type Retention, type TagsByTarget } from "./retention.ts";
import { createRecordings, type RecordingInfo } from "./recordings.ts";
import { repeat } from "./repeat.ts";
import { createVerification, type Verification } from "./verification.ts";
import { readResultPage, type ResultPage } from "./result-pages.ts";
import { readShellOutput, type ShellOutput } from "./shell-output.ts";
import { searchRecordings, type RecordingQuery } from "./search.ts";
import { createSessionEvidence, type SessionEvidence } from "./session-evidence.ts";
import { openKeyring, type Keyring, type KeySeal } from "./keyring.ts";

/** How often the head is signed where it moved, and commands of dead processes are looked for. */
const checkpointEveryMs = 60_000;
const recoverEveryMs = 15_000;
/** How often a step of the background work is done. */
const defaultWorkEveryMs = 1_000;
/** Days are what retention counts in. */
const retainEveryMs = 10_000;
const defaultVerifyEveryMs = 15 * 60_000;
const keepEverything: KeepRules = { recordings: [], texts: [] };

/**
 * Evidence: what is durable before an effect, what was seen, and what came of it. Every promise of an entry resolves
 * after the commit and refuses with journal_unavailable where there was none.
 */
export type Journal = SessionEvidence &
  Omit<CommandEvidence, "quiet" | "abandon"> & {
    /**
     * Any other entry; `ends` also moves its held command to a final state, in the same commit. Refuses: conflict where
     * that is not held any more, and then there is no entry either: of two gateways that would end it, one does.
     */
    note(draft: Draft, ends?: { state: Outcome["state"]; refusal?: CommandRefusal }): Promise<Noted>;
    noteWithin: NoteWithin;

    commands: Pick<Commands, "get" | "among" | "list" | "held" | "waitFor">;
    keys: CommandKeys;
    /** Rows of a command's statement (0-based), out of its recording. Refuses: not_found, malformed. */
    resultPage(
      command: CommandId,
      statement: number,
      cursor: string | undefined,
      limit: number,
    ): Promise<ResultPage>;
    /** What a shell command that has ended printed, out of its recording. */
    shellOutput(command: CommandId): Promise<ShellOutput>;
    /** What a file command that has ended listed, out of its recording. */
    fileEntries(command: CommandId): Promise<FileEntry[]>;
    /** The text that it downloaded. Refuses: removed, where retention has taken the recording away. */
    fileText(command: CommandId): Promise<AsyncIterable<string>>;
    recordings: {
      get(session: SessionId): Promise<RecordingInfo | undefined>;
      /** Sessions whose recordings are open and this process's to close: its own, and those of processes that have died. */
      unfinished(): Promise<SessionId[]>;
      /** Events that there are by now. Refuses: not_found. */
      length(session: SessionId): Promise<number>;
      search(query: RecordingQuery): Promise<{ recordings: FoundRecording[]; cursor: SessionId | undefined }>;
      /** Events as JSON, from number `from` (0-based), and as they are written until the session ends. */
      follow(session: SessionId, options?: { from?: number; signal?: AbortSignal }): AsyncGenerator<string>;
      export: Exports["recording"];
    };
    evidence: Pick<Verification, "status" | "alarms"> & {
      /** One step of the check that goes on in the background. */
      verify: Verification["step"];
      archive: Archives["make"];
    };
    retention: Retention;
    holds: Holds;
    ledger: LedgerReader & { export: Exports["ledger"]; rotateKey: Keyring["rotate"] };
    /** Signs the head and lets go of everything. Sessions stay as they are, to be continued. */
    stop(): Promise<void>;
  };

/**
 * Opens the journal; commands of processes that died get their outcome first. Refuses: journal_unavailable where the
 * ledger is not what this gateway signed. `onRecorderFailure` is told once when a session's recording can no longer be written.
 */
export async function createJournal(dependencies: {
  database: Database;
  notifier: Notifier;
  recordings: RecordingStore;
  vault: KeySeal;
  now: () => number;
  onRecorderFailure?: (session: SessionId, error: Error) => void;
  /** After how long the whole evidence is checked again. */
  verifyEveryMs?: number;
  workEveryMs?: number;
  /** What is removed when, and the tags by which rules tell targets apart. */
  keep?: KeepRules;
  tags?: () => Promise<TagsByTarget>;
  texts: OtherTexts;
  /** Told about failures of work that nobody waits for. */
  onError?: (error: unknown) => void;
}): Promise<Journal> {
  const { database, notifier, recordings: store, vault, texts, now } = dependencies;
  const { onRecorderFailure = () => {}, onError = () => {} } = dependencies;
  const { verifyEveryMs = defaultVerifyEveryMs, workEveryMs = defaultWorkEveryMs } = dependencies;
  const { pool } = database;
  const keyring = await openKeyring({ pool, vault, now });
  const ledger = createLedgerReader({ pool, keyring, now });
  await ledger.check();
  const processes = await joinProcesses(database);
  const writer = createLedgerWriter({ pool, keyring, now });
  const commands = createCommands({ pool, notifier });
  const recordings = createRecordings({ pool, store, processes, onFailure: onRecorderFailure });
  const exports = createExports({ recordings, store, ledger, keyring, now });
  const append = createAppend({ writer, commands, notifier, onError });
  const evidence = createCommandEvidence({ pool, append, recordings, processes, now, onError });
  const { quiet, abandon, ...ofCommands } = evidence;
  const ofSessions = createSessionEvidence({
    append,
    recordings,
    commands: { quiet, abandon },
    now,
    onError,
  });

  const verification = createVerification({
    pool,
    store,
    keyring,
    append,
    notifier,
    now,
    everyMs: verifyEveryMs,
    onError,
  });

  await evidence.recover();
  const { keep: rules = keepEverything, tags = async () => new Map() } = dependencies;
  const retention = createRetention({ pool, store, append, texts, rules, tags, now });
  const background = [
    repeat(workEveryMs, () => verification.step().catch(onError)),
    repeat(Math.max(workEveryMs, retainEveryMs), () => retention.step().catch(onError)),
  ];
  const timers = [
    setInterval(() => void ledger.sign().catch(onError), checkpointEveryMs),
    setInterval(() => void evidence.recover().catch(onError), recoverEveryMs),
  ];
  for (const timer of timers) timer.unref();

  /** Where a file command's events stand; undefined where it gave nothing. */
  const placeOf = async (id: CommandId): Promise<CommandPlace | undefined> => {
    const record = await commands.get(id);
    const recording = record && (await recordings.get(record.command.session));
    const from = record?.file?.from;
    if (!recording || from === undefined) return undefined;
    return { key: recording.key, command: id, from, to: record.rowsTo };
  };

  return {
    ...ofSessions,
    ...ofCommands,
    async note(draft, ends) {
      if (!ends || draft.command === null) return append(draft);
      const { state, refusal } = ends;
      const ended = printEnded({ refusal, results: [], rowsTo: 0 });
      const finishedAt = new Date(now()).toISOString();
      return append(draft, { end: { id: draft.command, state, finishedAt, ended }, guard: "while held" });
    },
    noteWithin: (transaction, draft) => writer.appendWithin(connectionOf(transaction), draft),
    commands,
    keys: createCommandKeys({ pool, processes }),
    async resultPage(id, statement, cursor, limit) {
      const record = await commands.get(id);
      const recording = record && (await recordings.get(record.command.session));
      if (!record || !recording) throw new Refusal("not_found", "There is no such result.");
      const recorder = recordings.live(record.command.session);
      const ended = record.command.finishedAt !== undefined;
      const results = ended ? record.results : (recorder?.summary(id).results ?? []);
      const result = results.find((summary) => summary.statement === statement);
      if (!result) throw new Refusal("not_found", "There is no such result.");
      const rowsTo = ended ? record.rowsTo : ((await recorder?.flush())?.bytes ?? 0);
      if (rowsTo < result.rowsFrom) throw new Refusal("not_found", "This result was not kept.");
      return readResultPage(store, recording.key, { command: id, result, rowsTo }, cursor, limit);
    },
    async shellOutput(id) {
      const record = await commands.get(id);
      const recording = record && (await recordings.get(record.command.session));
      const shell = record?.shell;
      if (!record || !recording || shell === undefined) return { stdout: "", stderr: "", truncated: false };
      return readShellOutput(store, recording.key, { command: id, from: shell.from, to: record.rowsTo });
    },
    async fileEntries(id) {
      const place = await placeOf(id);
      return place === undefined ? [] : readFileEntries(store, place);
    },
    async fileText(id) {
      const place = await placeOf(id);
      if (place === undefined) throw new Refusal("not_found", "It gave no content.");
      if ((await store.size(place.key)) === undefined)
        throw new Refusal("removed", "The recording that held it was removed by retention.");
      return readFileText(store, place);
    },
    recordings: {
      get: recordings.get,
      unfinished: recordings.unfinished,
      length: recordings.length,
      search: (query) => searchRecordings(pool, query),
      follow: recordings.follow,
      export: exports.recording,
    },
    evidence: {
      ...verification,
      verify: verification.step,
      archive: createArchives({ pool, append, ledger, exports, keyring, reviews: texts.reviews, now }).make,
    },
    retention,
    holds: createHolds({ pool, writer, now }),
    ledger: { ...ledger, export: exports.ledger, rotateKey: keyring.rotate },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(background.map(({ stop }) => stop()));
      await writer.close();
      await ledger.sign().catch(onError);
      commands.close();
      await recordings.releaseAll();
      await processes.close();
    },
  };
}
