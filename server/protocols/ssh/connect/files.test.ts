import { createHash, randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../testing/server.ts";
import { startSshd, type Sshd } from "../testing/sshd.ts";
import type { SshBackend } from "./backend.ts";
import { FILE_BLOCK_BYTES } from "./limits.ts";
import { permitFor } from "../../testing.ts";
import { fileAt, forever, open, outcomeOf, run } from "./testing.ts";

let sshd: Sshd;
let backend: SshBackend;
let folder: string;

beforeAll(async () => {
  sshd = await startSshd();
  backend = await open(sshd);
  folder = join(sshd.folder, "files");
  mkdirSync(folder);
});
afterAll(async () => {
  await backend.close();
  await sshd.stop();
});

async function* pieces(bytes: Uint8Array, size = 50_000): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function readAll(path: string, maxBytes = 10_000_000): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of backend.files.read(permitFor(), { ...fileAt(path), maxBytes }, forever()))
    all.push(piece);
  return Buffer.concat(all);
}

const write = (path: string, bytes: Uint8Array, parts: { replace?: boolean; maxBytes?: number } = {}) =>
  backend.files.write(
    permitFor(),
    { ...fileAt(path), maxBytes: 10_000_000, mode: 0o640, replace: true, ...parts },
    pieces(bytes),
    forever(),
  );

describe("a directory", () => {
  test("is listed with what each entry is, up to a bound", async () => {
    const at = join(folder, "listed");
    mkdirSync(join(at, "sub"), { recursive: true });
    writeFileSync(join(at, "a.txt"), "hello", { mode: 0o600 });
    symlinkSync("/etc/passwd", join(at, "link"));
    const all = await backend.files.list(permitFor(), { ...fileAt(at), maxEntries: 10 }, forever());
    expect(all.entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))).toMatchObject([
      { name: "a.txt", kind: "file", size: 5, mode: 0o600 },
      { name: "link", kind: "link" },
      { name: "sub", kind: "directory" },
    ]);
    expect(all.truncated).toBe(false);
    const some = await backend.files.list(permitFor(), { ...fileAt(at), maxEntries: 2 }, forever());
    expect(some).toMatchObject({ entries: { length: 2 }, truncated: true });
  });

  test("that is not there, or not to be seen, is said to be so", async () => {
    const list = (path: string) =>
      backend.files.list(permitFor(), { ...fileAt(path), maxEntries: 1 }, forever());
    await expect(list(join(folder, "nothing"))).rejects.toMatchObject({ code: "file_not_found" });
    const unprivileged = await startSshd({ account: "unprivileged" });
    const own = await open(unprivileged);
    await expect(
      own.files.list(permitFor(), { ...fileAt("/root"), maxEntries: 1 }, forever()),
    ).rejects.toMatchObject({ code: "file_refused" });
    await own.close();
    await unprivileged.stop();
  });
});

describe("a file", () => {
  test("goes up and comes down the same, whatever its size", async () => {
    for (const size of [0, 1, FILE_BLOCK_BYTES, FILE_BLOCK_BYTES * 3 + 1, 3_000_000]) {
      const bytes = randomBytes(size);
      const path = join(folder, `size-${size}`);
      expect(await write(path, bytes)).toEqual({
        bytes: size,
        sha256: createHash("sha256").update(bytes).digest("hex"),
      });
      expect(statSync(path).mode & 0o777).toBe(0o640);
      expect((await readAll(path)).equals(bytes)).toBe(true);
      expect(await backend.files.stat(permitFor(), fileAt(path), forever())).toMatchObject({
        name: `size-${size}`,
        kind: "file",
        size,
      });
    }
  });

  test("is replaced as a whole, and keeps its mode; a link is replaced, not followed", async () => {
    const path = join(folder, "replaced");
    writeFileSync(path, "old", { mode: 0o755 });
    await write(path, Buffer.from("new"));
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["new", 0o755]);
    const link = join(folder, "replaced-link");
    symlinkSync(path, link);
    await write(link, Buffer.from("mine"));
    expect([readFileSync(path, "utf8"), readFileSync(link, "utf8")]).toEqual(["new", "mine"]);
  });

  test("that exists is left alone where it was not to be replaced", async () => {
    const path = join(folder, "kept");
    writeFileSync(path, "old");
    await expect(write(path, Buffer.from("new"), { replace: false })).rejects.toMatchObject({
      code: "file_refused",
    });
    await write(join(folder, "fresh"), Buffer.from("new"), { replace: false });
    expect([readFileSync(path, "utf8"), readFileSync(join(folder, "fresh"), "utf8")]).toEqual(["old", "new"]);
  });

  test("that is too large, or whose source breaks, leaves nothing behind", async () => {
    const path = join(folder, "half");
    await expect(write(path, Buffer.alloc(200_000), { maxBytes: 100_000 })).rejects.toMatchObject({
      code: "too_large",
    });
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(100_000);
      throw new Error("the source broke");
    }
    const at = { ...fileAt(path), maxBytes: 1_000_000, mode: 0o600, replace: true };
    await expect(backend.files.write(permitFor(), at, breaking(), forever())).rejects.toThrow(
      "the source broke",
    );
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("larger than may be read is not begun, and one that grows is stopped", async () => {
    const path = join(folder, "large");
    writeFileSync(path, Buffer.alloc(100_000));
    await expect(readAll(path, 99_999)).rejects.toMatchObject({ code: "too_large" });
    // It has no size that stat could tell.
    await expect(readAll("/proc/kallsyms", 10_000)).rejects.toMatchObject({ code: "too_large" });
    expect((await readAll("/proc/self/status")).toString()).toContain("Name:");
  });

  test("that is none is not opened", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const path of [pipe, "/dev/zero", folder])
      await expect(readAll(path)).rejects.toMatchObject({ code: "file_refused" });
    await expect(readAll(join(folder, "nothing"))).rejects.toMatchObject({ code: "file_not_found" });
    await expect(write(folder, Buffer.from("x"))).rejects.toMatchObject({ code: "file_refused" });
  });

  test("takes the place of no pipe, device or socket", async () => {
    const pipe = join(folder, "kept-pipe");
    execFileSync("mkfifo", [pipe]);
    await expect(write(pipe, Buffer.from("x"))).rejects.toMatchObject({ code: "file_refused" });
    expect(statSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("is given up at its signal, and the connection goes on", async () => {
    const abort = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let sent = 0; ; sent += 1) {
        if (sent === 5) abort.abort();
        yield Buffer.alloc(10_000);
      }
    }
    const path = join(folder, "given-up");
    const at = { ...fileAt(path), maxBytes: 100_000_000, mode: 0o600, replace: true };
    await expect(backend.files.write(permitFor(), at, endless(), abort.signal)).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
    expect((await outcomeOf(run(backend, "echo on"))).stdout).toBe("on\n");
  });

  test("spends its permit", async () => {
    const permit = permitFor();
    await backend.files.stat(permit, fileAt(folder), forever());
    await expect(backend.files.stat(permit, fileAt(folder), forever())).rejects.toMatchObject({
      code: "permit_invalid",
    });
  });
});

