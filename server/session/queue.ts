import { setMaxListeners } from "node:events";
import { Refusal } from "../../shared/contract/errors.ts";

export type Queue = {
  /**
   * Runs `work` alone, after everything that came before it. Throws `session_busy` where too many wait, and what
   * `signal` was aborted with to those who still wait.
   */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Whether something runs or waits. */
  busy(): boolean;
};

/** One at a time, first come, first served, bounded. `signal`'s reason has to be an error. */
export function createQueue({ maxWaiting, signal }: { maxWaiting: number; signal: AbortSignal }): Queue {
  let last: Promise<void> = Promise.resolve();
  let inside = 0;
  // Each of those who wait listens, and so do those who run: no leak.
  setMaxListeners(0, signal);

  return {
    busy: () => inside > 0,
    async exclusive(work) {
      signal.throwIfAborted();
      if (inside > maxWaiting)
        throw new Refusal("session_busy", `The session has ${maxWaiting} commands waiting already.`, {
          hint: "Wait for one to end, or open another session.",
        });
      const isAlone = inside === 0;
      inside++;
      const before = last;
      let leave = () => {};
      const left = new Promise<void>((resolve) => (leave = resolve));
      // Whoever gives up waiting must not let the next one overtake those before.
      last = before.then(() => left);
      try {
        if (!isAlone) await turn(before, signal);
        return await work();
      } finally {
        inside--;
        leave();
      }
    },
  };
}

async function turn(before: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    await Promise.race([before, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
  signal.throwIfAborted();
}
