/** What waits of one actor's frames, in all of their sockets of this process. */
export type Waiting = { bytes: number };

/** Frames of one socket that came and wait to be handled. */
export type Inbox = {
  /**
   * Handles it behind those that came before it in its lane. False, and nothing is done, where too much waits: in
   * number, or in bytes with what waits in the actor's other sockets.
   */
  take(frame: { lane: string; bytes: number; work: () => Promise<void> }): boolean;
};

/**
 * A sender who does not wait for what it asked for costs memory up to a bound, and then its socket. What still waits
 * when `until` aborts is dropped; `failed` hears of work that throws.
 */
export function createInbox(options: {
  maxFrames: number;
  maxBytes: number;
  waiting: Waiting;
  until: AbortSignal;
  failed: (error: unknown) => void;
}): Inbox {
  const { maxFrames, maxBytes, waiting, until, failed } = options;
  const lanes = new Map<string, Promise<void>>();
  let frames = 0;
  return {
    take({ lane, bytes, work }) {
      if (frames >= maxFrames || waiting.bytes + bytes > maxBytes) return false;
      frames++;
      waiting.bytes += bytes;
      const done = (lanes.get(lane) ?? Promise.resolve())
        .then(() => (until.aborted ? undefined : work()))
        .catch(failed)
        .finally(() => {
          frames--;
          waiting.bytes -= bytes;
        });
      lanes.set(lane, done);
      return true;
    },
  };
}
