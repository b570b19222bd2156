import { isAscii, isUtf8 } from "node:buffer";
import { Refusal } from "../../../../shared/contract/errors.ts";

type Cell = string | null;

/** How a column's cells go into `text`: not at all, each on a line of its own, or beside the next column's. */
export type Placed = "left out" | "alone" | "joined";

export type TextOptions = {
  /** Bytes of the shortest cell that is taken. */
  atLeast?: number;
  /** The three bytes of a character in UTF-8 for which `standIn` stands. */
  instead?: readonly [number, number, number];
};
/** A control character: no letter, digit or blank, as little as what it stands for. */
const standIn = 0x01;

/** A message's head: its type, its length without the type, and how many columns follow (protocol 3.0, DataRow). */
const headBytes = 7;
const lengthBytes = 4;
const [comma, quote, open, closed, newline] = [0x2c, 0x22, 0x5b, 0x5d, 0x0a];
const nothing = Buffer.from("null");

/** What JSON writes for a byte that cannot stand in a string as it is (RFC 8259, 7). */
const escapes: readonly (Buffer | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const printed = JSON.stringify(String.fromCharCode(byte)).slice(1, -1);
  return byte < 0x80 && printed.length > 1 ? Buffer.from(printed) : undefined;
});
const plain = Uint8Array.from(escapes, (escape) => (escape === undefined ? 1 : 0));
const longestEscape = 6;

/**
 * What is printed or gathered stands here until the next call: fresh memory for each costs more than the work. Rows of
 * more bytes than fit in any case are a few large ones, which the engine prints.
 */
const scratch = Buffer.allocUnsafeSlow(2 * 1024 * 1024);
const mostInScratch = Math.floor(scratch.length / longestEscape);

/** Rows as the target sent them, whole DataRow messages: decoded where somebody looks at cells. */
export class DataRows {
  readonly #pieces: readonly Buffer[];
  readonly #length: number;

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces;
    this.#length = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** All cells in PostgreSQL's text form, decoded anew by each call. */
  cells(): Cell[][] {
    const rows: Cell[][] = [];
    for (const bytes of this.#pieces)
      for (let at = 0; at < bytes.length; at = rowEnd(bytes, at)) rows.push(decodeRow(bytes, at));
    return rows;
  }

  /** A column's cells from the first on, each decoded when it is asked for. */
  *column(index: number): Generator<Cell, void> {
    for (const bytes of this.#pieces)
      for (let at = 0; at < bytes.length; at = rowEnd(bytes, at))
        yield decodeRow(bytes, at, index, index + 1)[0] ?? null;
  }

  /** `cells()` as JSON, in UTF-8. It is to be copied at once: it stands where the next is printed. */
  json(): Uint8Array {
    if (this.#length > mostInScratch) return Buffer.from(JSON.stringify(this.cells()));
    let to = 0;
    for (const bytes of this.#pieces) to = printRows(bytes, to);
    scratch[0] = open;
    scratch[Math.max(1, to)] = closed;
    const printed = scratch.subarray(0, Math.max(1, to) + 1);
    // A database without an encoding sends any bytes; decoding replaces those that are no text.
    return isUtf8(printed) ? printed : Buffer.from(JSON.stringify(this.cells()));
  }

  /**
   * Some columns' cells as one text, row by row; where a cell beside others is NULL there is a new line.
   */
  text(columns: readonly Placed[], { atLeast = 0, instead }: TextOptions = {}): string {
    // There are no more bytes than came: a cell's length took four, its end takes one.
    const out = this.#length <= scratch.length ? scratch : Buffer.allocUnsafeSlow(this.#length);
    const taken = Uint8Array.from(columns, (placed) => (placed === "left out" ? 0 : 1));
    const ended = Uint8Array.from(columns, (placed) => (placed === "alone" ? 1 : 0));
    const [first = -1, second, third] = instead ?? [];
    let to = 0;
    for (const bytes of this.#pieces)
      for (let at = 0, end = 0; at < bytes.length; at = end) {
        end = rowEnd(bytes, at);
        const width = bytes.readUInt16BE(at + headBytes - 2);
        at += headBytes;
        for (let column = 0; column < width; column++) {
          const length = cellLength(bytes, at, end);
          at += lengthBytes;
          if (taken[column] === 1 && (length >= atLeast || length < 0)) {
            for (const stop = at + length; at < stop; at++) {
              const byte = bytes[at] ?? 0;
              if (byte === first && bytes[at + 1] === second && bytes[at + 2] === third) {
                out[to++] = standIn;
                at += 2;
              } else out[to++] = byte;
            }
            if (length < 0 || ended[column] === 1) out[to++] = newline;
          } else at += Math.max(0, length);
        }
      }
    const text = out.subarray(0, to);
    // Most are ASCII, which is not decoded but copied.
    return text.toString(isAscii(text) ? "latin1" : "utf8");
  }
}

const rowEnd = (bytes: Buffer, at: number): number => at + 1 + bytes.readUInt32BE(at + 1);

/** Decodes the cells of the row at `at`: all, or those from one column to before another. */
function decodeRow(bytes: Buffer, at: number, from = 0, to = Number.POSITIVE_INFINITY): Cell[] {
  const end = rowEnd(bytes, at);
  const width = Math.min(to, bytes.readUInt16BE(at + headBytes - 2));
  const row: Cell[] = [];
  at += headBytes;
  for (let column = 0; column < width; column++) {
    const length = cellLength(bytes, at, end);
    at += lengthBytes;
    if (column >= from) row.push(length < 0 ? null : bytes.toString("utf8", at, at + length));
    at += Math.max(0, length);
  }
  return row;
}

/** Prints rows into the scratch from `to` on, a comma or whatever begins the list before each; gives where they end. */
function printRows(bytes: Buffer, to: number): number {
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    end = rowEnd(bytes, at);
    const width = bytes.readUInt16BE(at + headBytes - 2);
    at += headBytes;
    scratch[to++] = comma;
    scratch[to++] = open;
    for (let column = 0; column < width; column++) {
      const length = cellLength(bytes, at, end);
      at += lengthBytes;
      if (column > 0) scratch[to++] = comma;
      if (length < 0) {
        to += nothing.copy(scratch, to);
        continue;
      }
      scratch[to++] = quote;
      for (const stop = at + length; at < stop; at++) {
        const byte = bytes[at] ?? 0;
        if (plain[byte] === 1) scratch[to++] = byte;
        else to += (escapes[byte] ?? nothing).copy(scratch, to);
      }
      scratch[to++] = quote;
    }
    scratch[to++] = closed;
  }
  return to;
}

/** The length of the cell at `at`; -1: NULL. Refuses `target_unreachable` where it does not end within its row. */
function cellLength(bytes: Buffer, at: number, end: number): number {
  const length = bytes.readInt32BE(at);
  if (length < -1 || at + lengthBytes + length > end)
    throw new Refusal("target_unreachable", "The target sent a row that cannot be read.");
  return length;
}
