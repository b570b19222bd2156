import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

const names = ["customers", "orders", "order_items", "products", "id", "is", "email", "name"];
const near = (written: string) => nearest(written, names, (name) => name);

test.each([
  ["custmers", ["customers"]],
  ["cusotmers", ["customers"]],
  ["CUSTOMER", ["customers"]],
  ["order", ["orders"]],
  ["order_itmes", ["order_items"]],
  ["emial", ["email"]],
  ["ix", ["id", "is"]],
  ["nmae", ["name"]],
  ["invoices", []],
  ["x".repeat(5_000), []],
])("%s means %j", (written, meant) => {
  expect(near(written)).toEqual(meant);
});

test("the nearest come first, no more than three, and none that is much further than they are", () => {
  const near = (candidates: string[]) => nearest("abcdefghi", candidates, (name) => name);
  expect(near(["abcdefgxx", "abcdefghx", "abcdefxhi", "axcdefghi"])).toEqual([
    "abcdefghx",
    "abcdefxhi",
    "axcdefghi",
  ]);
  expect(near(["abcdefxxx", "abcdefghx"])).toEqual(["abcdefghx"]);
});
