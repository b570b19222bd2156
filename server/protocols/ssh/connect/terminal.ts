import type { ClientChannel } from "ssh2";
import type { Permit } from "../../../approval/permit.ts";
import type { Connection } from "./connection.ts";
import type { Channel, ChannelEnd, TerminalExecutable } from "./executable.ts";
import { Inflow } from "./inflow.ts";
import { WRITE_BOUND_BYTES } from "./limits.ts";
import { openChannel } from "./open-channel.ts";
import { begin, type Use } from "./run.ts";

/** See `SshBackend.open`. */
export async function openTerminal(use: Use, permit: Permit, terminal: TerminalExecutable): Promise<Channel> {
  begin(use, permit, terminal.sha256);
  const { command, term, columns, rows } = terminal;
  const channel = await openChannel(use.connection, {
    command,
    pty: { term, cols: columns, rows, width: 0, height: 0 },
  });
  const opened = new Terminal(use.connection, channel);
  const hangUp = () => opened.close();
  if (use.signal.aborted) hangUp();
  use.signal.addEventListener("abort", hangUp, { once: true });
  void opened.closed.then(() => use.signal.removeEventListener("abort", hangUp));
  return opened;
}

class Terminal implements Channel {
  readonly closed: Promise<ChannelEnd>;
  readonly #connection: Connection;
  readonly #channel: ClientChannel;
  readonly #inflow: Inflow;
  #paused = false;
  #ended = false;
  #hungUp = false;
  /** Written, and held back by the host's window. */
  #heldBytes = 0;
  #listener: ((bytes: Uint8Array) => void) | undefined;
  #waiting: (() => void)[] = [];

  constructor(connection: Connection, channel: ClientChannel) {
    this.#connection = connection;
    this.#channel = channel;
    this.#inflow = new Inflow(connection, channel);
    this.#inflow.onWake(() => this.#flow());
    const end = { code: null as number | null, signal: null as string | null };
    channel.on("error", () => undefined);
    channel.on("exit", (code: number | null, signal?: string) => {
      end.code = code;
      end.signal = signal ?? null;
    });
    const stopListening = connection.onSent(() => this.#sent());
    this.closed = new Promise((resolve) => (this.#settle = resolve));
    void this.#inflow.ended.then(() => {
      this.#ended = true;
      stopListening();
      this.#sent();
      this.#end = { ...end, reason: this.#reason() };
      this.#flow();
    });
  }
  #settle: (end: ChannelEnd) => void = () => undefined;
  #end: ChannelEnd | undefined;

  write(bytes: Uint8Array): boolean {
    if (this.#isDeaf) return true;
    this.#heldBytes += bytes.length;
    this.#channel.write(bytes, () => {
      this.#heldBytes -= bytes.length;
      this.#sent();
    });
    return this.#hasRoom;
  }

  drained(): Promise<void> {
    if (this.#hasRoom || this.#isDeaf) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  resize(columns: number, rows: number): void {
    if (!this.#isDeaf) this.#channel.setWindow(rows, columns, 0, 0);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#flow();
  }

  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.#listener = listener;
    this.#flow();
  }

  close(): void {
    if (this.#isDeaf) return;
    this.#hungUp = true;
    this.#inflow.discard();
    this.#channel.close();
    this.#sent();
  }

  get #isDeaf(): boolean {
    return this.#ended || this.#hungUp || this.#connection.gone;
  }

  get #hasRoom(): boolean {
    return this.#heldBytes + this.#connection.unsentBytes < WRITE_BOUND_BYTES;
  }

  #sent(): void {
    if (!this.#hasRoom && !this.#isDeaf) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The listener may pause under way. */
  #flow(): void {
    while (!this.#paused && this.#listener !== undefined) {
      const piece = this.#inflow.take();
      if (piece === undefined) break;
      this.#listener(piece.bytes);
    }
    if (this.#end !== undefined && this.#inflow.isDone) this.#settle(this.#end);
  }

  #reason(): string {
    if (this.#hungUp) return "The gateway closed the terminal.";
    return this.#connection.gone ? "The connection to the target was lost." : "The program ended.";
  }
}
