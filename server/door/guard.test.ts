import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { expect, test } from "vitest";
import { dropUnread, refusePrototypeKeys } from "./guard.ts";

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

test("a replacement that names a prototype is refused, however it spells that; a text that speaks of it is not", async () => {
  const app = new Hono()
    .onError((error, context) => context.text(error.message, 400))
    .use(refusePrototypeKeys)
    .put("/map", (context) => context.text("taken"));
  const put = async (body: string) => (await app.request("/map", { method: "PUT", body })).status;
  for (const key of ["__proto__", "\\u005f_proto__", "__\\u0070roto__", "\\u005F\\u005Fproto\\u005f_"]) {
    expect(await put(`{"${key}": {}}`)).toBe(400);
    expect(await put(`{"a": [{"${key}" : 1}]}`)).toBe(400);
  }
  expect(await put(JSON.stringify({ text: '{"__proto__": 1}', "\\u005f_proto__": 1 }))).toBe(200);
  expect(await put('{"__proto__": 1')).toBe(200);
});
