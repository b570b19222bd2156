import type { FileKey } from "./ledger-file.ts";
import { linesOf, type Line } from "./lines.ts";
import { webPrimitives, type Primitives } from "./primitives.ts";
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
  | {
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
    }
  | {
      ok: false;
      kind: "recording" | "ledger" | "unknown";
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
  primitives: Primitives;
};

/**
 * Verifies a recording or a ledger export from its bytes, whichever it is, in constant memory. Needs nothing but the
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
  let total = 0;
  const counted = async function* () {
    for await (const chunk of chunks) {
      total += chunk.length;
      yield chunk;
    }
  };
  let check: Check | undefined;
  let number = 0;
  let end = 0;
  const kind = () => check?.end(number).kind ?? "unknown";
  try {
    for await (const line of linesOf(counted())) {
      number += 1;
      end = line.to;
      check ??= checkFor(line, options);
      if (!check) break;
      const fault = await check.line(line, number);
      if (fault) return fault;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, kind: kind(), line: number + 1, entry: undefined, why: error.message };
  }
  if (!check)
    return {
      ok: false,
      kind: "unknown",
      line: 1,
      entry: undefined,
      why: "this is neither a recording nor an export of the ledger",
    };
  if (end < total)
    return { ok: false, kind: kind(), line: number + 1, entry: undefined, why: "the line is cut off" };
  return check.end(number);
}

function checkFor(first: Line, options: CheckOptions): Check | undefined {
  const byte = String.fromCharCode(first.bytes[0] ?? 0);
  if (byte === "{") return ledgerCheck(options);
  if (/[0-9a-f]/.test(byte)) return recordingCheck(options);
  return undefined;
}
