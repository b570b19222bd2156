import type { Entry } from "../../shared/nouns/entry.ts";
import { firstHash } from "../../shared/recording/format.ts";
import { entryFault } from "../../shared/recording/entry-fault.ts";
import { webPrimitives } from "../../shared/recording/primitives.ts";

/** How the entries shown hold together. `broken`: the first entry that does not, and why. */
export type ChainState =
  | { state: "holds"; from: number; to: number }
  | { state: "broken"; seq: number; why: string };

/** Recomputes each entry's hash and its link to the one before, in order of `seq`. At least one entry. */
export async function checkChain(entries: readonly Entry[]): Promise<ChainState | undefined> {
  let last: Entry | undefined;
  for (const entry of entries) {
    const { previous } = entry;
    const broken = (why: string): ChainState => ({ state: "broken", seq: entry.seq, why });
    if (last !== undefined && entry.seq !== last.seq + 1) return broken(`it follows entry ${last.seq}`);
    const before = last?.hash ?? (entry.seq === 1 ? firstHash : previous);
    if (previous !== before) return broken("it does not continue the entry before");
    const why = await entryFault(entry, webPrimitives);
    if (why !== undefined) return broken(why);
    last = entry;
  }
  const [first] = entries;
  return first && last && { state: "holds", from: first.seq, to: last.seq };
}
