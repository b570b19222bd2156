import { execFileSync, spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionId } from "../../shared/ids.ts";
import type { FileKey } from "../../shared/recording/ledger-file.ts";
import { tarEnd, tarFiles, tarHeader, tarPadding } from "../../shared/recording/tar.ts";
import { verifyFile, type Verdict } from "../../shared/recording/verify.ts";
import { freshDatabase } from "../db/testing.ts";
import { recordingKey } from "./recordings.ts";
import { someActor, someCommand, someSession, startJournal, temporaryFolder } from "./testing.ts";
import { rowsOf } from "./recordable.ts";

const hostile = `select '<script>alert(1)</script> \u202E & "quoted"'`;

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: Awaited<ReturnType<typeof startJournal>>;
let time = Date.parse("2026-01-02T03:04:06.000Z");
let firstKeys: FileKey[];
let [early, late, live, damaged]: SessionId[] = [];
let archive: Buffer;
let files: Map<string, Buffer>;

const period = { from: "2026-02-01T00:00:00.000Z", to: "2026-03-01T00:00:00.000Z" };

async function session(at: string, end: string | undefined, sql = "select 1"): Promise<SessionId> {
  const { journal } = gateway;
  time = Date.parse(at);
  const opened = { ...someSession(), openedAt: at };
  const recorder = await journal.open(opened, someActor);
  const command = someCommand(opened.id, sql);
  await journal.intend(command);
  recorder.write({ type: "state", at: 1, command: command.id, state: "running" });
  const { id, actor, sha256 } = command;
  await journal.outcome({ id, session: opened.id, actor, state: "completed", sha256, writes: true });
  if (end !== undefined) {
    time = Date.parse(end);
    await journal.close(opened.id, "closed");
  }
  await journal.ledger.sign();
  return opened.id;
}

const take = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
};
const verify = (bytes: Uint8Array, trusted?: FileKey[]): Promise<Verdict> =>
  verifyFile(
    (async function* () {
      for (let from = 0; from < bytes.length; from += 5_000) yield bytes.subarray(from, from + 5_000);
    })(),
    { trusted },
  );

async function unpacked(bytes: Buffer): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const chunks = (async function* () {
    yield bytes;
  })();
  for await (const file of tarFiles(chunks)) found.set(file.path, await take(file.bytes));
  return found;
}

function packed(from: ReadonlyMap<string, Buffer>): Buffer {
  const parts = [...from].flatMap(([path, bytes]) => [
    tarHeader({ path, size: bytes.length, modified: 0 }),
    bytes,
    tarPadding(bytes.length),
  ]);
  return Buffer.concat([...parts, tarEnd()]);
}

beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
  folder = await temporaryFolder();
  gateway = await startJournal(fresh.url, folder.path, () => time);
  firstKeys = (await gateway.journal.ledger.keys()).keys.map(({ keyId, jwk }) => ({ keyId, jwk }));
  early = await session("2026-01-02T00:00:00.000Z", "2026-01-02T01:00:00.000Z");
  late = await session("2026-02-02T00:00:00.000Z", "2026-02-02T01:00:00.000Z", hostile);
  await gateway.journal.ledger.rotateKey(null);
  live = await session("2026-02-03T00:00:00.000Z", undefined);
  damaged = await session("2026-02-04T00:00:00.000Z", "2026-02-05T00:00:00.000Z");
  const path = join(folder.path, "recordings", recordingKey(damaged));
  await writeFile(path, (await readFile(path, "utf8")).replace("running", "runming"));
  archive = await take(await gateway.journal.evidence.archive(period, "issuer|elif"));
  files = await unpacked(archive);
});
afterAll(async () => {
  await gateway.stop();
  await fresh.drop();
  await folder.remove();
});

test("holds the ledger, keys and recordings of the period, and verifies with the keys of before it", async () => {
  expect([...files.keys()]).toEqual([
    "keys.json",
    "ledger/000001.jsonl",
    ...[late, live].map((id) => `recordings/${id}.rec`).toSorted(),
    "summary.html",
    "manifest.json",
  ]);
  expect(await verify(archive, firstKeys)).toMatchObject({
    ok: true,
    kind: "archive",
    period,
    recordings: 2,
    missing: [{ session: damaged, why: expect.stringContaining("The recording was altered: event 2") }],
    trusted: true,
  });
  // Each file in it stands on its own.
  expect(await verify(files.get("ledger/000001.jsonl") ?? Buffer.of())).toMatchObject({ ok: true });
  expect(archive.includes(early ?? "")).toBe(false);
});

test("that it was made is in the ledger, and in itself", async () => {
  const text = files.get("ledger/000001.jsonl")?.toString() ?? "";
  expect(text).toContain('"kind":"evidence.exported"');
  const entries = await gateway.journal.ledger.page(0, 1_000);
  expect(entries.find(({ kind }) => kind === "evidence.exported")).toMatchObject({
    actor: "issuer|elif",
    body: { ...period, sessions: 3 },
  });
});

