import { expect, test } from "vitest";
import { createNoticeBound, maxMessageCharacters, maxNotices } from "./notice-bound.ts";

const notice = (message: string) => ({ severity: "NOTICE", message, code: "00000" });
const leftOut = { severity: "WARNING", message: expect.stringContaining("left out from here on") };

test("messages are shown up to a number, and then it is said once that there are more", () => {
  const bound = createNoticeBound();
  const shown = Array.from({ length: maxNotices + 10 }, (_, number) => bound(notice(String(number))));
  expect(shown.slice(0, maxNotices)).toEqual(
    Array.from({ length: maxNotices }, (_, number) => notice(String(number))),
  );
  expect(shown.slice(maxNotices)).toEqual([leftOut, ...Array(9).fill(undefined)]);
});

test("a message that is too long says how much of it is left out, and too many of them are too much", () => {
  const bound = createNoticeBound();
  const long = "x".repeat(maxMessageCharacters - 1) + "😀 and on";
  const shown = Array.from({ length: 20 }, () => bound(notice(long)));
  expect(shown[0]?.message).toBe(`${"x".repeat(maxMessageCharacters - 1)}… (9 more characters are left out)`);
  expect(shown.filter((each) => each !== undefined && each.severity === "WARNING")).toEqual([leftOut]);
  expect(shown.at(-1)).toBeUndefined();
});
