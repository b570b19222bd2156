import { createHash, hash as digest } from "node:crypto";
import { Refusal } from "../../shared/contract/errors.ts";
import { firstHash } from "../../shared/recording/format.ts";
import { printEvent, type Recordable } from "./recordable.ts";
import { linesOf, type Line } from "../../shared/recording/lines.ts";

/** `<64 hex digits> <JSON>\n`: digits, then a space. */
const digitsLength = 64;
export const jsonStart = digitsLength + 1;
const [newline, brace] = [0x0a, 0x7d];

/** How far a recording has come. */
export type RecordingHead = { events: number; bytes: number; hash: string };

/** Where every recording begins. */
export const noEvents: RecordingHead = { events: 0, bytes: 0, hash: firstHash };

/** A line's digits: SHA-256 over the previous line's digits and the bytes of the JSON. */
function lineHash(previous: string, json: Uint8Array): string {
  return createHash("sha256").update(previous, "latin1").update(json).digest("hex");
}

/** Prints one event as a line behind `previous`; encodes the text once. */
export function encodeLine(previous: string, event: Recordable): { line: Buffer; hash: string } {
  const { text, rows } = printEvent(event);
  const length = Buffer.byteLength(text) + (rows === undefined ? 0 : rows.length + 1);
  const line = room(jsonStart + length + 1);
  // What is hashed stands where the line will be, the previous digits in the place of its own: one call, no copy.
  line.write(previous, jsonStart - digitsLength, "latin1");
  const end = jsonStart + line.write(text, jsonStart, "utf8");
  if (rows !== undefined) {
    line.set(rows, end);
    line[end + rows.length] = brace;
  }
  const hash = digest("sha256", line.subarray(jsonStart - digitsLength, -1));
  line.write(`${hash} `, 0, "latin1");
  line[line.length - 1] = newline;
  return { line, hash };
}

/** Lines stand one behind the other in larger pieces of memory: fresh memory for each costs more than printing it. */
const pieceBytes = 512 * 1024;
let piece = Buffer.alloc(0);
let taken = 0;

function room(bytes: number): Buffer {
  if (bytes > pieceBytes / 4) return Buffer.allocUnsafeSlow(bytes);
  if (taken + bytes > piece.length) {
    piece = Buffer.allocUnsafeSlow(pieceBytes);
    taken = 0;
  }
  taken += bytes;
  return piece.subarray(taken - bytes, taken);
}

const asBuffer = ({ bytes }: Line) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const lineJson = (line: Line): string => asBuffer(line).toString("utf8", jsonStart);

/**
 * The lines of a recording, from `start` to its end, each checked against the chain, and the chain against what the
 * ledger vouches for. Refuses: journal_unavailable at the first line that is not what was written.
 */
export async function* checkedLines(
  chunks: AsyncIterable<Uint8Array>,
  anchor: Pick<RecordingHead, "events" | "hash">,
  start: RecordingHead = noEvents,
): AsyncGenerator<{ line: Line; head: RecordingHead }> {
  const altered = (why: string) => new Refusal("journal_unavailable", `The recording was altered: ${why}.`);
  let head = start;
  for await (const line of linesOf(chunks, start.bytes)) {
    const hash = asBuffer(line).toString("latin1", 0, digitsLength);
    const events = head.events + 1;
    if (lineHash(head.hash, line.bytes.subarray(jsonStart)) !== hash)
      throw altered(`event ${events} breaks its chain`);
    head = { events, bytes: line.to, hash };
    if (events === anchor.events && hash !== anchor.hash)
      throw altered(`event ${events} is not the one that the ledger vouches for`);
    yield { line, head };
  }
  if (head.events < anchor.events) throw altered(`it ends before event ${anchor.events}`);
}
