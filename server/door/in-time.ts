import { Readable } from "node:stream";
import type { Context } from "hono";
import type { Env } from "./rooms.ts";

/** How long a reader may take nothing in. */
export const stallMs = 30_000;

/**
 * Waits for what a reader has to take in; calls `stalled` where that takes longer than `ms`. The wait goes on: whoever
 * is told ends it.
 */
export async function inTime(taken: Promise<unknown>, ms: number, stalled: () => void): Promise<void> {
  const timer = setTimeout(stalled, ms);
  try {
    await taken;
  } finally {
    clearTimeout(timer);
  }
}

/** What is sent piece by piece, as an answer's body. Whoever takes nothing in for `ms` loses the connection. */
export function bodyOf(
  { env }: Pick<Context<Env>, "env">,
  pieces: AsyncIterable<Uint8Array | string>,
  ms = stallMs,
): ReadableStream {
  const paced = async function* (): AsyncGenerator<Uint8Array | string> {
    for await (const piece of pieces) {
      const timer = setTimeout(() => env.incoming.socket.destroy(), ms);
      try {
        yield piece;
      } finally {
        clearTimeout(timer);
      }
    }
  };
  return Readable.toWeb(Readable.from(paced())) as ReadableStream;
}
