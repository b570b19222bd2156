import type { ClientChannel } from "ssh2";
import type { Permit } from "../../../approval/permit.ts";
import type { Connection } from "./connection.ts";
import type { Channel, ChannelEnd, TerminalExecutable } from "./executable.ts";
import { Inflow } from "./inflow.ts";
import { WRITE_BOUND_BYTES } from "./limits.ts";
import { openChannel } from "./open-channel.ts";
import { answered, begin, type Use } from "./run.ts";

/** See `SshBackend.open`. */
export async function openTerminal(use: Use, permit: Permit, terminal: TerminalExecutable): Promise<Channel> {
  begin(use, permit, terminal.sha256);
  const { command, term, columns, rows } = terminal;
  const pty = { term, cols: columns, rows, width: 0, height: 0 };
  const channel = await answered(use, openChannel(use.connection, { command, pty }));
  const opened = new Terminal(use.connection, channel, use.limits.stopMs);
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
  /** How long the host may take to answer a hang-up, in milliseconds. */
  readonly #stopMs: number;
  readonly #stopListening: () => void;
  #patience: NodeJS.Timeout | undefined;
  #paused = false;
  #hungUp = false;
  /** Written, and held back by the host's window. */
  #heldBytes = 0;
  #listener: ((bytes: Uint8Array) => void) | undefined;
  #waiting: (() => void)[] = [];
  #exit: Pick<ChannelEnd, "code" | "signal"> = { code: null, signal: null };
  #end: ChannelEnd | undefined;
  #settle: (end: ChannelEnd) => void = () => undefined;

  constructor(connection: Connection, channel: ClientChannel, stopMs: number) {
    this.#connection = connection;
    this.#channel = channel;
    this.#stopMs = stopMs;
    this.#inflow = new Inflow(connection, channel);
    this.#inflow.onWake(() => this.#flow());
    // What the program no longer reads is no error of the terminal.
    channel.on("error", () => undefined);
    channel.on("exit", (code: number | null, signal?: string) => {
      this.#exit = { code, signal: signal ?? null };
    });
    this.#stopListening = connection.onSent(() => this.#sent());
    this.closed = new Promise((resolve) => (this.#settle = resolve));
    void this.#inflow.ended.then(() => this.#finish());
  }

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
    const wasDeaf = this.#isDeaf;
    this.#hungUp ||= !wasDeaf;
    this.#inflow.discard();
    if (wasDeaf) return;
    this.#channel.close();
    this.#sent();
    this.#patience = setTimeout(() => this.#finish(), this.#stopMs);
  }

  get #isDeaf(): boolean {
    return this.#end !== undefined || this.#hungUp || this.#connection.gone;
  }

  get #hasRoom(): boolean {
    return this.#heldBytes + this.#connection.unsentBytes < WRITE_BOUND_BYTES;
  }

  #sent(): void {
    if (!this.#hasRoom && !this.#isDeaf) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #finish(): void {
    clearTimeout(this.#patience);
    this.#stopListening();
    this.#end ??= { ...this.#exit, reason: this.#reason() };
    this.#sent();
    this.#flow();
  }

  /** The listener may pause under way. */
  #flow(): void {
    while (!this.#paused && this.#listener !== undefined) {
      const piece = this.#inflow.take();
      if (piece === undefined) break;
      this.#listener(piece.bytes);
    }
    if (this.#end !== undefined && this.#inflow.isEmpty) this.#settle(this.#end);
  }

  #reason(): string {
    if (this.#hungUp) return "The gateway closed the terminal.";
    return this.#connection.gone ? "The connection to the target was lost." : "The program ended.";
  }
}
