import fc from "fast-check";
import { expect, test } from "vitest";
import { controlCharacter, isPlain } from "./control-sequences.ts";

const fragment = fc.oneof(
  fc.constantFrom("\r\n", "\n", "\t", "line", "•", "grün", "日本"),
  fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)),
);

test("a text is plain where it has no control character, wherever one stands", () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
      const text = fragments.join("");
      expect(isPlain(text)).toBe(!new RegExp(controlCharacter).test(text));
    }),
    { numRuns: 2_000 },
  );
});
