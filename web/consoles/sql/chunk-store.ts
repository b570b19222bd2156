import type { ResultColumn, Row } from "../../../shared/nouns/command.ts";

/** One column of a chunk: its values end to end in one string, and where each ends. */
type PackedColumn = { text: string; ends: Uint32Array; nulls: Uint8Array };
type Chunk = { start: number; rows: number; columns: PackedColumn[] };

/** Rows of a result, column by column in packed chunks: a few bytes a cell instead of an object. Grows only. */
export type ChunkStore = {
  readonly columns: readonly ResultColumn[];
  readonly rowCount: number;
  append(rows: readonly Row[]): void;
  /** The value in the target's text form, or null. Undefined outside the result. */
  cell(row: number, column: number): string | null | undefined;
};

export function createChunkStore(columns: readonly ResultColumn[]): ChunkStore {
  const chunks: Chunk[] = [];
  let rowCount = 0;
  return {
    columns,
    get rowCount() {
      return rowCount;
    },
    append: (rows) => {
      if (rows.length === 0) return;
      chunks.push({
        start: rowCount,
        rows: rows.length,
        columns: columns.map((_, index) => pack(rows.map((row) => row[index] ?? null))),
      });
      rowCount += rows.length;
    },
    cell: (row, column) => {
      const chunk = chunkOf(chunks, row);
      const packed = chunk?.columns[column];
      if (chunk === undefined || packed === undefined) return undefined;
      const index = row - chunk.start;
      if (packed.nulls[index] === 1) return null;
      return packed.text.slice(index === 0 ? 0 : packed.ends[index - 1], packed.ends[index]);
    },
  };
}

function pack(values: readonly (string | null)[]): PackedColumn {
  const ends = new Uint32Array(values.length);
  const nulls = new Uint8Array(values.length);
  let length = 0;
  values.forEach((value, index) => {
    length += value?.length ?? 0;
    ends[index] = length;
    if (value === null) nulls[index] = 1;
  });
  return { text: values.join(""), ends, nulls };
}

/** Binary search: chunks are in order and without gaps. */
function chunkOf(chunks: readonly Chunk[], row: number): Chunk | undefined {
  let low = 0;
  let high = chunks.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const chunk = chunks[middle];
    if (chunk === undefined || row < chunk.start) high = middle - 1;
    else if (row >= chunk.start + chunk.rows) low = middle + 1;
    else return chunk;
  }
  return undefined;
}
