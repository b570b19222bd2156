import type {
  Command,
  FileCommand,
  ShellCommand,
  SqlCommand,
  SqlResult,
} from "../../shared/nouns/command.ts";
import type { Shown, Viewer } from "../gate/viewers.ts";

/** Bytes of events that one answer carries; the rest is paged from the recording. */
const maxInlineBytes = 16 * 1024 * 1024;

/** A waiting request's view of its command: gathers events into results, or passes them on as lines. */
export type Collector = Viewer & {
  /** From now on events go to `write` as they come; those that were gathered go first. */
  pass(write: (line: Uint8Array) => Promise<void>): void;
  /** The command with the results that were gathered. */
  fill(command: Command): Command;
};

export function createCollector(): Collector {
  let gathered: Shown[] = [];
  let bytes = 0;
  let cut = false;
  let write: ((line: Uint8Array) => Promise<void>) | undefined;
  let tail = Promise.resolve();

  return {
    show(shown) {
      if (write) {
        const next = write;
        tail = tail.then(() => next(lineOf(shown)));
        return tail;
      }
      // A download's content is fetched by itself, once all of it has been looked at.
      if (shown.event.type === "content") return undefined;
      bytes += shown.json.length;
      if (bytes > maxInlineBytes && (shown.event.type === "rows" || shown.event.type === "bytes")) cut = true;
      else gathered.push(shown);
      return undefined;
    },
    pass(next) {
      write = next;
      const before = gathered;
      gathered = [];
      for (const shown of before) tail = tail.then(() => next(lineOf(shown)));
    },
    fill(command) {
      if (command.kind === "sql") return withRows(command, gathered, cut);
      return command.kind === "shell" ? withOutput(command, gathered, cut) : withListing(command, gathered);
    },
  };
}

/** Rows by statement, with notices where they came. */
function withRows(command: SqlCommand, gathered: readonly Shown[], cut: boolean): SqlCommand {
  const results: SqlResult[] = [];
  for (const { event } of gathered) {
    if (event.type === "columns")
      results[event.statement] = { ...empty, columns: event.columns, rows: [], notices: [] };
    else if (event.type === "rows") append(results[event.statement]?.rows, event.rows.cells());
    else if (event.type === "notice")
      (results.at(-1) ?? (results[0] = { ...empty, rows: [], notices: [] })).notices.push(event.notice);
    else if (event.type === "statement") {
      const result = (results[event.statement] ??= { ...empty, rows: [], notices: [] });
      result.rowCount = event.rowCount;
      result.command = event.tag;
      result.truncated = event.truncated || cut;
    }
  }
  const last = results.at(-1);
  return last === undefined ? command : { ...command, result: last, ...(results.length > 1 && { results }) };
}

/** The output of a shell command; none where it has not ended. */
function withOutput(command: ShellCommand, gathered: readonly Shown[], cut: boolean): ShellCommand {
  const printed = { stdout: "", stderr: "" };
  let result: ShellCommand["result"];
  for (const { event } of gathered) {
    if (event.type === "bytes") printed[event.stream] += event.text;
    if (event.type !== "exit") continue;
    const { code: exitCode, signal, truncated } = event;
    result = { ...printed, exitCode, ...(signal !== undefined && { signal }), truncated: truncated || cut };
  }
  return result === undefined ? command : { ...command, result };
}

/** What a directory holds, or what a transfer came to. */
function withListing(command: FileCommand, gathered: readonly Shown[]): FileCommand {
  let result: FileCommand["result"];
  for (const { event } of gathered)
    if (event.type === "entries") result = { entries: event.entries, truncated: event.truncated };
    else if (event.type === "transfer")
      result = { truncated: false, host: event.host, ...(event.shown && { shown: event.shown }) };
  return result === undefined ? command : { ...command, result };
}

const newline = Buffer.from("\n");
const lineOf = ({ json }: Shown): Uint8Array => Buffer.concat([json, newline]);

/** Rows of a chunk are more than a call's arguments may be. */
function append<T>(to: T[] | undefined, items: readonly T[]): void {
  for (const item of items) to?.push(item);
}

const empty: SqlResult = { columns: [], rows: [], rowCount: 0, command: "", notices: [], truncated: false };
