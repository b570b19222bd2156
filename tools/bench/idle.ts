import { setTimeout as sleep } from "node:timers/promises";
import type { Gateway } from "./gateway.ts";

export const idleSessions = 1_000;
const first = 100;
const atOnce = 20;
/** Until garbage of the opening is collected. */
const settleMs = 5_000;

/** By how many bytes the gateway's resident memory grows for each session that is open and does nothing. */
export async function measureIdle(gateway: Gateway): Promise<number> {
  const token = await gateway.token("demo-engineer");
  const memory = () => gateway.metric("resident_memory_bytes");
  const open = async (count: number) => {
    for (let n = 0; n < count; n += atOnce)
      await Promise.all(
        Array.from({ length: atOnce }, () =>
          gateway.call(token, "POST", "/api/sessions", { target: "bench", reason: "idle" }),
        ),
      );
  };
  // The first ones pay for what all share.
  await open(first);
  await sleep(settleMs);
  const before = await memory();
  await open(idleSessions - first);
  await sleep(settleMs);
  return ((await memory()) - before) / (idleSessions - first);
}
