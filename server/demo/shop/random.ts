/** The same numbers for the same seed, on every machine. */
export type Random = {
  /** Whole number from 0 to `below` - 1. */
  below(below: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
  digits(count: number): string;
};

/** mulberry32 (public domain, Tommy Ettinger): 32 bits of state, good enough for made-up people. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (list) => list[below(list.length)] ?? list[0],
    digits: (count) => Array.from({ length: count }, () => below(10)).join(""),
  };
}
