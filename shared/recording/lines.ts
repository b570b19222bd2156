/** Longest line that a reader takes; a file that has a longer one is none of ours. */
export const maxLineBytes = 64 * 1024 * 1024;
const newline = 0x0a;

/** One whole line: where it begins in the file, its bytes without the newline, and where the next one begins. */
export type Line = { from: number; bytes: Uint8Array; to: number };

/**
 * Cuts bytes that begin at `from` into whole lines. A last line without its newline is left out: the last line's `to`
 * is then less than the bytes there were. Throws RangeError at a line beyond `maxLineBytes`.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, from = 0): AsyncGenerator<Line> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let start = from;
  for await (const chunk of chunks) {
    let rest = chunk;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      const piece = rest.subarray(0, end);
      const bytes = pieces.length === 0 ? piece : joined([...pieces, piece], length + end);
      pieces = [];
      length = 0;
      yield { from: start, bytes, to: start + bytes.length + 1 };
      start += bytes.length + 1;
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0) continue;
    pieces.push(rest);
    length += rest.length;
    if (length > maxLineBytes) throw new RangeError(`a line is longer than ${maxLineBytes} bytes`);
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
