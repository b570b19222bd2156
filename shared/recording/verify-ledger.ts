import { z } from "zod";
import { canonicalJson } from "../canonical.ts";
import type { Checkpoint, Entry } from "../nouns/entry.ts";
import { createBodiless } from "./bodiless.ts";
import { firstHash } from "./format.ts";
import { entryFault } from "./entry-fault.ts";
import {
  BodiesRemoved,
  KeyRotated,
  LedgerLine,
  RecordingRemoved,
  type FileKey,
  type LedgerSeal,
} from "./ledger-file.ts";
import { keyIdOf, signatureFault } from "./signatures.ts";
import type { Anchors, Check, CheckOptions, Fault, Removed } from "./verify.ts";

const Anchored = z.object({ recording: z.object({ events: z.int(), hash: z.string() }) });

/**
 * Checks an export of the ledger: numbers, hashes, the chain from entry to entry, every signature, that keys follow one
 * another, and that a body which is missing was removed by a rule.
 */
export function ledgerCheck({ trusted, anchors, anchorsOfAll = false, primitives }: CheckOptions): Check {
  let keys: ReadonlyMap<string, FileKey> | undefined;
  let first: Entry | undefined;
  let last: Entry | undefined;
  let seal: LedgerSeal | undefined;
  let signedSeq = 0;
  /** The last rotation: what it put in force signs everything behind it. */
  let rotation: { seq: number; keyId: string } | undefined;
  /** Trusted keys, and those that they led to. */
  const believed = trusted && [...trusted];
  const ledTo: FileKey[] = [];
  const removed = new Map<string, Removed>();
  const bodiless = createBodiless();
  let checkpoints = 0;
  const keyIds = new Set<string>();
  const fault = (line: number, why: string, entry = last?.seq): Fault => ({
    ok: false,
    kind: "ledger",
    line,
    entry,
    why,
  });

  const checkEntry = async (entry: Entry, number: number): Promise<Fault | undefined> => {
    const bad = (why: string) => fault(number, why, entry.seq);
    if (last && entry.seq !== last.seq + 1) return bad(`entry ${entry.seq} follows entry ${last.seq}`);
    const before = last?.hash ?? (entry.seq === 1 ? firstHash : entry.previous);
    if (entry.previous !== before) return bad("it does not continue the entry before");
    const why = (await entryFault(entry, primitives)) ?? (await checkBody(entry));
    if (why !== undefined) return bad(why);
    first ??= entry;
    last = entry;
    if (anchors) collect(anchors, entry, anchorsOfAll);
    return undefined;
  };

  const signedRightly = async (
    signed: Record<string, unknown> & { keyId: string; signature: string },
  ): Promise<string | undefined> => {
    const key = keys?.get(signed.keyId);
    keyIds.add(signed.keyId);
    return key
      ? signatureFault(signed, key.jwk, believed, primitives)
      : `its key ${signed.keyId} is not in the file`;
  };

  /** What some entries say about the rest of the file. */
  const checkBody = async ({ seq, at, kind, body }: Entry): Promise<string | undefined> => {
    if (body === null) {
      bodiless.add(seq);
      return undefined;
    }
    const count = (rule: string, bodies: number, recordings: number) => {
      const before = removed.get(rule) ?? { bodies: 0, recordings: 0 };
      const sums = { bodies: before.bodies + bodies, recordings: before.recordings + recordings };
      removed.set(rule, { rule, at, ...sums });
    };
    if (kind === "key.rotated") {
      const rotated = KeyRotated.safeParse(body);
      if (!rotated.success) return "it does not say which key follows";
      const { keyId, key } = rotated.data;
      if (rotation !== undefined && rotation.keyId !== keyId) return `key ${keyId} was not in force`;
      const why = await signedRightly(rotated.data);
      if (why !== undefined) return `the key that it names does not follow: ${why}`;
      if ((await keyIdOf(key.jwk, primitives)) !== key.keyId) return "the key's id is not that of the key";
      believed?.push(key);
      ledTo.push(key);
      rotation = { seq, keyId: key.keyId };
    } else if (kind === "bodies.removed") {
      const told = BodiesRemoved.safeParse(body);
      if (!told.success) return "it does not say what was removed";
      for (const [from, to] of told.data.entries) {
        const bodies = bodiless.account(from, to);
        if (bodies > 0) count(told.data.rule, bodies, 0);
      }
    } else if (kind === "recording.removed") {
      const told = RecordingRemoved.safeParse(body);
      if (!told.success) return "it does not say what was removed";
      count(told.data.rule, 0, 1);
    }
    return undefined;
  };

  /** A key that was retired signs nothing any more. */
  const isRetired = (signed: { keyId: string }, from: number) =>
    rotation !== undefined && from > rotation.seq && signed.keyId !== rotation.keyId
      ? `its key ${signed.keyId} was retired by entry ${rotation.seq}`
      : undefined;

  const checkCheckpoint = async (checkpoint: Checkpoint, number: number): Promise<Fault | undefined> => {
    if (checkpoint.seq !== last?.seq || checkpoint.hash !== last.hash || signedSeq === last.seq)
      return fault(number, "the checkpoint does not belong here");
    const why = isRetired(checkpoint, checkpoint.seq) ?? (await signedRightly(checkpoint));
    if (why !== undefined) return fault(number, `the checkpoint does not hold: ${why}`);
    signedSeq = checkpoint.seq;
    checkpoints += 1;
    return undefined;
  };

  const checkSeal = async (found: LedgerSeal, number: number): Promise<Fault | undefined> => {
    seal = found;
    if (found.from !== first?.seq || found.to !== last?.seq || found.hash !== last.hash)
      return fault(number, `the seal is for entries ${found.from} to ${found.to}`);
    if (found.checkpoints !== checkpoints)
      return fault(number, `the seal speaks of ${found.checkpoints} checkpoints, there are ${checkpoints}`);
    const why = isRetired(found, found.to + 1) ?? (await signedRightly(found));
    return why === undefined ? undefined : fault(number, `the seal does not hold: ${why}`);
  };

  return {
    async line({ bytes }, number) {
      if (seal) return fault(number, "something follows the seal");
      const line = read(bytes);
      if (!line) return fault(number, "this is not a line of the ledger", last && last.seq + 1);
      if ("keys" in line) {
        if (number !== 1) return fault(number, "keys stand on the first line alone");
        keys = new Map(line.keys.map((key) => [key.keyId, key]));
        for (const { keyId, jwk } of line.keys)
          if ((await keyIdOf(jwk, primitives)) !== keyId)
            return fault(number, `key ${keyId} is not what its id says`);
        return undefined;
      }
      if (!keys) return fault(number, "the keys are missing");
      if ("entry" in line) return checkEntry(line.entry, number);
      return "checkpoint" in line ? checkCheckpoint(line.checkpoint, number) : checkSeal(line.seal, number);
    },
    end(number) {
      if (!first || !last) return fault(number + 1, "there is no entry");
      if (!seal) return fault(number + 1, "the seal is missing: the end is cut off");
      const missing = bodiless.first();
      if (missing !== undefined)
        return fault(number, `the body of entry ${missing} is missing, and no rule has removed it`, missing);
      return {
        ok: true,
        kind: "ledger",
        from: first.seq,
        to: last.seq,
        checkpoints,
        keyIds: [...keyIds],
        keys: ledTo,
        removed: [...removed.values()],
        signedAt: seal.at,
        trusted: trusted !== undefined,
      };
    },
  };
}

/** The line, where it is exactly what `printLedgerLine` prints. */
function read(bytes: Uint8Array): LedgerLine | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const line = LedgerLine.safeParse(JSON.parse(text));
    return line.success && canonicalJson(line.data) === text ? line.data : undefined;
  } catch {
    return undefined;
  }
}

function collect(anchors: Anchors, { session, seq, body }: Entry, ofAll: boolean): void {
  if (session === null || !(ofAll || anchors.has(session))) return;
  const anchored = Anchored.safeParse(body);
  if (!anchored.success) return;
  const { events, hash } = anchored.data.recording;
  if (ofAll) anchors.set(session, new Map([[events, { hash, seq }]]));
  else anchors.get(session)?.set(events, { hash, seq });
}
