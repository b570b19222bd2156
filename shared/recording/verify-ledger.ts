import { z } from "zod";
import { canonicalJson } from "../canonical.ts";
import type { Checkpoint, Entry } from "../nouns/entry.ts";
import { firstHash } from "./format.ts";
import { LedgerLine, type FileKey, type LedgerSeal } from "./ledger-file.ts";
import { hex } from "./primitives.ts";
import { keyIdOf, signatureFault } from "./signatures.ts";
import type { Anchors, Check, CheckOptions, Fault } from "./verify.ts";

const Anchored = z.object({ recording: z.object({ events: z.int(), hash: z.string() }) });

/** Checks an export of the ledger: numbers, hashes, the chain from entry to entry, and every signature. */
export function ledgerCheck({ trusted, anchors, primitives }: CheckOptions): Check {
  let keys: FileKey[] | undefined;
  let first: Entry | undefined;
  let last: Entry | undefined;
  let seal: LedgerSeal | undefined;
  let signedSeq = 0;
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
    const { previous, hash, ...hashed } = entry;
    const bytes = new TextEncoder().encode(previous + canonicalJson(hashed));
    const digest = primitives.sha256(bytes);
    if (hex(digest instanceof Promise ? await digest : digest) !== hash)
      return bad("its hash does not fit: it is not what was written");
    first ??= entry;
    last = entry;
    if (anchors) collect(anchors, entry);
    return undefined;
  };

  const signedRightly = async (signed: Checkpoint | LedgerSeal): Promise<string | undefined> => {
    const key = keys?.find(({ keyId }) => keyId === signed.keyId);
    keyIds.add(signed.keyId);
    return key
      ? signatureFault(signed, key.jwk, trusted, primitives)
      : `its key ${signed.keyId} is not in the file`;
  };

  const checkCheckpoint = async (checkpoint: Checkpoint, number: number): Promise<Fault | undefined> => {
    if (checkpoint.seq !== last?.seq || checkpoint.hash !== last.hash || signedSeq === last.seq)
      return fault(number, "the checkpoint does not belong here");
    const why = await signedRightly(checkpoint);
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
    const why = await signedRightly(found);
    return why === undefined ? undefined : fault(number, `the seal does not hold: ${why}`);
  };

  return {
    async line({ bytes }, number) {
      if (seal) return fault(number, "something follows the seal");
      const line = read(bytes);
      if (!line) return fault(number, "this is not a line of the ledger", last && last.seq + 1);
      if ("keys" in line) {
        if (number !== 1) return fault(number, "keys stand on the first line alone");
        keys = line.keys;
        for (const { keyId, jwk } of keys)
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
      return {
        ok: true,
        kind: "ledger",
        from: first.seq,
        to: last.seq,
        checkpoints,
        keyIds: [...keyIds],
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

function collect(anchors: Anchors, { session, seq, body }: Entry): void {
  const ofSession = session === null ? undefined : anchors.get(session);
  const anchored = ofSession && Anchored.safeParse(body);
  if (anchored?.success) {
    const { events, hash } = anchored.data.recording;
    ofSession?.set(events, { hash, seq });
  }
}
