import { expect, test } from "vitest";
import { detectors } from "./patterns.ts";

/** All ways to print groups of digits with or without a blank between each two. */
function spacings([first = "", ...rest]: readonly string[]): string[] {
  if (rest.length === 0) return [first];
  return spacings(rest).flatMap((tail) => [first + tail, `${first} ${tail}`]);
}

const numbers = [
  "4111111111111111",
  "30569309025904",
  "378282246310005",
  "6212345678901234569",
  "4111 1111 1111 1111",
  "5555-5555-5555-4444",
  "3782 822463 10005",
  "123-45-6789",
  "12345678Z",
  "12345678-Z",
  ...spacings(["1", "84", "12", "76", "451", "089", "46"]),
];

test.each(numbers)("%s is found wherever it stands, and nothing beside it", (number) => {
  for (let offset = 0; offset < 8; offset++)
    for (const beside of ["\n", ", ", "  ", "x: ", "2026-11-20T09:12:33 "]) {
      const before = "x".repeat(offset) + beside;
      const text = `${before}${number}\n${before}`;
      const found = detectors.flatMap((one) => (one.mayHold(text) ? [...one.find(text)] : []));
      expect(found).toEqual([{ start: before.length, end: before.length + number.length }]);
    }
});
