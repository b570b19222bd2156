/** A session that is about to end, and why. */
export type ComingEnd = { because: "expiry" | "idle"; at: number };

/** How long before its end a session's user is told. */
const warnMs = 5 * 60_000;

/**
 * The end that comes first, once it is near; undefined before. Idleness ends nothing while a command runs. Times in
 * milliseconds since the epoch.
 */
export function comingEnd(
  session: { expiresAt: number; usedAt: number; idleMs: number; busy: boolean },
  now: number,
): ComingEnd | undefined {
  const { expiresAt, usedAt, idleMs, busy } = session;
  const idleAt = busy ? Infinity : usedAt + idleMs;
  const first: ComingEnd =
    idleAt < expiresAt ? { because: "idle", at: idleAt } : { because: "expiry", at: expiresAt };
  // An idle limit that is shorter than the warning would warn all the time.
  const within = first.because === "idle" ? Math.min(warnMs, idleMs / 2) : warnMs;
  return first.at - now <= within ? first : undefined;
}
