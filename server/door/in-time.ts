/**
 * Waits for what a reader has to take in; calls `stalled` where that takes longer than `ms`. The wait goes on: whoever
 * is told ends it.
 */
export async function inTime(taken: Promise<unknown>, ms: number, stalled: () => void): Promise<void> {
  const timer = setTimeout(stalled, ms);
  try {
    await taken;
  } finally {
    clearTimeout(timer);
  }
}
