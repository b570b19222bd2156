import { expect, test } from "vitest";
import { createOpenLine } from "./open-line.ts";

const isOpenAfter = (...pieces: string[]): boolean => {
  const line = createOpenLine();
  for (const piece of pieces) line.printed(Buffer.from(piece));
  return line.isOpen;
};

test.each([
  "abc",
  "abc ",
  "grün",
  "\u001b[31mabc\u001b[m",
  "abc\u001b]0;title\u0007",
  "abc\u001b[?25h",
  "a\u001b[K",
])("%j ends in the middle of a line, in whatever pieces it comes", (text) => {
  expect(isOpenAfter("before\r\n", text)).toBe(true);
  expect(isOpenAfter(...`before\r\n${text}`)).toBe(true);
});

test.each([
  "",
  "abc\r\n",
  "abc\r\n\u001b[m",
  "abc\r",
  "abc\u001b[5;1H",
  "abc\u001b[?1049l",
  "abc\u001bM",
  "abc\u001b[2J\u001b[H",
  "\u001b[?2004l\r",
])("after %j a prompt begins where it should, or nobody knows", (text) => {
  expect(isOpenAfter("before\r\n", text)).toBe(false);
  expect(isOpenAfter("before", "\r\n", ...text)).toBe(false);
});
