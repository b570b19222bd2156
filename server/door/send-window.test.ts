import { expect, test } from "vitest";
import { createSendWindow } from "./send-window.ts";

const settled = async (promise: Promise<unknown>) =>
  Promise.race([
    promise.then(
      () => "room",
      () => "closed",
    ),
    new Promise((resolve) => setImmediate(resolve, "waiting")),
  ]);

test("a sender waits while the window is full and goes on when the reader acknowledges", async () => {
  const window = createSendWindow(100);
  expect(await settled(window.room())).toBe("room");
  window.sent(100);
  const next = window.room();
  expect(await settled(next)).toBe("waiting");
  window.acknowledge(1);
  expect(await settled(next)).toBe("room");
});

test("an acknowledgement of more than was sent, or going back, makes no room", async () => {
  const window = createSendWindow(100);
  window.sent(200);
  window.acknowledge(1_000);
  expect(await settled(window.room())).toBe("waiting");
  window.acknowledge(150);
  window.acknowledge(0);
  expect(await settled(window.room())).toBe("room");
});

test("a reader that left ends the wait", async () => {
  const window = createSendWindow(1);
  window.sent(1);
  const next = window.room();
  window.close();
  expect(await settled(next)).toBe("closed");
  expect(await settled(window.room())).toBe("closed");
});
