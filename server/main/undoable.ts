import type { Logger } from "pino";
import type { Undo } from "./foundation.ts";

/** Runs `work`, which leaves its way back in `undo`; where it fails, what it had started is stopped. */
export async function undoable(
  log: Logger,
  work: (undo: Undo) => Promise<void>,
): Promise<() => Promise<void>> {
  const undo: Undo = [];
  const stop = async () => {
    for (const step of undo.splice(0).toReversed())
      try {
        await step();
      } catch (error) {
        log.error(error, "stopping");
      }
  };
  try {
    await work(undo);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
