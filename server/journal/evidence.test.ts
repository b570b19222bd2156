import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionId } from "../../shared/ids.ts";
import { createDecoder } from "../../shared/recording/decode.ts";
import { verifyFile, type Anchors, type VerifyOptions } from "../../shared/recording/verify.ts";
import { freshDatabase } from "../db/testing.ts";
import { textOf } from "./command-row.ts";
import { someActor, someCommand, someSession, startJournal, temporaryFolder } from "./testing.ts";
import { createSigner, generateKey } from "./signer.ts";
import { rowsOf } from "./recordable.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: Awaited<ReturnType<typeof startJournal>>;
let session: SessionId;
let recording: Buffer;
let ledger: Buffer;

beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
  folder = await temporaryFolder();
  gateway = await startJournal(fresh.url, folder.path);
  const { journal } = gateway;
  const opened = someSession();
  session = opened.id;
  const recorder = await journal.open(opened, someActor);
  const command = someCommand(session, "select 'Grüße, \u{1F30A}'");
  await journal.intend(command);
  const { id } = command;
  recorder.write({
    type: "command",
    at: 1,
    command: id,
    sql: textOf(command.request),
    parameters: [],
    sha256: "",
  });
  recorder.write({
    type: "rows",
    at: 2,
    command: id,
    statement: 0,
    rows: rowsOf([["Grüße, \u{1F30A}"], [null]]),
  });
  recorder.write({ type: "outcome", at: 3, command: id, state: "completed", masked: [] });
  await journal.outcome({
    id,
    session,
    actor: someActor.id,
    state: "completed",
    sha256: command.sha256,
    writes: true,
  });
  await journal.close(session, "closed");
  await journal.note({
    kind: "policy.changed",
    actor: someActor.id,
    session: null,
    command: null,
    body: { version: 2 },
  });
  recording = await bytesOf(journal.recordings.export(session));
  ledger = await bytesOf(journal.ledger.export());
});
afterAll(async () => {
  await gateway.stop();
  await fresh.drop();
  await folder.remove();
});

