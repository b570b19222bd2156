import { DatabaseError, type Connection, type Submittable } from "pg";
import type { Duplex } from "node:stream";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Chunk, Field } from "./chunk.ts";
import type { Step } from "./plan.ts";
import { DataRows } from "./data-rows.ts";
import type { CommandComplete, NoticeMessage, RowDescription } from "./pg-internals.ts";
import type { RowReader } from "./row-framing.ts";

/** What may wait for the reader before the target's socket is no longer read. */
const BUFFERED_BYTES = 256 * 1024;
const ROWS_PER_CHUNK = 5_000;

/** Rows that wait for the reader, as they came. */
type Gathered = { type: "rows"; pieces: Buffer[]; count: number };
type Waiting = Exclude<Chunk, { type: "rows" }> | Gathered;

/** The socket died under what was being run. */
export class ConnectionLost extends Error {}

/**
 * One statement in the extended protocol, every value as text. Parse, Bind, Describe, Execute and Sync go out in one
 * write, so that a point query costs one round trip. Back-pressure is the socket's: while the reader has not taken
 * what is buffered, nothing more is read, and TCP slows the target. A statement that only reads asks for one row more
 * than is wanted, which tells honestly whether there was more.
 */
export class StatementRun implements Submittable, RowReader {
  readonly #statement: Step;
  readonly #typeName: (oid: number) => string;
  readonly #queue: Waiting[] = [];
  #stream: Duplex | undefined;
  #bufferedBytes = 0;
  #rows = 0;
  #tag = "";
  #truncated = false;
  #discarding = false;
  #failure: Error | undefined;
  #done = false;
  #wake: (() => void) | undefined;
  readonly settled: Promise<void>;
  #settle: () => void = () => undefined;

