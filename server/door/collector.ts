import type { CommandId } from "../../shared/ids.ts";
import type { Command, SqlResult } from "../../shared/nouns/command.ts";
import { RecordingEvent } from "../../shared/recording/format.ts";

/** Bytes of events that one answer carries; the rest is paged from the recording. */
const maxInlineBytes = 16 * 1024 * 1024;

/** A waiting request's view of its command: gathers events into results, or passes them on as lines. */
export type Collector = {
  show(json: string, command: CommandId | undefined): void | Promise<void>;
  /** From now on events go to `write` as they come; those that were gathered go first. */
  pass(write: (line: string) => Promise<void>): void;
  /** The command with the results that were gathered. */
  fill(command: Command): Command;
};

export function createCollector(): Collector {
  let gathered: string[] = [];
  let bytes = 0;
  let cut = false;
  let write: ((line: string) => Promise<void>) | undefined;
  let tail = Promise.resolve();

  return {
    show(json) {
      if (write) {
        const next = write;
        tail = tail.then(() => next(json));
        return tail;
      }
      bytes += json.length;
      if (bytes > maxInlineBytes && json.startsWith('{"type":"rows"')) cut = true;
      else gathered.push(json);
      return undefined;
    },
    pass(next) {
      write = next;
      const before = gathered;
      gathered = [];
      for (const line of before) tail = tail.then(() => next(line));
    },
    fill(command) {
      const results: SqlResult[] = [];
      for (const json of gathered) {
        const event = JSON.parse(json) as RecordingEvent;
        if (event.type === "columns")
          results[event.statement] = { ...empty, columns: event.columns, rows: [], notices: [] };
        else if (event.type === "rows") results[event.statement]?.rows.push(...event.rows);
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
      return last === undefined
        ? command
        : { ...command, result: last, ...(results.length > 1 && { results }) };
    },
  };
}

const empty: SqlResult = { columns: [], rows: [], rowCount: 0, command: "", notices: [], truncated: false };
