import type { ClientChannel } from "ssh2";
import type { Connection } from "./connection.ts";
import { PIECE_BYTES, WINDOW_BYTES } from "./limits.ts";
import { grant, takeOverWindow } from "./ssh2-internals.ts";

/** Bytes of a channel's output, in the order of arrival. */
export type Piece = { stream: "stdout" | "stderr"; bytes: Uint8Array };

/**
 * What a host sends on a channel, held until someone takes it. Only then is the host allowed as much again (RFC 4254,
 * 5.2), so that a slow reader slows the program at the host; a host that sends more than it may is hung up on.
 */
export class Inflow {
  /** Resolves when the channel has ended and nothing more comes. */
  readonly ended: Promise<void>;
  readonly #connection: Connection;
  readonly #channel: ClientChannel;
  readonly #pieces: Piece[] = [];
  #heldBytes = 0;
  #takenBytes = 0;
  #hasEnded = false;
  #discards = false;
  #wake: () => void = () => undefined;

  /** `channel` was opened with a window of WINDOW_BYTES. */
  constructor(connection: Connection, channel: ClientChannel) {
    this.#connection = connection;
    this.#channel = channel;
    takeOverWindow(channel);
    channel.on("data", (bytes: Buffer) => this.#arrived({ stream: "stdout", bytes }));
    channel.stderr.on("data", (bytes: Buffer) => this.#arrived({ stream: "stderr", bytes }));
    const closed = [channel, channel.stderr].map(
      (stream) => new Promise<void>((resolve) => stream.once("close", () => resolve())),
    );
    this.ended = Promise.all(closed).then(() => {
      this.#hasEnded = true;
      this.#wake();
    });
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** True when the channel has ended and everything was taken. */
  get isDone(): boolean {
    return this.#hasEnded && this.isEmpty;
  }

  /** What came on one stream and nothing of the other in between, as far as it is one piece's worth. */
  take(): Piece | undefined {
    const [first] = this.#pieces;
    if (first === undefined) return undefined;
    let count = 0;
    let bytes = 0;
    for (const piece of this.#pieces) {
      if (piece.stream !== first.stream || (count > 0 && bytes + piece.bytes.length > PIECE_BYTES)) break;
      count += 1;
      bytes += piece.bytes.length;
    }
    const pieces = this.#pieces.splice(0, count);
    this.#taken(bytes);
    return count === 1
      ? first
      : { stream: first.stream, bytes: Buffer.concat(pieces.map((one) => one.bytes)) };
  }

  /** Drops what is held and what still comes, so that the program at the host can end. */
  discard(): void {
    this.#discards = true;
    while (this.take() !== undefined);
    this.#wake();
  }

  /** One listener, called when there is something to take, and at the end. */
  onWake(listener: () => void): void {
    this.#wake = listener;
  }

  #arrived(piece: Piece): void {
    this.#heldBytes += piece.bytes.length;
    if (this.#heldBytes + this.#takenBytes > WINDOW_BYTES) {
      this.#connection.abandon("The target sent more than it was allowed to.");
      return;
    }
    if (this.#discards) return this.#taken(piece.bytes.length);
    this.#pieces.push(piece);
    this.#wake();
  }

  /** Tells the host only now and then: a message for each piece would cost more than it grants. */
  #taken(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#takenBytes += bytes;
    if (this.#takenBytes < WINDOW_BYTES / 2) return;
    if (this.#connection.gone) return;
    grant(this.#connection.client, this.#channel, this.#takenBytes);
    this.#takenBytes = 0;
  }
}
