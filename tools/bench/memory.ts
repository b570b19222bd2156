import { setTimeout } from "node:timers/promises";
import type { Gateway } from "./gateway.ts";

const lookEveryMs = 250;

/** Runs `work` and gives by how many bytes the gateway's resident memory stood above where it was before. */
export async function growthDuring(gateway: Gateway, work: () => Promise<void>): Promise<number> {
  const memory = () => gateway.metric("resident_memory_bytes");
  const before = await memory();
  let peak = before;
  let running = true;
  const watch = async () => {
    while (running) {
      peak = Math.max(peak, await memory());
      await setTimeout(lookEveryMs);
    }
  };
  const watching = watch();
  try {
    await work();
  } finally {
    running = false;
    await watching;
  }
  return Math.max(peak, await memory()) - before;
}
