import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson } from "../../shared/canonical.ts";
import type { FileKey } from "../../shared/recording/ledger-file.ts";
import { verifyFile } from "../../shared/recording/verify.ts";
import { freshDatabase } from "../db/testing.ts";
import { createVault } from "../vault/vault.ts";
import { openKeyring } from "./keyring.ts";
import { bodyHashOf, entryHash } from "./chain.ts";
import { someActor, someSession, someVault, startJournal, temporaryFolder } from "./testing.ts";

type Gateway = Awaited<ReturnType<typeof startJournal>>;

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const gateways: Gateway[] = [];

beforeEach(async () => {
  fresh = await freshDatabase({ migrate: true });
  folder = await temporaryFolder();
});
afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
  await fresh.drop();
  await folder.remove();
});

async function start(): Promise<Gateway> {
  const gateway = await startJournal(fresh.url, folder.path);
  gateways.push(gateway);
  return gateway;
}

const administrator = "issuer|admin";
const note = (gateway: Gateway, kind: "catalog.read" | "review.decided" = "catalog.read") =>
  gateway.journal.note({ kind, actor: null, session: null, command: null, body: {} });

async function exportOf({ journal }: Gateway): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of journal.ledger.export()) lines.push(line);
  return lines;
}
const verify = (lines: string[], trusted?: FileKey[]) =>
  verifyFile(Readable.from([Buffer.from(lines.join(""))]), { trusted });

test("processes on one store sign with one key, also after one of them rotated it", async () => {
  const [one, other] = [await start(), await start()];
  const before = await one.journal.ledger.keys();
  expect(before).toEqual(await other.journal.ledger.keys());
  expect(before.keys).toHaveLength(1);
  await note(other);

  const rotated = await one.journal.ledger.rotateKey(administrator);
  const [entry] = await one.journal.ledger.page(rotated.seq - 1, 1);
  expect(entry).toMatchObject({
    kind: "key.rotated",
    actor: "issuer|admin",
    body: { keyId: before.keys[0]?.keyId, key: { keyId: rotated.keyId } },
  });
  const signed = await Promise.all([note(one, "review.decided"), note(other, "review.decided")]);
  const checkpoints = await one.journal.ledger.checkpoints(rotated.seq - 1, 10);
  // The old key's last word is the entry in which it names its successor.
  expect(checkpoints[0]).toMatchObject({ seq: rotated.seq, keyId: before.keys[0]?.keyId });
  for (const { seq } of signed) {
    const over = checkpoints.find((checkpoint) => checkpoint.seq >= seq);
    expect(over).toMatchObject({ keyId: rotated.keyId });
  }
});

test("whoever trusts the first key is led to all that follow", async () => {
  const gateway = await start();
  const { keys: trusted } = await gateway.journal.ledger.keys();
  await gateway.journal.ledger.rotateKey(administrator);
  await note(gateway, "review.decided");
  await gateway.journal.ledger.rotateKey(administrator);
  await note(gateway, "review.decided");
  const session = someSession();
  await gateway.journal.open(session, someActor);
  await gateway.journal.close(session.id, "closed");

  const verdict = await verify(await exportOf(gateway), trusted);
  expect(verdict).toMatchObject({ ok: true, keyIds: { length: 3 }, keys: { length: 2 } });
  const { keys } = verdict.ok && verdict.kind === "ledger" ? verdict : { keys: [] };
  const recording = gateway.journal.recordings.export(session.id);
  expect(await verifyFile(recording, { trusted: keys })).toMatchObject({ ok: true });
  const again = gateway.journal.recordings.export(session.id);
  expect(await verifyFile(again, { trusted })).toMatchObject({ ok: false });
});

