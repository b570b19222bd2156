import { afterEach, expect, test, vi } from "vitest";
import { createSendWindow } from "./send-window.ts";

const settled = async (promise: Promise<unknown>) =>
  Promise.race([
    promise.then(
      () => "room",
      () => "closed",
    ),
    new Promise((resolve) => setImmediate(resolve, "waiting")),
  ]);

afterEach(() => void vi.useRealTimers());
const create = (windowBytes: number, stalled = () => {}) =>
  createSendWindow({ windowBytes, stallMs: 30_000, stalled });

test("a sender waits while the window is full and goes on when the reader acknowledges", async () => {
  const window = create(100);
  expect(await settled(window.room())).toBe("room");
  window.sent(100);
  const next = window.room();
  expect(await settled(next)).toBe("waiting");
  window.acknowledge(1);
  expect(await settled(next)).toBe("room");
});

test("an acknowledgement of more than was sent, or going back, makes no room", async () => {
  const window = create(100);
  window.sent(200);
  window.acknowledge(1_000);
  expect(await settled(window.room())).toBe("waiting");
  window.acknowledge(150);
  window.acknowledge(0);
  expect(await settled(window.room())).toBe("room");
});

test("a reader that left ends the wait", async () => {
  const window = create(1);
  window.sent(1);
  const next = window.room();
  window.close();
  expect(await settled(next)).toBe("closed");
  expect(await settled(window.room())).toBe("closed");
});

test("a reader that takes nothing in while something waits for it is told of, a slow one is not", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let stalls = 0;
  const window = create(100, () => stalls++);
  window.sent(200);
  vi.advanceTimersByTime(300_000);
  expect(stalls).toBe(0);
  const next = window.room();
  for (const taken of [1, 2, 3]) {
    vi.advanceTimersByTime(29_999);
    window.acknowledge(taken);
    expect(await settled(next)).toBe("waiting");
  }
  vi.advanceTimersByTime(29_999);
  expect(stalls).toBe(0);
  // What it has taken in already is no news.
  window.acknowledge(3);
  vi.advanceTimersByTime(1);
  expect(stalls).toBe(1);
  window.acknowledge(150);
  expect(await settled(next)).toBe("room");
  vi.advanceTimersByTime(300_000);
  expect(stalls).toBe(1);
});
