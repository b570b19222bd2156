import type { Client, ClientErrorExtensions } from "ssh2";
import type { Route } from "./route.ts";
import { printable } from "./words.ts";

/** How long the host may take to hang up when told, in milliseconds. */
const FAREWELL_MS = 1_000;

/** An open way to a host, and whether it still is one. */
export class Connection {
  readonly client: Client;
  /** Resolves with the reason, in words, when the connection is gone. */
  readonly closed: Promise<string>;
  /** True while a command runs: one at a time. */
  busy = false;
  readonly #route: Route;
  #gone = false;
  readonly #endings = new Set<Promise<unknown>>();
  #reason = "The connection to the target was lost.";

  constructor(route: Route) {
    const { client } = route;
    this.client = client;
    this.#route = route;
    // After any of these ssh2's protocol object throws where it is used.
    client.on("error", (error) => this.#failed(error));
    client.on("end", () => (this.#gone = true));
    this.closed = new Promise((resolve) => {
      client.once("close", () => {
        this.#gone = true;
        for (const jump of route.jumps) jump.end();
        route.socket.destroy();
        resolve(this.#reason);
      });
    });
    for (const jump of route.jumps) jump.on("error", (error) => this.#failed(error));
  }

  /** Nothing can be sent any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Has `end` wait for something to be over at the host; it never rejects. */
  endsAfter(work: Promise<unknown>): void {
    this.#endings.add(work);
    void work.then(() => this.#endings.delete(work));
  }

  /** Bytes that the gateway has written and the network not yet taken. */
  get unsentBytes(): number {
    return this.#route.socket.writableLength;
  }

  /** Calls back each time when the network has taken everything that was written. */
  onSent(listener: () => void): () => void {
    this.#route.socket.on("drain", listener);
    return () => this.#route.socket.off("drain", listener);
  }

  /** For a host that does not keep to the protocol. */
  abandon(reason: string): void {
    this.#gone = true;
    this.#reason = reason;
    this.#route.socket.destroy();
  }

  /** Waits so long for what is ending at the host; then hangs up. */
  async end(patienceMs: number): Promise<void> {
    const patience = setTimeout(() => this.#hangUp(), patienceMs);
    await Promise.race([Promise.all(this.#endings), this.closed]);
    clearTimeout(patience);
    this.#hangUp();
    await this.closed;
  }

  #hangUp(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#reason = "The gateway closed the connection.";
    this.client.end();
    const farewell = setTimeout(() => this.#route.socket.destroy(), FAREWELL_MS);
    void this.closed.then(() => clearTimeout(farewell));
  }

  #failed(error: Error & ClientErrorExtensions): void {
    if (this.#gone) return;
    this.abandon(reasonOf(error));
  }
}

function reasonOf(error: Error & ClientErrorExtensions): string {
  if (error.message === "Keepalive timeout") return "The target stopped answering.";
  if ("code" in error && typeof error.code === "number")
    return `The target ended the connection: “${printable(error.message)}”.`;
  return "The connection to the target was lost.";
}
