import { describe, expect, it } from "vitest";
import { pieces } from "./terminal-stream.ts";

describe("keys in pieces", () => {
  it("are one piece as long as they fit", () => {
    expect(pieces("ls\r", 16)).toEqual(["ls\r"]);
    expect(pieces("", 16)).toEqual([]);
  });

  it("give the same text, and cut no character in two", () => {
    const text = "a🙂".repeat(50);
    const cut = pieces(text, 7);
    expect(cut.join("")).toBe(text);
    expect(cut.every((piece) => piece.length <= 7 && !/^\p{Cs}|\p{Cs}$/u.test(piece))).toBe(true);
  });
});
