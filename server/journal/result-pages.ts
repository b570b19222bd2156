import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandId } from "../../shared/ids.ts";
import type { ResultColumn, Row } from "../../shared/nouns/command.ts";
import { RecordingEvent } from "../../shared/recording/format.ts";
import { linesOf } from "../../shared/recording/lines.ts";
import type { ResultSummary } from "./command-row.ts";
import { jsonStart, lineJson } from "./recording-lines.ts";
import type { RecordingStore } from "./recording-store.ts";

/** Rows of one statement, as its viewer saw them; `cursor` leads to the next page where there may be one. */
export type ResultPage = { columns: ResultColumn[]; rows: Row[]; cursor: string | undefined };

const maxPageRows = 10_000;
/** A page ends with the line of the recording that takes it over so many bytes. */
const maxPageBytes = 8 * 1024 * 1024;

/** Where a page begins: the byte of a line, and rows of it that are done. */
type Position = { offset: number; skip: number };

/** Reads a page out of the recording, from the line that the cursor names. Refuses: malformed for a cursor that is not ours. */
export async function readResultPage(
  store: RecordingStore,
  key: string,
  place: { command: CommandId; result: ResultSummary; rowsTo: number },
  cursor: string | undefined,
  limit: number,
): Promise<ResultPage> {
  const { command, result, rowsTo } = place;
  const wanted = Math.max(1, Math.min(limit, maxPageRows));
  const start = cursor === undefined ? { offset: result.rowsFrom, skip: 0 } : parseCursor(cursor);
  if (start.offset < result.rowsFrom || start.offset > rowsTo) throw notOurs();
  if (start.offset > 0) await checkLineStart(store, key, start.offset);

  const rows: Row[] = [];
  let { skip } = start;
  let bytes = 0;
  for await (const line of linesOf(store.read(key, start.offset, rowsTo), start.offset)) {
    if (line.bytes.length <= jsonStart) throw notOurs();
    const event = RecordingEvent.parse(JSON.parse(lineJson(line)));
    if (!("command" in event) || event.command !== command) continue;
    if (event.type === "outcome") break;
    if (event.type === "statement" && event.statement === result.statement) break;
    if (event.type !== "rows" || event.statement !== result.statement) continue;
    const taken = event.rows.slice(skip, skip + wanted - rows.length);
    rows.push(...taken);
    skip += taken.length;
    if (skip < event.rows.length)
      return { columns: result.columns, rows, cursor: printCursor({ offset: line.from, skip }) };
    skip = 0;
    bytes += line.bytes.length;
    if (rows.length === wanted || bytes > maxPageBytes)
      return { columns: result.columns, rows, cursor: printCursor({ offset: line.to, skip }) };
  }
  return { columns: result.columns, rows, cursor: undefined };
}

const printCursor = ({ offset, skip }: Position) => `${offset}.${skip}`;

function parseCursor(cursor: string): Position {
  const match = /^(\d{1,15})\.(\d{1,9})$/.exec(cursor);
  if (!match) throw notOurs();
  return { offset: Number(match[1]), skip: Number(match[2]) };
}

/** JSON holds no raw newline, so what follows one is a line of ours and nothing that a row could forge. */
async function checkLineStart(store: RecordingStore, key: string, offset: number): Promise<void> {
  for await (const bytes of store.read(key, offset - 1, offset)) if (bytes[0] === 0x0a) return;
  throw notOurs();
}

const notOurs = () => new Refusal("malformed", "The cursor is not one of this result's.");
