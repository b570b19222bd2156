import { DatabaseError, type Client, type CustomTypesConfig } from "pg";
import type { Refusal } from "../../../../shared/contract/errors.ts";
import type { NoticeMessage } from "./pg-internals.ts";
import type { RowFraming } from "./row-framing.ts";
import { restoreSettings } from "./settings.ts";
import { requestCancel, type VettedAddress } from "./socket.ts";
import { ConnectionLost, type StatementRun } from "./statement-run.ts";

/** How long a cancelled statement may take to end before its connection is given up. */
const CANCEL_GRACE_MS = 5_000;

/** How long making the connection clean for the next command may take. */
const RELEASE_TIMEOUT_MS = 10_000;

/** An open client: what it runs, how that is stopped, and how the client is made clean for the next command. */
export class Connection {
  readonly closed: Promise<string>;
  #busy = false;
  #stopped: Refusal | undefined;
  #drifted = false;
  #ended = false;
  #closing = false;
  #farewell: string | undefined;
  #running: StatementRun | undefined;
  /** Fixed SQL of ours that is under way. */
  #query: Promise<unknown> | undefined;
  #cancelling: Promise<void> | undefined;
  readonly #client: Client;
  readonly #framing: RowFraming;
  readonly #address: VettedAddress;

  constructor({ client, framing }: { client: Client; framing: RowFraming }, address: VettedAddress) {
    this.#client = client;
    this.#framing = framing;
    this.#address = address;
    // pg wants a listener; what the error was is told by `end` and by the server's last words.
    client.on("error", () => undefined);
    client.connection.on("errorMessage", ({ code }: DatabaseError) => {
      if (endsConnection(code)) this.#farewell = code;
    });
    client.on("notice", (notice: NoticeMessage) => this.#running?.handleNotice(notice));
    client.connection.on("parameterStatus", () => (this.#drifted = true));
    this.closed = new Promise((resolve) => {
      client.once("end", () => {
        this.#ended = true;
        this.#running?.abandon();
        resolve(this.#reason());
      });
    });
  }

  get pid(): number {
    return this.#client.processID ?? 0;
  }

  get ended(): boolean {
    return this.#ended || this.#closing;
  }

  /** Why the command was stopped from outside, if it was. */
  get stopped(): Refusal | undefined {
    return this.#stopped;
  }

  /** `idle` outside a transaction, `open` inside one, `failed` inside one that can only be rolled back. */
  get transaction(): "idle" | "open" | "failed" {
    const status = this.#client.getTransactionStatus();
    return status === "I" ? "idle" : status === "T" ? "open" : "failed";
  }

  /** Starts a statement; its chunks come from the run itself. */
  start(run: StatementRun): void {
    if (this.#ended) throw new ConnectionLost("The connection has ended.");
    this.#running = run;
    this.#framing.reader = run;
    this.#client.query(run);
  }

  /** Runs fixed SQL of ours in the simple protocol; gives the last statement's rows as text. */
  async query(sql: string): Promise<(string | null)[][]> {
    if (this.#ended) throw new ConnectionLost("The connection has ended.");
    this.#framing.reader = undefined;
    const answer = this.#client.query<(string | null)[]>({ text: sql, rowMode: "array", types: textual });
    this.#query = answer;
    try {
      return [await answer].flat().at(-1)?.rows ?? [];
    } catch (error) {
      if (error instanceof DatabaseError) throw error;
      throw new ConnectionLost("The connection ended.", { cause: error });
    } finally {
      this.#query = undefined;
    }
  }

  /** True while a command holds the connection. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Takes the connection for one command, until `release`. */
  hold(): void {
    this.#busy = true;
    this.#stopped = undefined;
  }

  /**
   * Stops the command: cancels at the server what it runs, and drops what still comes. The first reason stays.
   * Resolves when the server has taken the request. A statement that does not end then loses its connection.
   */
  stop(reason: Refusal): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    this.#stopped ??= reason;
    this.#running?.discard();
    if (!this.exchanging || this.#ended) return Promise.resolve();
    return (this.#cancelling ??= this.#cancel());
  }

  /**
   * Ends a command: waits for what is on its way, rolls back what is open, puts changed settings back. Where that
   * cannot be had the connection is ended.
   */
  async release(): Promise<void> {
    await this.#exchanged();
    const cancelled = this.#cancelling;
    await cancelled;
    const patience = setTimeout(() => this.#giveUp(), RELEASE_TIMEOUT_MS);
    try {
      // A cancel signal can arrive late: this takes it instead of the next command.
      if (cancelled && !this.#ended) await this.query("SELECT").catch(ignore);
      if (this.transaction !== "idle" && !this.#ended) await this.query("ROLLBACK");
      if (this.#drifted && !this.#ended) await this.restore();
    } catch {
      this.#giveUp();
    }
    clearTimeout(patience);
    this.#cancelling = undefined;
    this.#running = undefined;
    this.#busy = false;
  }

  /** Puts all settings and the role back to those of the start, after `first`, in one round trip. */
  async restore(first = ""): Promise<void> {
    await this.query(first + restoreSettings);
    this.#drifted = false;
  }

  /** Notes that settings may have changed where the server does not report it. */
  drift(): void {
    this.#drifted = true;
  }

  /** Ends the connection, after a cancel where something runs. */
  async close(reason: Refusal): Promise<void> {
    if (this.#ended) return;
    this.#closing = true;
    await this.stop(reason);
    await this.#client.end();
  }

  /** True while the server works at something. */
  get exchanging(): boolean {
    return this.#query !== undefined || this.#running?.done === false;
  }

  /** Settles when the server is ready after what was sent last, or gone. */
  async #exchanged(): Promise<void> {
    await this.#running?.settled;
    await this.#query?.catch(ignore);
  }

  async #cancel(): Promise<void> {
    const { processID, secretKey } = this.#client;
    const patience = setTimeout(() => this.#giveUp(), CANCEL_GRACE_MS);
    void this.#exchanged().then(() => clearTimeout(patience));
    // Where the request cannot be made, ending the connection is the one stop that is left.
    if (processID === null || secretKey === null) this.#giveUp();
    else await requestCancel(this.#address, processID, secretKey).catch(() => this.#giveUp());
  }

  #giveUp(): void {
    this.#client.connection.stream.destroy();
  }

  #reason(): string {
    if (this.#closing) return "The gateway closed the connection.";
    return this.#farewell === undefined
      ? "The connection to the target was lost."
      : `The target ended the connection (SQLSTATE ${this.#farewell}).`;
  }
}

/** Operator intervention, connection exceptions, idle-in-transaction timeout: the server hangs up after these. */
export const endsConnection = (code = ""): boolean => /^(57P|08|25P03)/.test(code);

const textual: CustomTypesConfig = { getTypeParser: () => (value: string) => value };
const ignore = () => undefined;
