/**
 * Flow control of one socket: the sender awaits `room()` before each frame, the reader's acknowledgements make room.
 * A reader that stays silent holds the sender, so that it slows the target instead of filling memory.
 */
export type SendWindow = {
  /** Resolves once fewer than `windowBytes` are on their way; rejects when closed. */
  room(): Promise<void>;
  sent(bytes: number): void;
  /** `total`: bytes that the reader has taken in since the socket opened. Never goes back. */
  acknowledge(total: number): void;
  close(): void;
};

/** `stalled` is called where somebody waits and the reader has taken nothing in for `stallMs`. */
export function createSendWindow({
  windowBytes,
  stallMs,
  stalled,
}: {
  windowBytes: number;
  stallMs: number;
  stalled: () => void;
}): SendWindow {
  let stall: NodeJS.Timeout | undefined;
  let sent = 0;
  let acknowledged = 0;
  let closed = false;
  let waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const full = () => sent - acknowledged >= windowBytes;
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const one of woken) one.resolve();
  };
  return {
    async room() {
      while (!closed && full()) {
        stall ??= setTimeout(stalled, stallMs);
        await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
      }
      if (closed) throw new Error("the reader has left");
    },
    sent(bytes) {
      sent += bytes;
    },
    acknowledge(total) {
      if (total > sent || total <= acknowledged) return;
      acknowledged = total;
      clearTimeout(stall);
      stall = undefined;
      wake();
    },
    close() {
      closed = true;
      clearTimeout(stall);
      const left = waiting;
      waiting = [];
      for (const one of left) one.reject(new Error("the reader has left"));
    },
  };
}
