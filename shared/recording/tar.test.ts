import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isTar, maxTarFileBytes, TarFault, tarEnd, tarFiles, tarHeader, tarPadding } from "./tar.ts";

const contents: [path: string, text: string][] = [
  ["keys.json", "{}"],
  ["ledger/000001.jsonl", "x".repeat(512)],
  ["recordings/ses_0.rec", ""],
  ["summary.html", "ü".repeat(1_000)],
];

function archive(): Buffer {
  const parts = contents.flatMap(([path, text]) => {
    const bytes = Buffer.from(text);
    return [
      tarHeader({ path, size: bytes.length, modified: 1_767_323_045 }),
      bytes,
      tarPadding(bytes.length),
    ];
  });
  return Buffer.concat([...parts, tarEnd()]);
}

async function read(bytes: Uint8Array, size = 100): Promise<[string, string][]> {
  const found: [string, string][] = [];
  const chunks = (async function* () {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
  })();
  for await (const file of tarFiles(chunks)) {
    const parts: Uint8Array[] = [];
    for await (const part of file.bytes) parts.push(part);
    found.push([file.path, Buffer.concat(parts).toString()]);
  }
  return found;
}

test("reads what it writes, in pieces of any size", async () => {
  for (const size of [1, 511, 512, 513, 100_000]) expect(await read(archive(), size)).toEqual(contents);
});

test("other programs read it too", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-tar-"));
  writeFileSync(join(folder, "a.tar"), archive());
  execFileSync("tar", ["-xf", "a.tar"], { cwd: folder });
  for (const [path, text] of contents) expect(readFileSync(join(folder, path), "utf8")).toBe(text);
  rmSync(folder, { recursive: true });
});

test("any other byte in a header, behind a file or behind the end is a fault", async () => {
  const whole = archive();
  const texts = contents.map(([, text]) => Buffer.byteLength(text));
  let at = 0;
  for (const size of texts) {
    for (let position = at; position < at + 512; position++) {
      const tampered = Buffer.from(whole);
      tampered[position] = (tampered[position] ?? 0) ^ 4;
      await expect(read(tampered, 4_096), `byte ${position}`).rejects.toBeInstanceOf(TarFault);
    }
    at += 512 + size + tarPadding(size).length;
  }
  for (const position of [512 + 2, whole.length - 1, whole.length - 1_000]) {
    const tampered = Buffer.from(whole);
    tampered[position] = 1;
    await expect(read(tampered), `byte ${position}`).rejects.toBeInstanceOf(TarFault);
  }
  await expect(read(Buffer.concat([whole, Buffer.alloc(512)]))).rejects.toBeInstanceOf(TarFault);
  for (const length of [0, 100, 600, whole.length - 512, whole.length - 1])
    await expect(read(whole.subarray(0, length)), `cut at ${length}`).rejects.toBeInstanceOf(TarFault);
});

test("holds no path that leads elsewhere, and no more than its header can say", () => {
  for (const path of ["../x", "/etc/passwd", "a/../b", "a//b", "A", "a b", "", ".", "a/", "x".repeat(101)])
    expect(() => tarHeader({ path, size: 0, modified: 0 })).toThrow(RangeError);
  expect(() => tarHeader({ path: "a", size: maxTarFileBytes + 1, modified: 0 })).toThrow(RangeError);
});

test("a text that has a tar file's mark where that has it is none", () => {
  expect(isTar(archive())).toBe(true);
  // The reason of a session stands on the first line of its recording.
  expect(isTar(Buffer.from(`${"x".repeat(257)}ustar 00`))).toBe(false);
});
