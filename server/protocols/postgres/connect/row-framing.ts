import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";

/** Who takes a result's rows in. */
export type RowReader = {
  /** Whole DataRow messages, one behind the other. */
  takeRows(messages: Buffer, count: number): void;
  /** A message is larger than the gateway carries; the connection ends with it. */
  takeTooLarge(limitBytes: number): void;
};

/** A message is held until it is whole: one that is larger ends the connection. */
const maxMessageBytes = 32 * 1024 * 1024;
/** A message's type and its length, which counts itself and not the type (protocol 3.0, 55.7). */
const headBytes = 5;
const dataRow = 0x44;

/**
 * Takes the rows out of what a server sends, while somebody reads them: pg, which gets the rest, would make a string of
 * each cell.
 */
export class RowFraming {
  /** Undefined: rows are pg's, as everything else. */
  reader: RowReader | undefined;
  /** A message that has begun: what came of it, and how long it will be, as far as that is known. */
  #parts: Buffer[] = [];
  #held = 0;
  #needed = headBytes;

  /** Listens to a server's socket; gives what pg is to listen to in its place. */
  part(stream: Duplex): EventEmitter {
    const rest = new EventEmitter();
    const hand = (messages: Buffer, rows: number) => {
      if (rows > 0) this.reader?.takeRows(messages, rows);
      else if (messages.length > 0) rest.emit("data", messages);
    };
    stream.on("data", (data: Buffer) => {
      for (let left = data; left.length > 0;)
        left = this.#held > 0 ? this.#complete(left, hand) : this.#scan(left, hand);
      if (this.#needed <= maxMessageBytes) return;
      this.reader?.takeTooLarge(maxMessageBytes);
      stream.destroy();
    });
    stream.once("end", () => rest.emit("end"));
    return rest;
  }

  /** Gives the message that has begun what it lacks; answers what is left. */
  #complete(data: Buffer, hand: Hand): Buffer {
    const lacking = this.#needed - this.#held;
    this.#parts.push(data.subarray(0, lacking));
    this.#held += Math.min(lacking, data.length);
    if (this.#held < this.#needed) return nothing;
    const bytes = Buffer.concat(this.#parts, this.#held);
    if (bytes.length === lengthAt(bytes, 0)) {
      this.#begin(nothing);
      hand(bytes, this.#isRow(bytes, 0) ? 1 : 0);
    } else this.#begin(bytes);
    return data.subarray(lacking);
  }

  /** Hands on whole messages, those of a kind together; what has begun behind them is kept. */
  #scan(data: Buffer, hand: Hand): Buffer {
    let from = 0;
    let rows = 0;
    let at = 0;
    while (at + headBytes <= data.length) {
      const end = at + lengthAt(data, at);
      if (end > data.length) break;
      const isRow = this.#isRow(data, at);
      if (isRow !== rows > 0) {
        hand(data.subarray(from, at), rows);
        from = at;
        rows = 0;
      }
      if (isRow) rows++;
      at = end;
    }
    hand(data.subarray(from, at), rows);
    this.#begin(data.subarray(at));
    return nothing;
  }

  #begin(bytes: Buffer): void {
    this.#parts = [bytes];
    this.#held = bytes.length;
    this.#needed = bytes.length < headBytes ? headBytes : lengthAt(bytes, 0);
  }

  #isRow(bytes: Buffer, at: number): boolean {
    return bytes[at] === dataRow && this.reader !== undefined;
  }
}

type Hand = (messages: Buffer, rows: number) => void;

const nothing = Buffer.alloc(0);
/** Beyond every bound where it does not even count itself. */
function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at + 1);
  return length < headBytes - 1 ? Number.POSITIVE_INFINITY : 1 + length;
}
