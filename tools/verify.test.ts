import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../server/db/testing.ts";
import { someActor, someSession, startJournal, temporaryFolder } from "../server/journal/testing.ts";
import { verifyFile } from "../shared/recording/verify.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const path = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  const fresh = await freshDatabase({ migrate: true });
  const { journal, stop } = await startJournal(fresh.url, folder.path);
  const session = someSession();
  await journal.open(session, someActor);
  const write = async (name: string, chunks: AsyncIterable<Uint8Array | string>) => {
    const all: Buffer[] = [];
    for await (const chunk of chunks) all.push(Buffer.from(chunk));
    writeFileSync(path(name), Buffer.concat(all));
  };
  await write("live.txt", journal.recordings.export(session.id));
  await journal.close(session.id, "closed");
  await write("recording.txt", journal.recordings.export(session.id));
  await write("ledger.jsonl", journal.ledger.export());
  writeFileSync(path("key.json"), JSON.stringify(await journal.ledger.keys()));
  await stop();
  await fresh.drop();
});
afterAll(() => folder.remove());

function verify(...files: string[]): { status: number | null; output: string } {
  const run = spawnSync(process.execPath, [join(import.meta.dirname, "verify.mjs"), ...files], {
    encoding: "utf8",
  });
  return { status: run.status, output: run.stdout + run.stderr };
}

test("whole files pass, with a notice where no key is trusted", () => {
  const without = verify(path("recording.txt"));
  expect(without.status).toBe(0);
  expect(without.output).toMatch(/ok +recording\.txt: recording of ses_\w+, 2 events.* key [0-9a-f]{16}/);
  expect(without.output).toContain("No trusted key was given");

  const all = verify(path("recording.txt"), path("key.json"), path("ledger.jsonl"));
  expect(all.status).toBe(0);
  expect(all.output).toMatch(/Entry \d+ of the ledger vouches for it/);
  expect(all.output).not.toContain("note");
});

test("a live export says how many events were recorded after it", () => {
  const { status, output } = verify(path("live.txt"), path("key.json"), path("ledger.jsonl"));
  expect(status).toBe(0);
  expect(output).toContain("1 more event was recorded after this export");
  expect(verify(path("live.txt"), path("key.json")).output).toContain("more may follow");
});

test("a closed recording with fewer events than the ledger knows fails", async () => {
  const bytes = readFileSync(path("recording.txt"));
  const session = /ses_\w+/.exec(bytes.toString())?.[0] ?? "";
  const known = new Map([[5, { hash: "0".repeat(64), seq: 9 }]]);
  const verdict = await verifyFile(Readable.from([bytes]), { anchors: new Map([[session, known]]) });
  expect(verdict).toMatchObject({ ok: false, why: "the ledger knows 5 events of this session" });
});

test("a flipped byte fails, and its line is named", () => {
  for (const name of ["recording.txt", "ledger.jsonl"]) {
    const bytes = readFileSync(path(name));
    const second = bytes.indexOf("\n") + 100;
    bytes[second] = (bytes[second] ?? 0) ^ 1;
    writeFileSync(path("tampered"), bytes);
    const { status, output } = verify(path("tampered"), path("key.json"));
    expect(status).toBe(1);
    expect(output).toMatch(/FAIL +tampered: line 2/);
  }
});

test("which keys are trusted is told, and what is called a ledger adds none", () => {
  expect(verify(path("key.json"), path("recording.txt")).output).toMatch(
    /^keys +Trusted are those of key\.json \([0-9a-f]{16}\)\.$/m,
  );
  writeFileSync(path("keys.jsonl"), readFileSync(path("key.json")));
  const { status, output } = verify(path("keys.jsonl"), path("recording.txt"));
  expect(status).toBe(1);
  expect(output).toMatch(/FAIL +keys\.jsonl: line 1/);
});

test("what a file says stays on its line and speaks to no terminal", () => {
  const x = "A".repeat(43);
  const keyId = "\u001b[2K\rok    ledger.jsonl: signed with key 0123456789abcdef\nok";
  writeFileSync(
    path("hostile.jsonl"),
    `${JSON.stringify({ keys: [{ jwk: { crv: "Ed25519", kty: "OKP", x }, keyId }] })}\n`,
  );
  const { status, output } = verify(path("hostile.jsonl"));
  expect(status).toBe(1);
  expect(output.trimEnd()).toMatch(/^FAIL +hostile\.jsonl: line 1: key \\u\{1B\}[^\p{Cc}]*$/u);
});

test("what cannot be checked is told apart from what does not hold", () => {
  expect(verify().status).toBe(2);
  expect(verify("--help").status).toBe(2);
  expect(verify(path("missing")).status).toBe(2);
  expect(verify(path("key.json")).status).toBe(2);
  writeFileSync(path("empty"), "");
  expect(verify(path("empty")).status).toBe(1);
});
