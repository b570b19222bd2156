import { once } from "node:events";
import { connect } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { afterEach, expect, test, vi } from "vitest";
import { bodyOf, inTime } from "./in-time.ts";
import type { Env } from "./rooms.ts";

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

test("whoever takes nothing of an answer in loses the connection, and its source is closed; others get all of it", async () => {
  let closed = 0;
  async function* pieces(count: number) {
    try {
      for (let n = 0; n < count; n++) yield Buffer.alloc(64 * 1024);
    } finally {
      closed++;
    }
  }
  const app = new Hono<Env>();
  app.get("/all", (context) => context.body(bodyOf(context, pieces(100))));
  app.get("/unread", (context) => context.body(bodyOf(context, pieces(100_000), 200)));
  const server = createAdaptorServer({ fetch: app.fetch }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const all = await fetch(`http://127.0.0.1:${port}/all`);
  expect((await all.arrayBuffer()).byteLength).toBe(100 * 64 * 1024);
  await expect.poll(() => closed).toBe(1);

  const reader = connect(port, "127.0.0.1").on("error", () => undefined);
  reader.pause();
  reader.write("GET /unread HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await expect.poll(() => closed).toBe(2);
  reader.destroy();
  server.close();
});
