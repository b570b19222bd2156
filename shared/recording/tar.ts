/** POSIX.1-1988 "ustar": blocks of 512 bytes, a header before each file, two blocks of zeros at the end. */
const blockBytes = 512;
/** Eleven octal digits. */
export const maxTarFileBytes = 8 ** 11 - 1;
const maxPathBytes = 100;
/** All that an archive of evidence names: no dots that climb, no links, no odd characters. */
const pathPattern = /^[a-z0-9_]+([./-][a-z0-9_]+)*$/;

export type TarFile = { path: string; size: number; modified: number };

/** The header of a plain file, readable by its owner; `modified` in seconds since 1970. */
export function tarHeader({ path, size, modified }: TarFile): Uint8Array<ArrayBuffer> {
  if (!pathPattern.test(path) || path.length > maxPathBytes || size > maxTarFileBytes)
    throw new RangeError("a tar file cannot hold this");
  const block = new Uint8Array(blockBytes);
  const put = (offset: number, text: string) => block.set(new TextEncoder().encode(text), offset);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  put(0, path);
  put(100, `${octal(0o600, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`);
  put(124, `${octal(size, 11)}\0${octal(modified, 11)}\0`);
  put(148, " ".repeat(8));
  put(156, "0");
  put(257, "ustar\x0000");
  put(
    148,
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
  );
  return block;
}

/** Zeros that fill a file's last block. */
export const tarPadding = (size: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array((blockBytes - (size % blockBytes)) % blockBytes);

export const tarEnd = (): Uint8Array<ArrayBuffer> => new Uint8Array(2 * blockBytes);

/** Whether bytes begin as a tar file does: with a zero behind its mark, which stands in no text that the others are. */
export function isTar(start: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(start.subarray(257, 263)) === "ustar\0";
}

/** Something about a tar file is not as `tarHeader` and its kin write it. */
export class TarFault extends Error {}

/**
 * The files of a tar file, in order, each with its bytes, which must be read before the next is asked for. Takes exactly
 * what is written by the functions above: any other byte is a TarFault, so that no two readers can see two archives.
 */
export async function* tarFiles(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarFile & { bytes: AsyncIterable<Uint8Array> }> {
  const source = chunks[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);
  /** Up to `most` bytes; none at the end. */
  const some = async (most: number): Promise<Uint8Array> => {
    while (held.length === 0) {
      const next = await source.next();
      if (next.done === true) return held;
      held = next.value;
    }
    const taken = held.subarray(0, most);
    held = held.subarray(taken.length);
    return taken;
  };
  const read = async function* (size: number) {
    for (let left = size; left > 0;) {
      const part = await some(left);
      if (part.length === 0) throw new TarFault("the archive is cut off");
      left -= part.length;
      yield part;
    }
  };
  const whole = async (size: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(size);
    let offset = 0;
    for await (const part of read(size)) {
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  };
  const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

  try {
    for (;;) {
      const block = await whole(blockBytes);
      if (isZero(block)) break;
      const file = parseHeader(block);
      if (!file) throw new TarFault("a header in it is not one of ours");
      let readSoFar = 0;
      const bytes = (async function* () {
        for await (const part of read(file.size)) {
          readSoFar += part.length;
          yield part;
        }
      })();
      yield { ...file, bytes };
      if (readSoFar < file.size) throw new TypeError("a file's bytes were left unread");
      if (!isZero(await whole(tarPadding(file.size).length)))
        throw new TarFault("something hides behind a file");
    }
    if (!isZero(await whole(blockBytes)) || (await some(1)).length > 0)
      throw new TarFault("something follows the archive's end");
  } finally {
    await source.return?.();
  }
}

function parseHeader(block: Uint8Array): TarFile | undefined {
  const text = (from: number, to: number) => {
    const [value = ""] = new TextDecoder("latin1").decode(block.subarray(from, to)).split("\0");
    return value;
  };
  const [size, modified] = [text(124, 136), text(136, 148)].map((digits) => Number.parseInt(digits, 8));
  if (size === undefined || modified === undefined) return undefined;
  const file = { path: text(0, maxPathBytes), size, modified };
  try {
    const expected = tarHeader(file);
    return expected.every((byte, index) => byte === block[index]) ? file : undefined;
  } catch {
    return undefined;
  }
}
