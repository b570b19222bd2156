import { createFrameScanner, encodeVerdict, type Scanned, type Verdict } from "./codec.ts";

/**
 * Both directions of the protocol with the nonce that they share. Each verdict hands the shell the nonce of what
 * follows; until the shell shows it, the one before is valid too, since a signal may have kept the verdict from it.
 */
export type Link = {
  read(bytes: Uint8Array): Iterable<Scanned>;
  verdict(verdict: Omit<Verdict, "nonce" | "next">): Uint8Array;
};

export function createLink(first: string, nonceSource: () => string): Link {
  let nonce = first;
  let next = nonceSource();
  const scanner = createFrameScanner(() => [nonce, next]);
  return {
    *read(bytes) {
      for (const one of scanner.push(bytes)) {
        if (one.kind === "frame" && one.frame.nonce === next) {
          nonce = next;
          next = nonceSource();
        }
        yield one;
      }
    },
    verdict: (verdict) => encodeVerdict({ ...verdict, nonce, next }),
  };
}