test("a successor that its predecessor did not sign is not believed", async () => {
  const gateway = await start();
  const { keys: trusted } = await gateway.journal.ledger.keys();
  await gateway.journal.ledger.rotateKey(administrator);
  const lines = await exportOf(gateway);
  const stranger = await strangersKey();
  const forged = lines.map((line) => {
    const parsed: unknown = JSON.parse(line);
    if (!isRotation(parsed)) return line;
    const { previous, hash: _, body, ...rest } = parsed.entry;
    const other = { ...body, key: stranger };
    const hashed = { ...rest, bodyHash: bodyHashOf(canonicalJson(other)) };
    const hash = entryHash(previous, hashed.seq, hashed);
    return `${canonicalJson({ entry: { ...hashed, body: other, previous, hash } })}\n`;
  });
  expect(forged).not.toEqual(lines);
  expect(await verify(forged, trusted)).toMatchObject({
    ok: false,
    entry: expect.any(Number),
    why: expect.stringContaining("the key that it names does not follow"),
  });
});

test("a retired key signs nothing any more, and its private half is gone", async () => {
  const gateway = await start();
  const keyring = await openKeyring({ pool: fresh.database.pool, vault: someVault, now: Date.now });
  const retired = await keyring.current();
  const rotated = await gateway.journal.ledger.rotateKey(administrator);
  const { seq, hash } = await note(gateway);
  // Somebody who had copied the old private key signs the head with it.
  const statement = { seq, hash, at: new Date().toISOString(), keyId: retired.keyId };
  await fresh.database.pool.query(
    "insert into checkpoints (seq, hash, at, key_id, signature) values ($1, $2, $3, $4, $5)",
    [seq, hash, statement.at, retired.keyId, retired.sign(statement)],
  );
  expect(await verify(await exportOf(gateway))).toMatchObject({
    ok: false,
    entry: seq,
    why: expect.stringContaining(`retired by entry ${rotated.seq}`),
  });
  const { rows } = await fresh.database.pool.query<{ key_id: string; sealed: string }>(
    "select key_id, sealed from ledger_keys",
  );
  for (const { key_id, sealed } of rows) {
    const plain = someVault.openOwn(`ledger key ${key_id}`, JSON.parse(sealed));
    expect(plain?.includes("PRIVATE KEY")).toBe(key_id === rotated.keyId);
  }
});

test("a key that somebody put into the store is none of the gateway's", async () => {
  const gateway = await start();
  const stranger = await strangersKey();
  await fresh.database.pool.query(
    "insert into ledger_keys (key_id, x, since, sealed) select $1, $2, since, sealed from ledger_keys",
    [stranger.keyId, stranger.jwk.x],
  );
  expect((await gateway.journal.ledger.keys()).keys).toHaveLength(1);
  await note(gateway);
  await fresh.database.pool.query("update ledger_head set key_id = $1", [stranger.keyId]);
  await expect(gateway.journal.ledger.sign()).rejects.toMatchObject({ code: "journal_unavailable" });
});

test("rests sealed, and moves to a new sealing key with everything else", async () => {
  await start();
  const { pool } = fresh.database;
  const stored = async () =>
    (await pool.query<{ sealed: string }>("select sealed from ledger_keys")).rows[0]?.sealed ?? "";
  expect(await stored()).not.toContain("PRIVATE");
  const [old, next] = [
    { id: "test", key: Buffer.alloc(32, 7) },
    { id: "next", key: Buffer.alloc(32, 8) },
  ];
  const withoutIt = createVault({ keys: [next], now: Date.now });
  await expect(openKeyring({ pool, vault: withoutIt, now: Date.now })).rejects.toMatchObject({
    code: "journal_unavailable",
  });
  await openKeyring({ pool, vault: createVault({ keys: [next, old], now: Date.now }), now: Date.now });
  expect(JSON.parse(await stored())).toMatchObject({ keyId: "next" });
  await openKeyring({ pool, vault: withoutIt, now: Date.now });
});

async function strangersKey() {
  const elsewhere = await freshDatabase({ migrate: true });
  const keyring = await openKeyring({ pool: elsewhere.database.pool, vault: someVault, now: Date.now });
  const { keyId, jwk } = await keyring.current();
  await elsewhere.drop();
  return { keyId, jwk };
}

type Rotation = {
  entry: Parameters<typeof entryHash>[2] & {
    seq: number;
    previous: string;
    hash: string;
    body: Record<string, unknown>;
  };
};
const isRotation = (line: unknown): line is Rotation =>
  typeof line === "object" && line !== null && "entry" in line && Object(line.entry).kind === "key.rotated";
