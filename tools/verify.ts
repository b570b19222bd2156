import { createHash, createPublicKey, verify } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { z } from "zod";
import { LedgerKeys } from "../shared/nouns/entry.ts";
import { linesOf } from "../shared/recording/lines.ts";
import type { FileKey } from "../shared/recording/ledger-file.ts";
import type { Primitives } from "../shared/recording/primitives.ts";
import { isTar } from "../shared/recording/tar.ts";
import { verifyFile, type Anchors, type LedgerVerdict, type Verdict } from "../shared/recording/verify.ts";
import { visible } from "../shared/visible.ts";

const usage = `usage: npm run verify -- FILE...

FILE is an exported recording, an export of the ledger, an archive of evidence, or key.json: the public keys as
GET /api/ledger/key gave them at a time when you trusted the gateway. With keys the files must be signed by one of them. With a ledger the
recordings must be those that it vouches for.

exit status: 0 everything holds, 1 the first file that does not, 2 nothing could be checked`;

/** What a file says may be anything: it stays on its line, and nothing in it speaks to the terminal. */
const shown = (text: string): string => visible(text).text.replaceAll(/\s+/g, " ");

/** Larger files cannot be keys. */
const maxKeyFileBytes = 1024 * 1024;

/** Node's own are several times faster than Web Crypto for many small messages. */
const primitives: Primitives = {
  sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  hasher() {
    const hash = createHash("sha256");
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
  },
  ed25519: (jwk, signature, message) =>
    verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature),
};

const Opened = z.object({ session: z.string() });

/** Verifies the files and prints what it found. Returns the exit status. */
export async function main(files: readonly string[]): Promise<number> {
  if (files.length === 0 || files.some((file) => file.startsWith("-"))) {
    console.error(usage);
    return 2;
  }
  try {
    return await verifyAll(files);
  } catch (error) {
    console.error(shown(error instanceof Error ? error.message : String(error)));
    return 2;
  }
}

async function verifyAll(files: readonly string[]): Promise<number> {
  let trusted: FileKey[] | undefined;
  const ledgers: string[] = [];
  const others: string[] = [];
  const anchors: Anchors = new Map();
  /** Whoever gives many files learns which of them were believed. */
  const given: string[] = [];
  for (const file of files) {
    const keys = await keysIn(file);
    if (keys) {
      trusted = [...(trusted ?? []), ...keys];
      given.push(`${basename(file)} (${keys.map(({ keyId }) => keyId).join(", ")})`);
    } else if (isTar(await start(file))) others.push(file);
    else {
      const session = await sessionIn(file);
      (session === undefined ? ledgers : others).push(file);
      if (session !== undefined) anchors.set(session, new Map());
    }
  }
  if (ledgers.length + others.length === 0) {
    console.error("There are keys, but nothing to verify with them.");
    return 2;
  }
  // Ledgers first: they say what the recordings must be.
  for (const file of [...ledgers, ...others]) {
    const verdict = await verifyFile(createReadStream(file), {
      trusted,
      anchors: ledgers.length > 0 ? anchors : undefined,
      primitives,
    });
    print(file, verdict, ledgers.length > 0);
    if (!verdict.ok) return 1;
    // A ledger leads from the trusted keys to those that followed them.
    if (verdict.kind === "ledger") trusted?.push(...verdict.keys);
  }
  if (trusted) console.log(`keys  Trusted are those of ${shown(given.join(", "))}.`);
  else
    console.log(
      "note  No trusted key was given: the files are whole, and signed by whoever holds the keys named above.\n" +
        "      Add key.json (GET /api/ledger/key), kept apart from these files, to know that it was your gateway.",
    );
  return 0;
}

function print(file: string, verdict: Verdict, againstLedger: boolean): void {
  const name = shown(basename(file));
  if (!verdict.ok) {
    const entry =
      verdict.entry === undefined
        ? ""
        : ` (${verdict.kind === "ledger" ? "entry" : "event"} ${verdict.entry})`;
    const line = verdict.kind === "archive" ? "" : `line ${verdict.line}${entry}: `;
    const file = verdict.file === undefined ? "" : `${verdict.file}: `;
    console.log(`FAIL  ${name}: ${shown(`${file}${line}${verdict.why}`)}`);
  } else if (verdict.kind === "recording") {
    const { session, events, keyId, signedAt } = verdict;
    console.log(
      `ok    ${name}: recording of ${session}, ${events} events, signed ${signedAt} with key ${keyId}`,
    );
    if (verdict.later > 0)
      console.log(
        `note  ${verdict.later} more ${verdict.later === 1 ? "event was" : "events were"} recorded after this export; they are not in this file.`,
      );
    else if (verdict.live)
      console.log("note  The session still ran when this was exported: more may follow.");
    if (againstLedger && verdict.anchored === 0)
      console.log("note  The ledger that was given says nothing of this session.");
    else if (againstLedger) console.log(`      Entry ${verdict.anchored} of the ledger vouches for it.`);
  } else if (verdict.kind === "ledger") {
    const { from, to, checkpoints, keyIds, signedAt } = verdict;
    console.log(
      `ok    ${name}: ledger, entries ${from} to ${to}, ${checkpoints} checkpoints, signed ${signedAt} with key ${keyIds.at(-1)}`,
    );
    printLedger(verdict);
  } else {
    const { period, recordings, missing, ledger, keyId, signedAt } = verdict;
    console.log(
      `ok    ${name}: evidence from ${period.from} to ${period.to}, ${recordings} recordings, ledger entries ${ledger.from} to ${ledger.to}, signed ${signedAt} with key ${keyId}`,
    );
    printLedger(ledger);
    for (const { session, why } of missing)
      console.log(`note  No recording of ${shown(session)}: ${shown(why)}`);
  }
}

function printLedger({ from, removed }: LedgerVerdict): void {
  for (const { rule, at, bodies, recordings } of removed)
    console.log(
      `note  Removed by retention, rule ${shown(rule)}, last on ${at}: the bodies of ${bodies} entries, ${recordings} recordings. The chain holds without them.`,
    );
  if (from > 1) console.log(`note  Entries before ${from} are not in this file.`);
}

/** Enough of a file to tell what it is. */
async function start(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The keys, where the file is a key file, by its name too: what is called a ledger extends nobody's trust. */
async function keysIn(file: string): Promise<LedgerKeys["keys"] | undefined> {
  if (extname(file) !== ".json" || (await stat(file)).size > maxKeyFileBytes) return undefined;
  try {
    return LedgerKeys.parse(JSON.parse(await readFile(file, "utf8"))).keys;
  } catch {
    return undefined;
  }
}

/** The session, where the file begins as a recording does; nothing is believed of it yet. */
async function sessionIn(file: string): Promise<string | undefined> {
  for await (const { bytes } of linesOf(createReadStream(file))) {
    const line = new TextDecoder().decode(bytes);
    if (line.startsWith("{")) return undefined;
    try {
      return Opened.parse(JSON.parse(line.slice(line.indexOf(" ") + 1))).session;
    } catch {
      return "";
    }
  }
  return "";
}