  constructor(statement: Step, typeName: (oid: number) => string) {
    this.#statement = statement;
    this.#typeName = typeName;
    this.settled = new Promise((resolve) => (this.#settle = resolve));
  }

  submit(connection: Connection): void {
    const { text, values, maxRows, writes } = this.#statement;
    this.#stream = connection.stream;
    // After an error pg forgets who asked: the end of the exchange is heard on the connection itself.
    connection.once("readyForQuery", this.#finish);
    connection.stream.cork();
    try {
      connection.parse({ name: "", text, types: [] });
      connection.bind({ portal: "", statement: "", values });
      connection.describe({ type: "P", name: "" });
      // A write runs to its end whatever is read of it: only then does its tag count what it touched.
      connection.execute({ portal: "", rows: writes ? 0 : maxRows + 1 });
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
  }

  handleRowDescription(message: RowDescription): void {
    const fields = message.fields.map((field): Field => ({
      name: field.name,
      typeName: this.#typeName(field.dataTypeID),
      typeOid: field.dataTypeID,
      tableOid: field.tableID,
      columnNumber: field.columnID,
    }));
    this.#push({ type: "columns", statement: this.#statement.index, fields }, 0);
  }

  takeRows(messages: Buffer, count: number): void {
    const wanted = Math.min(count, this.#statement.maxRows - this.#rows);
    if (wanted < count) this.#truncated = true;
    if (wanted === 0) return;
    this.#rows += wanted;
    if (this.#discarding) return;
    const taken = wanted === count ? messages : firstMessages(messages, wanted);
    const last = this.#queue.at(-1);
    if (last?.type === "rows" && last.count < ROWS_PER_CHUNK) {
      last.pieces.push(taken);
      last.count += wanted;
      this.#hold(taken.length);
    } else this.#push({ type: "rows", pieces: [taken], count: wanted }, taken.length);
  }

  takeTooLarge(limitBytes: number): void {
    this.#failure = new Refusal("too_large", "A row of the result is larger than the gateway carries.", {
      hint: "Select fewer or shorter columns, for instance with left(column, 1000).",
      extra: { limitBytes },
    });
  }

  handleNotice(message: NoticeMessage): void {
    const { severity = "NOTICE", message: text = "", code } = message;
    const notice = { severity, message: text, ...(code === undefined ? {} : { code }) };
    if (!this.#discarding) this.#push({ type: "notice", notice }, text.length);
  }

  handleCommandComplete(message: CommandComplete): void {
    this.#tag = message.text;
  }

  handlePortalSuspended(): void {
    this.#tag = `SELECT ${this.#rows}`;
  }

  handleEmptyQuery(): void {
    this.#tag = "";
  }

  handleCopyInResponse(connection: Connection): void {
    this.#failure ??= copyRefusal();
    connection.sendCopyFail("COPY is not offered here");
    // The server ignores the Sync that it had already been sent while it waited for data.
    connection.sync();
  }

  handleCopyData(): void {
    this.#failure ??= copyRefusal();
  }

  handleError(error: Error): void {
    // After the server's own error ReadyForQuery follows, or the end of the connection, which abandons the run.
    if (error instanceof DatabaseError) this.#failure ??= error;
    else this.abandon(error);
  }

  handleReadyForQuery(): void {}

  /** Drops what is buffered and all that still comes, so that the exchange can reach its end. */
  discard(): void {
    this.#discarding = true;
    this.#queue.length = 0;
    this.#release();
    this.#wake?.();
  }

  /** The connection is gone: nothing more will come. */
  abandon(cause?: Error): void {
    if (this.#done) return;
    this.#failure ??= new ConnectionLost("The connection ended.", { cause });
    this.#finish();
  }

  get done(): boolean {
    return this.#done;
  }

  /** What the statement did, once `chunks` has ended. */
  get outcome(): { tag: string; rowCount: number; truncated: boolean } {
    return {
      tag: commandOf(this.#tag),
      rowCount: countOf(this.#tag) ?? this.#rows,
      truncated: this.#truncated,
    };
  }

  /** What arrives, as it arrives, until the server is ready for the next statement. Throws what the server or the socket threw. */
  async *chunks(): AsyncGenerator<Chunk, void> {
    for (;;) {
      const chunk = this.#queue.shift();
      if (chunk) {
        if (this.#queue.length === 0) this.#release();
        if (chunk.type !== "rows") yield chunk;
        else yield { type: "rows", statement: this.#statement.index, rows: new DataRows(chunk.pieces) };
      } else if (this.#done) {
        if (this.#failure) throw this.#failure;
        return;
      } else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  readonly #finish = (): void => {
    this.#release();
    this.#done = true;
    this.#settle();
    this.#wake?.();
  };

  #push(chunk: Waiting, bytes: number): void {
    this.#queue.push(chunk);
    this.#hold(bytes);
    this.#wake?.();
  }

  #hold(bytes: number): void {
    this.#bufferedBytes += bytes;
    if (this.#bufferedBytes > BUFFERED_BYTES) this.#stream?.pause();
  }

  #release(): void {
    this.#bufferedBytes = 0;
    if (this.#stream?.isPaused()) this.#stream.resume();
  }
}

/** The first `count` of some messages. */
function firstMessages(messages: Buffer, count: number): Buffer {
  let end = 0;
  for (let n = 0; n < count; n++) end += 1 + messages.readUInt32BE(end + 1);
  return messages.subarray(0, end);
}

const copyRefusal = () =>
  new Refusal("target_kind", "COPY to or from the client is not offered.", {
    hint:
      "Use SELECT to read, whose rows can be exported; to import, INSERT many VALUES, or INSERT ... SELECT FROM " +
      "jsonb_populate_recordset(NULL::the_table, $1) with all rows as one parameter.",
  });

/** `UPDATE 12` -> `UPDATE`; `INSERT 0 3` -> `INSERT`; `CREATE TABLE` stays. */
const commandOf = (tag: string): string => tag.replace(/(?: \d+)+$/, "");
const countOf = (tag: string): number | undefined => {
  const count = / (\d+)$/.exec(tag)?.[1];
  return count === undefined ? undefined : Number(count);
};
