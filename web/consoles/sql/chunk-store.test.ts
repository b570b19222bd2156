import { describe, expect, it } from "vitest";
import { createChunkStore } from "./chunk-store.ts";

const columns = [
  { name: "a", type: "text" },
  { name: "b", type: "text" },
];

describe("the chunk store", () => {
  it("gives back what was appended, across chunks", () => {
    const store = createChunkStore(columns);
    const rows = Array.from({ length: 1000 }, (_, row) => [
      `a${row}`,
      row % 7 === 0 ? null : "é🙂".repeat(row % 3),
    ]);
    for (let start = 0; start < rows.length; start += 64) store.append(rows.slice(start, start + 64));
    expect(store.rowCount).toBe(1000);
    expect(rows.map((_, row) => [store.cell(row, 0), store.cell(row, 1)])).toEqual(rows);
  });
  it("tells null from an empty text and from what is outside", () => {
    const store = createChunkStore(columns);
    store.append([[null, ""]]);
    expect(store.cell(0, 0)).toBeNull();
    expect(store.cell(0, 1)).toBe("");
    expect(store.cell(1, 0)).toBeUndefined();
    expect(store.cell(-1, 0)).toBeUndefined();
    expect(store.cell(0, 2)).toBeUndefined();
  });
  it("takes an empty chunk for nothing", () => {
    const store = createChunkStore(columns);
    store.append([]);
    expect(store.rowCount).toBe(0);
    expect(store.cell(0, 0)).toBeUndefined();
  });
});
