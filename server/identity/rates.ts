import { Refusal } from "../../shared/contract/errors.ts";

/** How often something may be done, for each of many: actors, addresses. In the memory of one process. */
export type Rates = {
  /** Throws `rate_limited`, with `retryAfterSeconds`, where `key` has nothing left. */
  check(key: string): void;
  /** Does it once more. Where nothing is left, nothing more is taken. */
  spend(key: string): void;
};

/** Keys that are remembered; who has been away longest is forgotten first, and then has all again. */
const maxKeys = 10_000;

/**
 * A token bucket for each key: `atOnce` may be done at once, and then `perSecond` as time goes by. `what`
 * ends the sentence "Too many ...".
 */
export function createRates({
  perSecond,
  atOnce,
  what,
  now,
}: {
  perSecond: number;
  atOnce: number;
  what: string;
  /** Milliseconds since 1970. */
  now: () => number;
}): Rates {
  const buckets = new Map<string, { left: number; at: number }>();
  const leftOf = (key: string): number => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return atOnce;
    return Math.min(atOnce, bucket.left + (Math.max(0, now() - bucket.at) / 1000) * perSecond);
  };
  return {
    check(key) {
      const missing = 1 - leftOf(key);
      if (missing <= 0) return;
      const retryAfterSeconds = Math.max(1, Math.ceil(missing / perSecond));
      throw new Refusal("rate_limited", `Too many ${what}.`, {
        hint: `Try again in ${retryAfterSeconds} s.`,
        extra: { retryAfterSeconds },
      });
    },
    spend(key) {
      const left = Math.max(0, leftOf(key) - 1);
      buckets.delete(key);
      buckets.set(key, { left, at: now() });
      const [oldest] = buckets.keys();
      if (buckets.size > maxKeys && oldest !== undefined) buckets.delete(oldest);
    },
  };
}

/** Where a connection comes from, as far as it is one sender's: an IPv6 network of 64 bits is. */
export function networkOf(address: string | undefined): string {
  const plain = (address ?? "").replace(/^::ffff:(?=\d+\.)/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => "0");
  return `${[...front, ...zeros, ...back].slice(0, 4).join(":")}::`;
}
