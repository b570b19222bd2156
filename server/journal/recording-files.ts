import { constants } from "node:fs";
import { mkdir, open, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { RecordingStore } from "./recording-store.ts";

const readChunkBytes = 256 * 1024;
/** What `recordingKey` makes, and nothing that could leave the directory. */
const keyPattern = /^[a-z0-9_]{1,64}\.rec$/;

/** Recordings as files in one directory, readable by the gateway's account alone. */
export async function openRecordingFiles(directory: string): Promise<RecordingStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pathOf = (key: string) => {
    if (!keyPattern.test(key)) throw new TypeError("not a recording's key");
    return join(directory, key);
  };
  return {
    async open(key) {
      const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
      const file = await open(pathOf(key), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
      let { size } = await file.stat();
      const opened = await file.stat({ bigint: true });
      /** What is written into a file that nobody finds any more is not recorded. */
      const inPlace = async () => {
        const found = await stat(pathOf(key), { bigint: true });
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
          await Promise.all([writeAll(file, whole), inPlace()]);
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
    remove: (key) => rm(pathOf(key), { force: true }),
    async size(key) {
      try {
        return (await stat(pathOf(key))).size;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
}

/** A short write is no success: the rest follows, or the disk's own error comes out. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, offset, bytes.byteLength - offset);
    offset += bytesWritten;
  }
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