describe("a path", () => {
  const resolve = (path: string, follow = true) =>
    backend.files.resolve(permitFor(), { ...fileAt(path), follow }, forever());

  test("is what the host resolves it to", async () => {
    const real = join(folder, "real");
    mkdirSync(join(real, "sub"), { recursive: true });
    writeFileSync(join(real, "file"), "x");
    symlinkSync(real, join(folder, "way"));
    symlinkSync(join(real, "file"), join(folder, "to-file"));
    expect(await resolve(join(folder, "way/sub/../file"))).toEqual({
      path: join(real, "file"),
      exists: true,
    });
    expect(await resolve(join(folder, "to-file"))).toEqual({ path: join(real, "file"), exists: true });
    expect(await resolve("~")).toEqual(await resolve("."));
    // What is written replaces a link, and is not written through it; links on the way are followed.
    expect(await resolve(join(folder, "to-file"), false)).toEqual({
      path: join(folder, "to-file"),
      exists: true,
    });
    expect(await resolve(join(folder, "way/new"), false)).toEqual({ path: join(real, "new"), exists: false });
  });

  test("that is not there keeps its name, made absolute", async () => {
    expect(await resolve(join(folder, "none/../none/x/./y"))).toEqual({
      path: join(folder, "none/x/y"),
      exists: false,
    });
  });

  test("that names a folder is nothing to write", async () => {
    for (const path of [`${folder}/`, `${folder}/..`, "."])
      await expect(resolve(path, false)).rejects.toMatchObject({ code: "file_refused" });
  });

  test("that has become a link since is refused, to read, to list and to write", async () => {
    const secret = join(folder, "secret");
    mkdirSync(secret);
    writeFileSync(join(secret, "x"), "secret");
    symlinkSync(secret, join(folder, "swapped"));
    const at = { ...fileAt(join(folder, "swapped/x")), exact: true };
    const refused = { code: "file_refused", message: expect.stringContaining("leads elsewhere") };
    const reading = backend.files.read(permitFor(), { ...at, maxBytes: 100 }, forever());
    await expect(reading[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
    await expect(
      backend.files.list(permitFor(), { ...at, path: join(folder, "swapped"), maxEntries: 10 }, forever()),
    ).rejects.toMatchObject(refused);
    await expect(
      backend.files.write(
        permitFor(),
        { ...at, maxBytes: 100, mode: 0o600, replace: true },
        pieces(Buffer.from("mine")),
        forever(),
      ),
    ).rejects.toMatchObject(refused);
    expect(readFileSync(join(secret, "x"), "utf8")).toBe("secret");
  });
});

describe("a host", () => {
  test("without SFTP says so", async () => {
    const plain = await startServer({
      meet: (connection) => connection.on("session", (accept) => void accept().on("exec", () => undefined)),
    });
    const own = await open(plain);
    await expect(own.files.stat(permitFor(), fileAt("/"), forever())).rejects.toMatchObject({
      code: "target_refused",
      message: "The target offers no SFTP.",
    });
    await own.close();
    await plain.stop();
  });
});
