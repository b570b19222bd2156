import { type BigIntStats, constants, statSync, writeSync } from "node:fs";
import { mkdir, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { isOnLocalDisk } from "./local-disk.ts";
import type { RecordingStore } from "./recording-store.ts";

const readChunkBytes = 256 * 1024;
/**
 * Up to here an append to a local disk is made at once: a copy into the page cache and a look at a name take 4 us, the
 * way through the thread pool and back, twice, ten times that, and a turn of every queue on it.
 */
const atOnceBytes = 32 * 1024;
/** Numbers of files do not fit into doubles everywhere. */
const exactly = { bigint: true } as const;
/** What `recordingKey` makes, and nothing that could leave the directory. */
const keyPattern = /^[a-z0-9_]{1,64}\.rec$/;

/** Recordings as files in one directory, readable by the gateway's account alone. */
export async function openRecordingFiles(directory: string): Promise<RecordingStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const isLocal = await isOnLocalDisk(directory);
  const pathOf = (key: string) => {
    if (!keyPattern.test(key)) throw new TypeError("not a recording's key");
    return join(directory, key);
  };
  const store: RecordingStore = {
    async open(key) {
      const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
      const path = pathOf(key);
      const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
      let { size } = await file.stat();
      const opened = await file.stat(exactly);
      /** What is written into a file that nobody finds any more is not recorded. */
      const checkPlace = (found: BigIntStats) => {
        if (found.ino !== opened.ino || found.dev !== opened.dev)
          throw new Error("another file stands in the recording's place");
      };
      return {
        get size() {
          return size;
        },
        async append(chunks) {
          const wanted = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
          const whole = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, wanted);
          if (isLocal && wanted <= atOnceBytes) writeAllAtOnce(file, whole);
          else await writeAll(file, whole);
          // Looked at afterwards: a successor's copy holds all that was written while the file was in its place.
          checkPlace(isLocal ? statSync(path, exactly) : await stat(path, exactly));
          size += wanted;
        },
        sync: () => file.datasync(),
        async truncate(to) {
          await file.truncate(to);
          size = to;
        },
        close: () => file.close(),
      };
    },
    async succeed(key) {
      const left = await openToRead(pathOf(key));
      try {
        if (left) await replaceByCopy(left, pathOf(key));
      } finally {
        await left?.close();
      }
      return store.open(key);
    },
    async *read(key, from, to = Number.POSITIVE_INFINITY) {
      const file = await openToRead(pathOf(key));
      if (!file) return;
      try {
        for (let position = from; position < to;) {
          const buffer = Buffer.allocUnsafe(Math.min(readChunkBytes, to - position));
          const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
          if (bytesRead === 0) return;
          position += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },
    async remove(key) {
      for (const path of [pathOf(key), copyOf(pathOf(key))]) await rm(path, { force: true });
    },
    async size(key) {
      try {
        return (await stat(pathOf(key))).size;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
  return store;
}

const copyOf = (path: string) => `${path}.next`;

/** Puts a copy in the file's place, with all that came to the file until then. */
async function replaceByCopy(file: FileHandle, path: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  // A successor that died over it may have left one.
  await rm(copyOf(path), { force: true });
  const copy = await open(copyOf(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const copied = await copyFrom(file, 0, copy);
    await copy.datasync();
    await rename(copyOf(path), path);
    await copyFrom(file, copied, copy);
    await copy.datasync();
  } finally {
    await copy.close();
  }
}

/** Gives where the file ended. */
async function copyFrom(file: FileHandle, from: number, to: FileHandle): Promise<number> {
  const buffer = Buffer.allocUnsafe(readChunkBytes);
  for (let position = from; ;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return position;
    await writeAll(to, buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** A short write is no success: the rest follows, or the disk's own error comes out. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, offset, bytes.byteLength - offset);
    offset += bytesWritten;
  }
}

function writeAllAtOnce({ fd }: FileHandle, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.byteLength;)
    offset += writeSync(fd, bytes, offset, bytes.byteLength - offset);
}

async function openToRead(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOENT";
