import fc from "fast-check";
import { expect, test } from "vitest";
import { createMarkBound } from "./mark-bound.ts";

const bounded = (...pieces: string[]): string => {
  const bound = createMarkBound();
  return pieces.map(bound).join("");
};

test.each(["\u0301", "\u200d", "\u1161", "\u{e0101}"])(
  "however many of U+%j stand on a character, it keeps thirty, wherever the pieces are cut",
  (mark) => {
    const text = `a${mark.repeat(40)}b${mark.repeat(30)}c`;
    const kept = `a${mark.repeat(30)}b${mark.repeat(30)}c`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (lengths) => {
        const points = [...text];
        const pieces = lengths.map((length) => points.splice(0, length).join(""));
        expect(bounded(...pieces, points.join(""))).toBe(kept);
      }),
    );
    expect(bounded("a", ...Array<string>(1_000).fill(mark)).length).toBeLessThanOrEqual(1 + 30 * mark.length);
  },
);

test.each(["grün ✓ 日本語 👩‍👩‍👧", "한국어 각", "Z̵͙̈́á̴l̵g̸o̶", "\u001b[1m\u0301"])("%s stays as it is", (text) => {
  expect(bounded(text)).toBe(text);
  expect(bounded(...text)).toBe(text);
});
