import { DataRows } from "./data-rows.ts";

/** A DataRow message as a server sends it. */
export function dataRow(cells: readonly (string | Buffer | null)[]): Buffer {
  const head = Buffer.alloc(7);
  const parts = cells.flatMap((cell) => {
    const length = Buffer.alloc(4);
    const bytes = cell === null ? Buffer.alloc(0) : Buffer.from(cell);
    length.writeInt32BE(cell === null ? -1 : bytes.length);
    return [length, bytes];
  });
  const message = Buffer.concat([head, ...parts]);
  message.write("D");
  message.writeUInt32BE(message.length - 1, 1);
  message.writeUInt16BE(cells.length, 5);
  return message;
}

export const dataRows = (rows: readonly (readonly (string | null)[])[]): DataRows =>
  new DataRows(rows.map(dataRow));
