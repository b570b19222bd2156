import { PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RowFraming } from "./row-framing.ts";
import { dataRow } from "./testing-rows.ts";

/** Any other message: its type, its length without it, its body. */
function message(type: string, body: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(4 + Buffer.byteLength(body), 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

/** What comes of a stream in these pieces, in order. */
function parted(pieces: readonly Buffer[], reads = true) {
  const framing = new RowFraming();
  const stream = new PassThrough();
  const come: { rows: number; bytes: string }[] = [];
  let tooLarge = 0;
  const add = (rows: number, bytes: Buffer) => {
    const last = come.at(-1);
    if (last && last.rows > 0 === rows > 0)
      Object.assign(last, { rows: last.rows + rows, bytes: last.bytes + bytes.toString("latin1") });
    else come.push({ rows, bytes: bytes.toString("latin1") });
  };
  if (reads)
    framing.reader = {
      takeRows: (messages, count) => add(count, messages),
      takeTooLarge: () => tooLarge++,
    };
  framing.part(stream).on("data", (bytes: Buffer) => add(0, bytes));
  for (const piece of pieces) stream.emit("data", piece);
  return { come, tooLarge, destroyed: stream.destroyed };
}

const rows = [dataRow(["one", null]), dataRow(["two", "x".repeat(300)])];
const answer = [
  message("2", ""),
  message("T", "columns"),
  ...rows,
  message("C", "SELECT 2"),
  message("Z", "I"),
];

test("rows go to whoever reads them and the rest to pg, however they are cut", () => {
  const whole = Buffer.concat(answer);
  const expected = [
    { rows: 0, bytes: Buffer.concat(answer.slice(0, 2)).toString("latin1") },
    { rows: 2, bytes: Buffer.concat(rows).toString("latin1") },
    { rows: 0, bytes: Buffer.concat(answer.slice(4)).toString("latin1") },
  ];
  const cuts = fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 12 });
  fc.assert(
    fc.property(cuts, (places) => {
      const sorted = [0, ...places.toSorted((a, b) => a - b), whole.length];
      const pieces = sorted.slice(1).map((end, i) => whole.subarray(sorted[i], end));
      expect(parted(pieces).come).toEqual(expected);
    }),
  );
  expect(parted([...whole].map((byte) => Buffer.from([byte]))).come).toEqual(expected);
});

test("where nobody reads rows, all is pg's", () => {
  const whole = Buffer.concat(answer);
  expect(parted([whole], false).come).toEqual([{ rows: 0, bytes: whole.toString("latin1") }]);
});

test.each([
  ["more than is carried", 2 ** 25 + 1],
  ["less than its own length", 3],
])("a message that says that it has %s ends the connection", (_, length) => {
  const row = dataRow(["a"]);
  row.writeUInt32BE(length, 1);
  expect(parted([row])).toEqual({ come: [], tooLarge: 1, destroyed: true });
});
