import { expect, test } from "vitest";
import { createCache } from "./cache.ts";

test("drops what was unused for longest when its budget is spent", () => {
  const cache = createCache<number>(100);
  cache.set("a", 1, 40);
  cache.set("b", 2, 40);
  expect(cache.get("a")).toBe(1);
  cache.set("c", 3, 40);
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([1, undefined, 3]);
});

test("counts a replaced entry once and keeps none that is larger than the budget", () => {
  const cache = createCache<number>(100);
  cache.set("a", 1, 60);
  cache.set("a", 2, 60);
  cache.set("b", 3, 40);
  expect([cache.get("a"), cache.get("b")]).toEqual([2, 3]);
  cache.set("b", 4, 1_000);
  expect(cache.get("b")).toBeUndefined();
});