async function bytesOf(chunks: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

/** Verifies bytes that come in pieces of `size`. */
const verify = (bytes: Uint8Array, options?: VerifyOptions, size = 1_000) =>
  verifyFile(
    (async function* () {
      for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
    })(),
    options,
  );

const lineOf = (bytes: Uint8Array, position: number) =>
  bytes.subarray(0, position).filter((byte) => byte === 0x0a).length + 1;

test("what is exported verifies, in pieces of any size, with the gateway's keys", async () => {
  const { keys: trusted } = await gateway.journal.ledger.keys();
  for (const size of [1, 7, 1_000, 1_000_000]) {
    expect(await verify(recording, { trusted }, size)).toMatchObject({
      ok: true,
      kind: "recording",
      events: 5,
      session,
    });
    expect(await verify(ledger, { trusted }, size)).toMatchObject({ ok: true, kind: "ledger", from: 1 });
  }
});

test("any flipped bit of a recording is found, on its line or the next", async () => {
  for (let position = 0; position < recording.length; position++) {
    const tampered = Buffer.from(recording);
    tampered[position] = (tampered[position] ?? 0) ^ (1 << (position % 8));
    const verdict = await verify(tampered);
    if (verdict.ok) throw new Error(`byte ${position} was not missed`);
    const line = lineOf(recording, position);
    // A newline that is gone lets its line be judged by what follows; one that is new cuts a line in two.
    expect([line, line + 1], `byte ${position}: ${verdict.why}`).toContain(verdict.line);
  }
});

test("any flipped bit of a ledger is found, on its line or the next", async () => {
  for (let position = 0; position < ledger.length; position++) {
    const tampered = Buffer.from(ledger);
    tampered[position] = (tampered[position] ?? 0) ^ (1 << (position % 8));
    const verdict = await verify(tampered);
    if (verdict.ok) throw new Error(`byte ${position} was not missed`);
    const line = lineOf(ledger, position);
    expect([line, line + 1], `byte ${position}: ${verdict.why}`).toContain(verdict.line);
  }
});

test("lines that are dropped, doubled, swapped or added are found, and cut ends", async () => {
  for (const file of [recording, ledger]) {
    const lines = file.toString().split(/(?<=\n)/);
    const tampered = [
      ...lines.map((_, index) => lines.toSpliced(index, 1)),
      ...lines.map((line, index) => lines.toSpliced(index, 0, line)),
      ...lines
        .slice(1)
        .map((_, index) => lines.toSpliced(index, 2, lines[index + 1] ?? "", lines[index] ?? "")),
      [...lines, "\n"],
      lines.slice(0, -1),
    ];
    for (const each of tampered)
      expect(await verify(Buffer.from(each.join("")))).toMatchObject({ ok: false });
    for (let end = 0; end < file.length; end++)
      expect((await verify(file.subarray(0, end))).ok, `cut at ${end}`).toBe(false);
  }
});

test("a stranger's key signs nothing that trusted keys verify", async () => {
  const stranger = createSigner(generateKey());
  const trusted = [{ keyId: stranger.keyId, jwk: stranger.jwk }];
  expect(await verify(recording, { trusted })).toMatchObject({ ok: false, line: 6 });
  expect(await verify(ledger, { trusted })).toMatchObject({ ok: false, kind: "ledger" });
});

test("a recording that the ledger does not vouch for is found, whoever signed it", async () => {
  const anchors: Anchors = new Map([[session, new Map()]]);
  expect(await verify(ledger, { anchors })).toMatchObject({ ok: true });
  expect(await verify(recording, { anchors })).toMatchObject({ ok: true, anchored: expect.any(Number) });
  const [events = 0, anchor] = anchors.get(session)?.entries().next().value ?? [];
  anchors.get(session)?.set(events, { hash: "00".repeat(32), seq: anchor?.seq ?? 0 });
  expect(await verify(recording, { anchors })).toMatchObject({ ok: false, entry: events });
});

test("each field of each entry is covered by its hash", async () => {
  const lines = ledger.toString().trimEnd().split("\n");
  for (const [index, line] of lines.entries()) {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== "object" || parsed === null || !("entry" in parsed)) continue;
    for (const field of Object.keys(Object(parsed.entry))) {
      const value: unknown = Reflect.get(Object(parsed.entry), field);
      const other = typeof value === "number" ? value + 1 : field === "body" ? {} : "ses_x";
      const changed = JSON.stringify({ entry: { ...Object(parsed.entry), [field]: other } });
      const verdict = await verify(Buffer.from(lines.toSpliced(index, 1, changed).join("\n") + "\n"));
      expect({ field, ...verdict }).toMatchObject({ field, ok: false, line: index + 1 });
    }
  }
});

test("the gateway seals no recording that was altered on its disk", async () => {
  const path = join(folder.path, "recordings", `${session}.rec`);
  const whole = recording.subarray(0, recording.lastIndexOf("seal "));
  const altered = Buffer.from(whole);
  altered[200] = (altered[200] ?? 0) ^ 1;
  try {
    for (const bytes of [altered, whole.subarray(0, whole.indexOf("\n") + 1)]) {
      await writeFile(path, bytes);
      await expect(bytesOf(gateway.journal.recordings.export(session))).rejects.toMatchObject({
        code: "journal_unavailable",
      });
    }
  } finally {
    await writeFile(path, whole);
  }
});

test("the decoder reads what was recorded", () => {
  const decode = createDecoder();
  const events = recording
    .toString()
    .trimEnd()
    .split("\n")
    .slice(0, -1)
    .map((line) => decode(line.slice(65)));
  expect(events.map(({ type }) => type)).toEqual(["opened", "command", "rows", "outcome", "closed"]);
  expect(() =>
    createDecoder()(
      recording.toString().slice(65).split("\n")[0]?.replace('"version":1', '"version":2') ?? "",
    ),
  ).toThrow(/version 2/);
});
