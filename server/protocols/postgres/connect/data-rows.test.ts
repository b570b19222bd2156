import fc from "fast-check";
import { expect, test } from "vitest";
import { DataRows } from "./data-rows.ts";
import { dataRow, dataRows } from "./testing-rows.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const telling = fc.constantFrom('"', "\\", "\n", "\t", "\u0001", "\u001f", "\u007f", "\u2028", "€", "𝄞", "");
const cell = fc.oneof(
  text,
  fc.array(telling).map((parts) => parts.join("")),
  fc.constant(null),
);
const rows = fc
  .integer({ min: 0, max: 5 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 20 }));

test("cells come out as they were, and are printed as the engine would", () => {
  fc.assert(
    fc.property(rows, (cells) => {
      const sent = dataRows(cells);
      expect(sent.cells()).toEqual(cells);
      expect(Buffer.from(sent.json()).toString("utf8")).toBe(JSON.stringify(cells));
    }),
  );
});

test("a column is read by itself, as far as it is wanted", () => {
  const column = dataRows([
    ["a", "1"],
    [null, null],
    ["b", "3"],
  ]).column(1);
  expect(column.next().value).toBe("1");
  expect([...column]).toEqual([null, "3"]);
  expect([...dataRows([["a"], ["b"]]).column(7)]).toEqual([null, null]);
});

test("texts of columns stand on lines of their own, or beside each other", () => {
  const sent = dataRows([
    ["a", "left out", "é", "b", "c"],
    ["1", null, null, "2", "3"],
  ]);
  const placed = ["alone", "left out", "joined", "joined", "alone"] as const;
  expect(sent.text(placed)).toBe("a\nébc\n1\n\n23\n");
  expect(dataRows([["12"], ["123"], [null]]).text(["alone"], { atLeast: 3 })).toBe("123\n\n");
  const instead = [...Buffer.from("•")] as [number, number, number];
  expect(dataRows([["••a•", "\u2020"]]).text(["joined", "alone"], { instead })).toBe("\x01\x01a\x01\u2020\n");
});

test("bytes that are no text are replaced", () => {
  const sent = new DataRows([dataRow([Buffer.from([0x61, 0xff, 0x62])])]);
  expect(JSON.parse(Buffer.from(sent.json()).toString("utf8"))).toEqual([["a\ufffdb"]]);
});

test("rows of many megabytes are printed too", () => {
  const large = '"'.repeat(1_500_000);
  const sent = dataRows([[large], [large]]);
  expect(JSON.parse(Buffer.from(sent.json()).toString("utf8"))).toEqual([[large], [large]]);
  expect(sent.text(["alone"])).toHaveLength(2 * large.length + 2);
});

test.each([1, 2 ** 31 - 1, -2])("a cell that says that it has %i bytes and has not is refused", (length) => {
  const message = dataRow([""]);
  message.writeInt32BE(length, 7);
  const sent = new DataRows([message]);
  const refusal = expect.objectContaining({ code: "target_unreachable" });
  expect(() => sent.cells()).toThrow(refusal);
  expect(() => sent.json()).toThrow(refusal);
  expect(() => sent.text(["alone"])).toThrow(refusal);
});
