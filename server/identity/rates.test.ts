import { expect, test } from "vitest";
import { createRates, networkOf } from "./rates.ts";

let clock = 0;
const create = (perSecond = 2, atOnce = 3) =>
  createRates({ perSecond, atOnce, what: "calls", now: () => clock });
/** How often it is done before it is refused. */
const runsOut = (rates: ReturnType<typeof create>, key: string) => {
  for (let done = 0; ; done++)
    try {
      rates.check(key);
      rates.spend(key);
    } catch {
      return done;
    }
};

test("so much at once, then so much as time goes by, and the refusal says when", () => {
  const rates = create();
  expect(runsOut(rates, "ada")).toBe(3);
  expect(() => rates.check("ada")).toThrow(
    expect.objectContaining({ code: "rate_limited", extra: { retryAfterSeconds: 1 } }),
  );
  clock += 1_000;
  expect(runsOut(rates, "ada")).toBe(2);
  clock += 3_600_000;
  expect(runsOut(rates, "ada")).toBe(3);
  const slow = create(0.1, 1);
  slow.spend("ada");
  expect(() => slow.check("ada")).toThrow(expect.objectContaining({ extra: { retryAfterSeconds: 10 } }));
});

test("one's flood takes nothing from others, and being refused costs nothing more", () => {
  const rates = create();
  expect(runsOut(rates, "ada")).toBe(3);
  for (let tried = 0; tried < 1_000; tried++) rates.spend("ada");
  expect(runsOut(rates, "eve")).toBe(3);
  clock += 1_000;
  expect(runsOut(rates, "ada")).toBe(2);
});

test("a clock that goes back gives nothing and takes nothing", () => {
  const rates = create();
  rates.spend("ada");
  clock -= 60_000;
  expect(runsOut(rates, "ada")).toBe(2);
});

test("the keys that are remembered are bounded", () => {
  const rates = create();
  expect(runsOut(rates, "ada")).toBe(3);
  for (let key = 0; key < 10_000; key++) rates.spend(`key ${key}`);
  expect(runsOut(rates, "ada")).toBe(3);
});

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"],
  ["2001:db8:1:2:ffff::6", "2001:db8:1:2::"],
  ["2001:db8::1", "2001:db8:0:0::"],
  ["::1", "0:0:0:0::"],
  [undefined, ""],
])("%s is counted as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
