import { Seal } from "../../shared/recording/format.ts";
import type { LedgerKeys } from "../../shared/nouns/entry.ts";
import { fromBase64url, hex } from "../../shared/recording/primitives.ts";
import { verifyFile, type Anchors, type Verdict } from "../../shared/recording/verify.ts";
import { UserError } from "../api/errors.ts";

/** Bytes of a stream, chunk by chunk; not every browser iterates over one. */
export async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel();
  }
}

/** What was checked of a file, and against what. */
export type Checked = {
  name: string;
  verdict: Verdict;
  /** Of the ledger that the recording was held against; absent where it was checked on its own. */
  ledger?: Verdict;
  at: string;
};

/** Longest seal line: enough of a file's end to find it. */
const tailBytes = 4096;

/** The seal of a recording, unchecked: it says where in the ledger to look. Undefined where there is none. */
export async function sealOf(file: Blob): Promise<Seal | undefined> {
  const tail = await file.slice(Math.max(0, file.size - tailBytes)).text();
  const line = tail.trimEnd().split("\n").at(-1) ?? "";
  if (!line.startsWith("seal ")) return undefined;
  try {
    return Seal.safeParse(JSON.parse(line.slice("seal ".length))).data;
  } catch {
    return undefined;
  }
}

/**
 * Checks a recording or a ledger export here in the browser, against the gateway's keys. `readLedger` gives the
 * ledger from an entry on, so that a recording is also held against it; without it the file stands alone.
 */
export async function check(
  file: Blob,
  name: string,
  keys: LedgerKeys,
  readLedger?: (after: number) => Promise<ReadableStream<Uint8Array>>,
): Promise<Checked> {
  try {
    const seal = await sealOf(file);
    const anchors: Anchors = new Map();
    let ledger: Verdict | undefined;
    if (seal !== undefined && seal.ledgerSeq > 0 && readLedger !== undefined) {
      anchors.set(seal.session, new Map());
      ledger = await verifyFile(chunksOf(await readLedger(seal.ledgerSeq - 1)), {
        trusted: keys.keys,
        anchors,
      });
    }
    const verdict = await verifyFile(chunksOf(file.stream()), {
      trusted: keys.keys,
      ...(ledger?.ok === true && { anchors }),
    });
    return { name, verdict, ...(ledger && { ledger }), at: new Date().toISOString() };
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError")
      throw new UserError(
        "unreadable",
        "This browser cannot check Ed25519 signatures.",
        "Use a current browser, or check the file with `npm run verify`.",
      );
    throw error;
  }
}

type Key = LedgerKeys["keys"][number];

/** SHA-256 of the raw public key, in hex: what its id is the beginning of. */
export async function fingerprint({ jwk }: Key): Promise<string> {
  const raw = fromBase64url(jwk.x, 32);
  return raw === undefined ? "" : hex(new Uint8Array(await crypto.subtle.digest("SHA-256", raw)));
}

/** Hands bytes to the person as a file. */
export function save(bytes: Blob, name: string): void {
  const url = URL.createObjectURL(bytes);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by the next turn; the address is of no further use.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
