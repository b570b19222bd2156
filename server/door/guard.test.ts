import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { expect, test } from "vitest";
import { dropUnread } from "./guard.ts";

test("a stream that is asked for by HEAD ends at once", async () => {
  let open = 0;
  const app = new Hono().use(dropUnread).get("/events", (context) => {
    open++;
    return streamSSE(context, async (stream) => {
      const left = new Promise<void>((resolve) => stream.onAbort(resolve));
      await stream.writeSSE({ event: "ready", data: "{}" });
      await left;
      open--;
    });
  });
  expect((await app.request("/events", { method: "HEAD" })).status).toBe(200);
  await expect.poll(() => open).toBe(0);
  const read = await app.request("/events");
  expect(open).toBe(1);
  await read.body?.cancel();
  await expect.poll(() => open).toBe(0);
});
