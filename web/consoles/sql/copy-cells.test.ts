import { expect, test } from "vitest";
import { createChunkStore } from "./chunk-store.ts";
import { cellsAs, rectangle, wholeOf } from "./copy-cells.ts";

const store = createChunkStore([
  { name: "id", type: "bigint" },
  { name: "note", type: "text" },
  { name: "id", type: "integer" },
]);
store.append([
  ["9007199254740993", "=plain", "1"],
  ["-2", null, "2"],
  ["3", 'it\'s,\n"there"', "3"],
]);

test("copied cells are the rectangle between two corners, in any order", () => {
  const cells = rectangle({ row: 2, column: 1 }, { row: 1, column: 0 });
  expect(cellsAs("text", store, cells)).toBe('-2\t\n3\tit\'s, "there"');
});

test("as CSV they have names and no formula, as in an export", () => {
  const cells = rectangle({ row: 0, column: 1 }, { row: 1, column: 2 });
  expect(cellsAs("csv", store, cells)).toBe("note,id\r\n'=plain,1\r\n,2\r\n");
});

test("as JSON no value and no column is lost", () => {
  expect(JSON.parse(cellsAs("json", store, wholeOf(store)))).toEqual([
    { id: "9007199254740993", note: "=plain", "id 2": "1" },
    { id: "-2", note: null, "id 2": "2" },
    { id: "3", note: 'it\'s,\n"there"', "id 2": "3" },
  ]);
});

test("as SQL they are values that no quote ends", () => {
  expect(cellsAs("sql", store, rectangle({ row: 1, column: 0 }, { row: 2, column: 1 }))).toBe(
    "VALUES\n  (-2, NULL),\n  (3, 'it''s,\n\"there\"')",
  );
});
