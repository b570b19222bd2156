import { afterEach, expect, test, vi } from "vitest";
import { inTime } from "./in-time.ts";

afterEach(() => void vi.useRealTimers());

test("a reader that takes nothing in is told of once its time is over, and one that does is not", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const stalled = vi.fn<() => void>();
  let take = () => {};
  const slow = inTime(new Promise<void>((resolve) => (take = resolve)), 1_000, stalled);
  vi.advanceTimersByTime(999);
  expect(stalled).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(stalled).toHaveBeenCalledOnce();
  take();
  await slow;
  await inTime(Promise.resolve(), 1_000, stalled);
  await expect(inTime(Promise.reject(new Error("gone")), 1_000, stalled)).rejects.toThrow("gone");
  vi.advanceTimersByTime(10_000);
  expect(stalled).toHaveBeenCalledOnce();
});
