import { feed } from "./feed.ts";
import type { FileKey } from "./ledger-file.ts";
import type { Line } from "./lines.ts";
import { webPrimitives, type Primitives } from "./primitives.ts";
import { isTar } from "./tar.ts";
import { verifyArchive } from "./verify-archive.ts";
import { ledgerCheck } from "./verify-ledger.ts";
import { recordingCheck } from "./verify-recording.ts";

/** What the ledger says of recordings: per session, the hash after so many events, and which entry says so. */
export type Anchors = Map<string, Map<number, { hash: string; seq: number }>>;

export type VerifyOptions = {
  /** Keys that the reader trusts, from `GET /api/ledger/key`. Without them a file can only prove that it is whole. */
  trusted?: readonly FileKey[] | undefined;
  /** A ledger fills it with anchors of the sessions that are in it; a recording is held against it. */
  anchors?: Anchors | undefined;
  primitives?: Primitives | undefined;
};

/** What a ledger that holds amounts to. */
export type LedgerVerdict = {
  ok: true;
  kind: "ledger";
  from: number;
  to: number;
  checkpoints: number;
  keyIds: string[];
  /** Keys that the trusted ones led to: each named by the one before it. */
  keys: FileKey[];
  /** What retention has taken away, by rule; the chain holds without it. */
  removed: Removed[];
  signedAt: string;
  trusted: boolean;
};

/** What was found. `line` counts from 1; `entry` is the event's number in a recording, or the entry's `seq`. */
export type Verdict =
  | {
      ok: true;
      kind: "recording";
      session: string;
      events: number;
      live: boolean;
      keyId: string;
      signedAt: string;
      anchored: number;
      /** Events that the ledger knows of beyond a live export's last. */
      later: number;
      trusted: boolean;
    }
  | LedgerVerdict
  | {
      ok: true;
      kind: "archive";
      period: { from: string; to: string };
      recordings: number;
      /** Sessions of the period whose recording is not in it, and why. */
      missing: { session: string; why: string }[];
      ledger: LedgerVerdict;
      later: number;
      keyId: string;
      signedAt: string;
      trusted: boolean;
    }
  | {
      ok: false;
      kind: "recording" | "ledger" | "archive" | "unknown";
      /** Of an archive: the file in it. */
      file?: string | undefined;
      line: number;
      entry: number | undefined;
      why: string;
    };

/** Bodies of entries, and recordings, that a rule removed; `at` is the last time that it did. */
export type Removed = { rule: string; at: string; bodies: number; recordings: number };

export type Fault = Extract<Verdict, { ok: false }>;

/** One kind of file: takes line after line, and says at the end what it amounts to. Any Fault is the last word. */
export type Check = {
  line(line: Line, number: number): Promise<Fault | undefined>;
  end(number: number): Verdict;
};

export type CheckOptions = {
  trusted: readonly FileKey[] | undefined;
  anchors: Anchors | undefined;
  /** A ledger fills in what it says last of every session, also of those that are not in `anchors` yet. */
  anchorsOfAll?: boolean;
  primitives: Primitives;
};

/**
 * Verifies a recording, an export of the ledger or an archive of both from its bytes, whichever it is, as they come. Needs nothing but the
 * file and, to know who signed it, the trusted keys. Stops at the first line that is not as it was written.
 */
export async function verifyFile(
  chunks: AsyncIterable<Uint8Array>,
  { trusted, anchors, primitives = webPrimitives }: VerifyOptions = {},
): Promise<Verdict> {
  const options: CheckOptions = {
    trusted,
    anchors,
    primitives,
  };
  const { first, all } = await peek(chunks);
  if (isTar(first)) return verifyArchive(all, options);
  const check = checkFor(first, options);
  if (!check)
    return {
      ok: false,
      kind: "unknown",
      line: 1,
      entry: undefined,
      why: "this is neither a recording, nor an export of the ledger, nor an archive",
    };
  const { lines, fault } = await feed(check, all, 0);
  return fault ?? check.end(lines);
}

/** Enough of a file to know what it is. */
const peekBytes = 512;

/** The first bytes, and all of them again. */
async function peek(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ first: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const source = chunks[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  const first = new Uint8Array(peekBytes);
  let length = 0;
  while (length < peekBytes) {
    const next = await source.next();
    if (next.done === true) break;
    read.push(next.value);
    first.set(next.value.subarray(0, peekBytes - length), length);
    length += next.value.length;
  }
  const all = async function* () {
    try {
      yield* read;
      for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
    } finally {
      await source.return?.();
    }
  };
  return { first: first.subarray(0, Math.min(length, peekBytes)), all: all() };
}

function checkFor(first: Uint8Array, options: CheckOptions): Check | undefined {
  const byte = String.fromCharCode(first[0] ?? 0);
  if (byte === "{") return ledgerCheck(options);
  if (/[0-9a-f]/.test(byte)) return recordingCheck(options);
  return undefined;
}
