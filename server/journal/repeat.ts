import { setTimeout } from "node:timers/promises";

/** Does `work` again and again, never twice at once, with `pauseMs` in between. `stop` waits for the last one. */
export function repeat(pauseMs: number, work: () => Promise<void>): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const going = (async () => {
    while (!stopping.signal.aborted) {
      await setTimeout(pauseMs, undefined, { ref: false, signal: stopping.signal }).catch(() => undefined);
      if (!stopping.signal.aborted) await work();
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await going;
    },
  };
}
