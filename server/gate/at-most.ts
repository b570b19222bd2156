import { setTimeout } from "node:timers/promises";

/** Resolves when all of them have ended, whatever came of them, and after so many milliseconds at the latest. */
export async function atMost(ms: number, work: Iterable<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([
    Promise.allSettled(work),
    setTimeout(ms, undefined, { signal: over.signal }).catch(() => undefined),
  ]);
  over.abort();
}
