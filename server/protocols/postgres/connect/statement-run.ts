import { DatabaseError, type Connection, type Submittable } from "pg";
import type { Duplex } from "node:stream";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Chunk, Field } from "./chunk.ts";
import type { Step } from "./plan.ts";
import type { CommandComplete, DataRow, NoticeMessage, RowDescription } from "./pg-internals.ts";

/** What may wait for the reader before the target's socket is no longer read. */
const BUFFERED_BYTES = 256 * 1024;
const ROWS_PER_CHUNK = 5_000;
/** pg's parser holds a whole message in memory: a row that is larger ends the connection. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** The socket died under what was being run. */
export class ConnectionLost extends Error {}

/**
 * One statement in the extended protocol, every value as text. Parse, Bind, Describe, Execute and Sync go out in one
 * write, so that a point query costs one round trip. Back-pressure is the socket's: while the reader has not taken
 * what is buffered, nothing more is read, and TCP slows the target. A statement that only reads asks for one row more
 * than is wanted, which tells honestly whether there was more.
 */
export class StatementRun implements Submittable {
  readonly #statement: Step;
  readonly #typeName: (oid: number) => string;
  readonly #queue: Chunk[] = [];
  #stream: Duplex | undefined;
  #bufferedBytes = 0;
  #unparsedBytes = 0;
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
    this.#stream.on("data", this.#measure);
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

  handleDataRow(message: DataRow): void {
    this.#unparsedBytes = 0;
    if (this.#rows >= this.#statement.maxRows) {
      this.#truncated = true;
      return;
    }
    this.#rows++;
    if (this.#discarding) return;
    const last = this.#queue.at(-1);
    if (last?.type === "rows" && last.rows.length < ROWS_PER_CHUNK) {
      last.rows.push(message.fields);
      this.#hold(message.length);
    } else
      this.#push({ type: "rows", statement: this.#statement.index, rows: [message.fields] }, message.length);
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
    this.#unparsedBytes = 0;
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
        yield chunk;
      } else if (this.#done) {
        if (this.#failure) throw this.#failure;
        return;
      } else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  readonly #finish = (): void => {
    this.#stream?.off("data", this.#measure);
    this.#release();
    this.#done = true;
    this.#settle();
    this.#wake?.();
  };

  readonly #measure = (data: Buffer): void => {
    this.#unparsedBytes += data.length;
    if (this.#unparsedBytes <= MAX_MESSAGE_BYTES) return;
    this.#failure = new Refusal("too_large", "A row of the result is larger than the gateway carries.", {
      hint: "Select fewer or shorter columns, for instance with left(column, 1000).",
      extra: { limitBytes: MAX_MESSAGE_BYTES },
    });
    this.#stream?.destroy();
  };

  #push(chunk: Chunk, bytes: number): void {
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
