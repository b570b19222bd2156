import { canonicalJson } from "../../shared/canonical.ts";
import type { Entry } from "../../shared/nouns/entry.ts";
import { firstHash } from "../../shared/recording/format.ts";
import { hex } from "../../shared/recording/primitives.ts";

/** How the entries shown hold together. `broken`: the first entry that does not, and why. */
export type ChainState =
  | { state: "holds"; from: number; to: number }
  | { state: "broken"; seq: number; why: string };

/** Recomputes each entry's hash and its link to the one before, in order of `seq`. At least one entry. */
export async function checkChain(entries: readonly Entry[]): Promise<ChainState | undefined> {
  let last: Entry | undefined;
  for (const entry of entries) {
    const { previous, hash, ...hashed } = entry;
    const broken = (why: string): ChainState => ({ state: "broken", seq: entry.seq, why });
    if (last !== undefined && entry.seq !== last.seq + 1) return broken(`it follows entry ${last.seq}`);
    const before = last?.hash ?? (entry.seq === 1 ? firstHash : previous);
    if (previous !== before) return broken("it does not continue the entry before");
    const bytes = new TextEncoder().encode(previous + canonicalJson(hashed));
    if (hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))) !== hash)
      return broken("its hash does not fit: it is not what was written");
    last = entry;
  }
  const [first] = entries;
  return first && last && { state: "holds", from: first.seq, to: last.seq };
}
