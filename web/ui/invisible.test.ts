import { describe, expect, it } from "vitest";
import { characterName, hiddenLines, visibleParts } from "./invisible.ts";

describe("characters that cannot be seen", () => {
  it("stand apart from the text around them", () => {
    expect(visibleParts("a\u202eb")).toEqual([
      { text: "a", hidden: false },
      { text: "\u202e", hidden: true },
      { text: "b", hidden: false },
    ]);
  });
  it("have a code point and, where one is common, a name", () => {
    expect(characterName("\u202e")).toBe("U+202E right-to-left override");
    expect(characterName("\u{e0001}")).toBe("U+E0001");
  });
  it("are told with their lines", () => {
    expect(hiddenLines("a\n\u200bb\u200b\nc")).toEqual([2, 2]);
  });
});
