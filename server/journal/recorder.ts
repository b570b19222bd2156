import { Refusal } from "../../shared/contract/errors.ts";
import type { RecordingEvent } from "../../shared/recording/format.ts";
import { maxLineBytes } from "../../shared/recording/lines.ts";
import type { CommandSummary } from "./command-row.ts";
import type { Recordable } from "./recordable.ts";
import { encodeLine, jsonStart, type RecordingHead } from "./recording-lines.ts";
import type { RecordingBlob } from "./recording-store.ts";

/** Bytes that wait to be written before `drained` makes the writer wait, and before `write` refuses. */
const highWaterBytes = 1024 * 1024;
const maxPendingBytes = 64 * 1024 * 1024;
/** Messages of a statement that a command is kept with, beside those in its recording. */
const maxNotices = 100;
const moreNotices = { severity: "WARNING", message: "More messages came: they are in the recording." };
/** Events that tell nothing of what the target holds: they may be seen while the store is still at them. */
const asideFromAnswers: ReadonlySet<RecordingEvent["type"]> = new Set([
  "opened",
  "command",
  "shell",
  "file",
  "held",
  "vote",
  "state",
  "columns",
  "statement",
  "resize",
  "closed",
]);
/** How long an event may wait for those that follow it, where nobody waits for the store. */
export const storeGatherMs = 5;

/** Writes one session's recording. Once it has failed it refuses everything: the gate then ends the session. */
export type Recorder = {
  /**
   * Adds an event to the chain and returns its JSON's bytes, which frames and answers carry as they are. Refuses:
   * journal_unavailable, and session_closed behind `closed`.
   */
  write(event: Recordable): Buffer;
  /**
   * Resolves once the store holds whatever the target said so far, which may be shown then; at once where it said
   * nothing and little waits. Refuses: journal_unavailable.
   */
  drained(): Promise<void>;
  /** Resolves once everything written is in the store, with `sync` beyond a loss of power. Refuses: journal_unavailable. */
  flush(options?: { sync?: boolean }): Promise<RecordingHead>;
  /** What a running command gave so far; forgets it where it is over. */
  summary(command: string): CommandSummary;
  forget(command: string): void;
  /** Calls back whenever the store holds more; returns the way to stop. */
  onWritten(listener: () => void): () => void;
  close(): Promise<void>;
};

