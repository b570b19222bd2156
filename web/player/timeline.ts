import type { Story } from "./story.ts";

/** A stretch of a session, in milliseconds since it opened. */
export type Span = { from: number; to: number };

/** Nothing happened for this long: worth skipping. */
export const quietMs = 8000;
/** On the timeline a quiet stretch is at most as long as this share of all that is not quiet. */
const quietShare = 0.3;
const shortestQuietShownMs = 4000;

/** Stretches longer than `quietMs` in which nothing happened, up to `end`. */
export function quietSpans(times: readonly number[], end: number): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const to of [...times, end]) {
    if (to - from > quietMs) spans.push({ from, to });
    from = Math.max(from, to);
  }
  return spans;
}

/** What is left of `spans` without the stretches in which something was held: those have a mark of their own. */
export function withoutHolds(spans: readonly Span[], holds: readonly Span[]): Span[] {
  return spans
    .flatMap((span) =>
      holds.reduce<Span[]>(
        (rest, hold) =>
          rest.flatMap(({ from, to }) => [
            { from, to: Math.min(to, hold.from) },
            { from: Math.max(from, hold.to), to },
          ]),
        [span],
      ),
    )
    .filter(({ from, to }) => to - from > quietMs);
}

/** Holds of a story; one that still waits runs to `end`. */
export function holdSpans({ commands }: Pick<Story, "commands">, end: number): Span[] {
  return commands.flatMap(({ hold }) => (hold ? [{ from: hold.from, to: hold.to ?? end }] : []));
}

/** Time to place and back: quiet stretches are drawn shorter than they were. */
export type Scale = { end: number; toFraction(ms: number): number; toTime(fraction: number): number };

export function createScale(end: number, quiet: readonly Span[]): Scale {
  const quietTotal = quiet.reduce((sum, { from, to }) => sum + to - from, 0);
  const longest = Math.max(shortestQuietShownMs, (end - quietTotal) * quietShare);
  const pieces: { from: number; to: number; shown: number }[] = [];
  let at = 0;
  for (const { from, to } of quiet) {
    if (from > at) pieces.push({ from: at, to: from, shown: from - at });
    pieces.push({ from, to, shown: Math.min(to - from, longest) });
    at = to;
  }
  if (end > at) pieces.push({ from: at, to: end, shown: end - at });
  const total = pieces.reduce((sum, { shown }) => sum + shown, 0) || 1;
  return {
    end,
    toFraction: (ms) => {
      let before = 0;
      for (const { from, to, shown } of pieces) {
        if (ms < to) return (before + (Math.max(0, ms - from) / (to - from)) * shown) / total;
        before += shown;
      }
      return end === 0 ? 0 : 1;
    },
    toTime: (fraction) => {
      let left = Math.max(0, Math.min(1, fraction)) * total;
      for (const { from, to, shown } of pieces) {
        if (left <= shown) return from + (left / shown) * (to - from);
        left -= shown;
      }
      return end;
    },
  };
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400].map(
  (seconds) => seconds * 1000,
);
/** Labels closer than this share of the axis would touch. */
const closestTicks = 0.1;

/** Round times that label the axis, none within a quiet stretch, none so close that they touch. */
export function ticks(scale: Scale, quiet: readonly Span[]): number[] {
  const step = steps.find((ms) => scale.end / ms <= 12) ?? scale.end / 12;
  const found: number[] = [];
  for (let at = 0; at <= scale.end; at += step) {
    const last = found.at(-1);
    const near = last !== undefined && scale.toFraction(at) - scale.toFraction(last) < closestTicks;
    const inQuiet = at > 0 && quiet.some(({ from, to }) => at > from && at < to);
    if (!near && !inQuiet) found.push(at);
  }
  return found;
}
