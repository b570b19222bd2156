import { expect, test } from "vitest";
import { createShortCache } from "./short-cache.ts";

function counting(options: { entries?: number } = {}) {
  let clock = 0;
  let made = 0;
  const cache = createShortCache<number>({
    entries: options.entries ?? 10,
    freshForMs: 100,
    now: () => clock,
  });
  return { ask: (key: string) => cache(key, async () => ++made), pass: (ms: number) => (clock += ms) };
}

test("an equal question is answered once, also for those who ask at once", async () => {
  const { ask } = counting();
  expect(await Promise.all([ask("a"), ask("a")])).toEqual([1, 1]);
  expect(await ask("b")).toBe(2);
  expect(await ask("a")).toBe(1);
});

test("an answer grows old", async () => {
  const { ask, pass } = counting();
  await ask("a");
  pass(100);
  expect(await ask("a")).toBe(2);
});

test("a failure is not kept", async () => {
  const cache = createShortCache<number>({ entries: 10, freshForMs: 100, now: () => 0 });
  await expect(cache("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await cache("a", async () => 7)).toBe(7);
});

test("what was asked longest ago leaves first", async () => {
  const { ask } = counting({ entries: 2 });
  await ask("a");
  await ask("b");
  await ask("a");
  await ask("c");
  expect(await ask("a")).toBe(1);
  expect(await ask("b")).toBe(4);
});
