import { describe, expect, it } from "vitest";
import { diffLines } from "./diff.ts";

const shown = (before: string, after: string) =>
  diffLines(before, after).map(
    ({ kind, words }) =>
      `${kind === "add" ? "+" : kind === "del" ? "-" : " "}${words.map(({ text, changed }) => (changed ? `[${text}]` : text)).join("")}`,
  );

describe("a comparison", () => {
  it("marks the words that differ in a line", () => {
    expect(
      shown("select a\nfrom customers c\nwhere b", "select a\nfrom (select id from customers) c\nwhere b"),
    ).toEqual([" select a", "-from customers c", "+from [(select id from ]customers[)] c", " where b"]);
  });
  it("marks no words in a line that is new as a whole", () => {
    expect(shown("a\nc", "a\nb\nc")).toEqual([" a", "+b", " c"]);
  });
  it("numbers both sides from one", () => {
    expect(diffLines("a\nb\nc", "a\nc").map(({ left, right }) => [left, right])).toEqual([
      [1, 1],
      [2, undefined],
      [3, 2],
    ]);
  });
  it("loses no character of either text", () => {
    const before = "a  b\n\n\tc -- d";
    const after = "a b\nc\n\n\tc --  d;";
    const side = (without: string) =>
      diffLines(before, after)
        .filter(({ kind }) => kind !== without)
        .map(({ words }) => words.map(({ text }) => text).join(""))
        .join("\n");
    expect(side("add")).toBe(before);
    expect(side("del")).toBe(after);
  });
  it("stays bounded on texts that share nothing", () => {
    const many = (word: string) => Array.from({ length: 5000 }, (_, line) => `${word} ${line}`).join("\n");
    expect(diffLines(many("a"), many("b"))).toHaveLength(10_000);
  });
});
