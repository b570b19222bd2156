import { describe, expect, it } from "vitest";
import { firstRow, liftFor, shownMarks } from "./marks.ts";

const mark = (command: string, line: number, isDisposed = false) => ({
  command,
  marker: { line, isDisposed },
});

describe("marks", () => {
  it("stand at their rows in the window, and nowhere else", () => {
    const marks = [mark("a", 4), mark("b", 10), mark("c", 12), mark("d", 40), mark("e", -1, true)];
    expect(shownMarks(marks, { top: 10, rows: 20 })).toEqual([
      { command: "b", row: 0 },
      { command: "c", row: 2 },
    ]);
  });

  it("are one a row, the later one", () => {
    expect(shownMarks([mark("a", 3), mark("b", 3)], { top: 0, rows: 5 })).toEqual([{ command: "b", row: 3 }]);
  });

  it("stand where a wrapped line begins", () => {
    expect(firstRow(7, (row) => row === 6 || row === 7)).toBe(5);
    expect(firstRow(0, () => true)).toBe(0);
  });
});

describe("the strip under a held line", () => {
  const place = { rowHeight: 18, height: 360, strip: 110 };
  it("moves nothing where there is room", () => {
    expect(liftFor(3, place)).toBe(0);
  });
  it("lifts the terminal by what is missing", () => {
    expect(liftFor(19, place)).toBe(110);
    expect(liftFor(15, place)).toBe(38);
  });
  it("never lifts the line itself out of sight", () => {
    expect(liftFor(1, { ...place, height: 60 })).toBe(18);
  });
});