/** Continues a recording at its head. `onFailure` is told once. */
export function createRecorder(
  blob: RecordingBlob,
  start: RecordingHead,
  onFailure: (error: Error) => void,
): Recorder {
  let head = start;
  /** Bytes that the store holds, and those that it must hold before the next event is shown. */
  let stored = start.bytes;
  let answeredTo = start.bytes;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let writing: Promise<void> | undefined;
  let failure: Refusal | undefined;
  let ended = false;
  let closed: Promise<void> | undefined;
  const listeners = new Set<() => void>();
  const summaries = new Map<string, CommandSummary>();

  const fail = (cause: unknown): Refusal => {
    if (failure) return failure;
    failure = new Refusal("journal_unavailable", "The session's recording cannot be written.", { cause });
    pending = [];
    pendingBytes = 0;
    onFailure(failure);
    for (const listener of listeners) listener();
    return failure;
  };

  /** A short command's events go out in one append: its outcome waits for the store, and ends the gathering. */
  let hurry = () => {};
  const gather = () =>
    new Promise<void>((resolve) => {
      const end = setTimeout(resolve, storeGatherMs);
      hurry = () => {
        clearTimeout(end);
        resolve();
      };
    });

  const drain = async () => {
    await gather();
    while (pending.length > 0) {
      const chunks = pending;
      const bytes = pendingBytes;
      pending = [];
      try {
        await blob.append(chunks);
      } catch (error) {
        fail(error);
        break;
      }
      pendingBytes -= bytes;
      stored += bytes;
      for (const listener of listeners) listener();
    }
    writing = undefined;
  };

  const settled = async () => {
    hurry();
    await writing;
    if (failure) throw failure;
  };

  const end = async () => {
    try {
      await settled();
      await blob.sync();
    } finally {
      await blob.close();
    }
  };

  return {
    write(event) {
      if (failure) throw failure;
      // The ledger vouches for what stands up to there: whatever comes later would look like something added.
      if (ended) throw new Refusal("session_closed", "The session's recording has ended.");
      if (pendingBytes > maxPendingBytes) throw fail(new Error("the store does not keep up"));
      const { line, hash } = encodeLine(head.hash, event);
      if (line.length > maxLineBytes)
        throw new Refusal("journal_unavailable", "This is larger than one event of a recording may be.");
      summarise(summaries, event, head.bytes);
      head = { events: head.events + 1, bytes: head.bytes + line.length, hash };
      ended = event.type === "closed";
      if (!asideFromAnswers.has(event.type)) answeredTo = head.bytes;
      pending.push(line);
      pendingBytes += line.length;
      writing ??= drain();
      return line.subarray(jsonStart, -1);
    },
    async drained() {
      if (failure) throw failure;
      if (answeredTo > stored || pendingBytes > highWaterBytes) {
        hurry();
        await writing;
      }
      if (failure) throw failure;
    },
    async flush({ sync = false } = {}) {
      const reached = head;
      await settled();
      // Closing has flushed everything to the disk itself.
      if (sync)
        await (closed ?? blob.sync()).catch((error: unknown) => {
          throw fail(error);
        });
      return reached;
    },
    summary: (command) => summaries.get(command) ?? { results: [] },
    forget: (command) => void summaries.delete(command),
    onWritten(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => (closed ??= end()),
  };
}

type OfFile = Extract<Recordable, { type: "entries" | "content" | "transfer" }>;
type Told = Extract<Recordable, { type: "columns" | "notice" | "statement" | "bytes" | "exit" }> | OfFile;
const told = ["columns", "notice", "statement", "bytes", "exit", "entries", "content", "transfer"];
const isTold = (event: Recordable): event is Told => told.includes(event.type);
const isOfFile = (event: Told): event is OfFile =>
  event.type === "entries" || event.type === "content" || event.type === "transfer";

/** Keeps, for each command that runs, what came of it and where in the recording that begins. */
function summarise(summaries: Map<string, CommandSummary>, event: Recordable, offset: number): void {
  if (!isTold(event)) return;
  const summary: CommandSummary = summaries.get(event.command) ?? { results: [] };
  summaries.set(event.command, summary);
  if (isOfFile(event)) {
    const file = (summary.file ??= { from: offset, truncated: false });
    if (event.type === "entries") file.truncated = event.truncated;
    else if (event.type === "transfer") Object.assign(file, { host: event.host, shown: event.shown });
  } else if (event.type === "bytes" || event.type === "exit") {
    const shell = (summary.shell ??= { from: offset, exitCode: null, truncated: false });
    if (event.type === "exit")
      Object.assign(shell, { exitCode: event.code, signal: event.signal, truncated: event.truncated });
  } else summariseStatement(summary.results, event, offset);
}

function summariseStatement(
  results: CommandSummary["results"],
  event: Exclude<Told, { type: "bytes" | "exit" } | OfFile>,
  offset: number,
): void {
  const at = event.type === "notice" ? (results.at(-1)?.statement ?? 0) : event.statement;
  let result = results.find(({ statement }) => statement === at);
  if (!result) {
    result = {
      statement: at,
      columns: [],
      command: "",
      rowCount: 0,
      notices: [],
      truncated: false,
      rowsFrom: offset,
    };
    results.push(result);
  }
  if (event.type === "columns") result.columns = event.columns;
  else if (event.type === "notice") {
    if (result.notices.length < maxNotices) result.notices.push(event.notice);
    else if (result.notices.length === maxNotices) result.notices.push(moreNotices);
  } else {
    result.command = event.tag;
    result.rowCount = event.rowCount;
    result.truncated = event.truncated;
  }
}
