import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRecordingFiles } from "./recording-files.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-recordings-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** What is appended at once, and what goes through the thread pool. */
const sizes = [100, 1024 * 1024];

test("appends of any size stand in the file in their order", async () => {
  const store = await openRecordingFiles(directory);
  const blob = await store.open("ses_1.rec");
  const pieces = [...sizes, ...sizes].map((size, at) => Buffer.alloc(size, at));
  for (const piece of pieces) await blob.append([piece.subarray(0, 10), piece.subarray(10)]);
  expect(blob.size).toBe(2 * (100 + 1024 * 1024));
  await blob.close();
  expect((await readFile(join(directory, "ses_1.rec"))).equals(Buffer.concat(pieces))).toBe(true);
});

test.each(sizes)(
  "%d bytes fail where another file, or none, stands in the recording's place",
  async (size) => {
    const store = await openRecordingFiles(directory);
    const bytes = [Buffer.alloc(size)];
    const replaced = await store.open("ses_1.rec");
    const successor = await store.succeed("ses_1.rec");
    await expect(replaced.append(bytes)).rejects.toThrow("another file stands in the recording's place");
    await successor.append(bytes);
    await rename(join(directory, "ses_1.rec"), join(directory, "elsewhere"));
    await expect(successor.append(bytes)).rejects.toThrow("ENOENT");
    await Promise.all([replaced.close(), successor.close()]);
  },
);
