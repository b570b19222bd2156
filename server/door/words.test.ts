import { expect, test } from "vitest";
import { words } from "./words.ts";

test.each(["a\0b", "\ud800", "a\udc00b", "\udc00\ud800"])("%j is not taken for words", (text) => {
  expect(words(100).safeParse(text).success).toBe(false);
});

test("any other text is, and stays as it is", () => {
  for (const text of ["", "ticket 4711", "\u{1F600} \u202E \u200B \n"])
    expect(words(100).parse(text)).toBe(text);
});
