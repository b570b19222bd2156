import type { Span } from "./timeline.ts";

export const speeds = [1, 2, 4] as const;
export type Speed = (typeof speeds)[number];

/** Shown of a quiet stretch before and after the part that is skipped. */
const leadMs = 600;

export type Advance = {
  /** Milliseconds of real time since the last advance. */
  elapsedMs: number;
  speed: number;
  /** Stretches to pass over; empty where nothing is to be skipped. */
  skip: readonly Span[];
  end: number;
};

/** Where the player stands after some real time has passed: never beyond `end`. */
export function advance(position: number, { elapsedMs, speed, skip, end }: Advance): number {
  let at = position;
  let left = elapsedMs * speed;
  while (left > 0 && at < end) {
    const next = skip.find(({ to }) => at < to - leadMs);
    const stop = next === undefined ? end : Math.max(at, next.from + leadMs);
    if (at + left < stop || next === undefined) return Math.min(end, at + left);
    left -= stop - at;
    at = Math.min(end, next.to - leadMs);
  }
  return Math.min(end, at);
}