test("its summary is inert, and shows hostile text as text", () => {
  const page = files.get("summary.html")?.toString() ?? "";
  expect(page).not.toContain("<script");
  expect(page).not.toContain("\u202E");
  expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt; \\u{202E} &amp; &quot;quoted&quot;");
  expect(page).not.toMatch(/<(?:img|link|iframe|a|form|object)\b|\son\w+=|url\(|@import/i);
  expect(page).toContain("default-src 'none'");
  expect(page).toContain("Ada");
});

test("any flipped bit is found, and the file that it is in is named", async () => {
  for (let position = 0; position < archive.length; position += 37) {
    const tampered = Buffer.from(archive);
    tampered[position] = (tampered[position] ?? 0) ^ 1;
    const verdict = await verify(tampered, firstKeys);
    if (verdict.ok) throw new Error(`byte ${position} was missed`);
  }
  const at = archive.indexOf('"running"', archive.indexOf("recordings/"));
  const tampered = Buffer.from(archive);
  tampered[at + 2] = (tampered[at + 2] ?? 0) ^ 1;
  expect(await verify(tampered)).toMatchObject({
    ok: false,
    file: expect.stringMatching(/^recordings\//),
    entry: 2,
  });
});

test("a file that is left out, added, doubled or put elsewhere is found", async () => {
  for (const path of files.keys()) {
    const without = new Map(files);
    without.delete(path);
    expect(await verify(packed(without)), `without ${path}`).toMatchObject({ ok: false });
  }
  const [first, ...rest] = [...files];
  if (!first) throw new Error("an archive has files");
  expect(await verify(packed(new Map([...rest.slice(0, -1), first, ...rest.slice(-1)])))).toMatchObject({
    ok: false,
  });
  const summary = files.get("summary.html") ?? Buffer.of();
  expect(await verify(packed(new Map([...files, ["extra.html", summary]])))).toMatchObject({
    ok: false,
    why: "something follows the manifest",
  });
  const inside = [...files].toSpliced(-1, 0, ["more.html", summary]);
  expect(await verify(packed(new Map(inside)))).toMatchObject({ ok: false, file: "more.html" });
  const page = new Map([...files, ["summary.html", Buffer.from("<p>nothing happened</p>")]]);
  expect(await verify(packed(page))).toMatchObject({
    ok: false,
    file: "summary.html",
    why: "it is not the file that the manifest names",
  });
  for (const length of [512, archive.length / 2, archive.length - 1_024])
    expect(await verify(archive.subarray(0, length))).toMatchObject({ ok: false });
});

test("a whole archive of a stranger's is not taken for one of ours", async () => {
  const elsewhere = await freshDatabase({ migrate: true });
  const other = await temporaryFolder();
  const stranger = await startJournal(elsewhere.url, other.path, () => time);
  const theirs = await take(await stranger.journal.evidence.archive(period, "x"));
  expect(await verify(theirs)).toMatchObject({ ok: true, trusted: false });
  expect(await verify(theirs, firstKeys)).toMatchObject({ ok: false });
  await stranger.stop();
  await elsewhere.drop();
  await other.remove();
});

test("tar unpacks it, and the command line verifies it and names the first bad thing", async () => {
  const path = join(folder.path, "evidence.tar");
  const keys = join(folder.path, "key.json");
  await writeFile(path, archive);
  await writeFile(keys, JSON.stringify({ keys: firstKeys.map((key) => ({ ...key, since: period.from })) }));
  expect(execFileSync("tar", ["-tf", path], { encoding: "utf8" })).toContain("summary.html");
  const program = join(import.meta.dirname, "../../tools/verify.mjs");
  const run = () => spawnSync(process.execPath, [program, keys, path], { encoding: "utf8" });
  const good = run();
  expect(good.stdout).toMatch(/^ok {4}evidence\.tar: evidence from 2026-02-01.* 2 recordings/);
  expect(good.stdout).toContain(`No recording of ${damaged}`);
  expect(good.status).toBe(0);
  const tampered = Buffer.from(archive);
  const at = archive.indexOf("a look");
  tampered[at] = (tampered[at] ?? 0) ^ 1;
  await writeFile(path, tampered);
  const bad = run();
  expect(bad.stdout).toMatch(/^FAIL {2}evidence\.tar: ledger\/000001\.jsonl: line \d+ \(entry \d+\): /);
  expect(bad.status).toBe(1);
});

test("a period that ends before it begins, and more archives than two at once, are refused", async () => {
  const { archive: make } = gateway.journal.evidence;
  await expect(make({ from: period.to, to: period.from }, "x")).rejects.toMatchObject({ code: "invalid" });
  const under = [await make(period, "x"), await make(period, "x")];
  for (const one of under) await one.next();
  await expect(make(period, "x")).rejects.toMatchObject({ code: "rate_limited" });
  for (const one of under) await one.return(undefined);
  await (await make(period, "x")).return(undefined);
});

test("is made piece by piece: memory does not grow with what it holds", async () => {
  const { journal } = gateway;
  const big = someSession();
  const recorder = await journal.open({ ...big, openedAt: "2026-02-10T00:00:00.000Z" }, someActor);
  const rows = [["x".repeat(1024 * 1024)]];
  const command = someCommand(big.id).id;
  for (let part = 0; part < 24; part++) {
    recorder.write({ type: "rows", at: part, command, statement: 0, rows: rowsOf(rows) });
    await recorder.drained();
  }
  await journal.close(big.id, "closed");
  let largest = 0;
  let total = 0;
  for await (const chunk of await journal.evidence.archive(period, "x")) {
    largest = Math.max(largest, chunk.length);
    total += chunk.length;
  }
  expect(total).toBeGreaterThan(24 * 1024 * 1024);
  expect(largest).toBeLessThan(5 * 1024 * 1024);
});
