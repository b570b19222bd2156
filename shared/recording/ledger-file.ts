import { z } from "zod";
import { canonicalJson } from "../canonical.ts";
import { Checkpoint, Entry, LedgerKeys } from "../nouns/entry.ts";

/** A public key as a file carries it: nothing in it that its id does not prove. */
export const FileKey = z.strictObject({
  keyId: z.string(),
  jwk: z.strictObject(LedgerKeys.shape.keys.element.shape.jwk.shape),
});
export type FileKey = z.infer<typeof FileKey>;

/** Body of `key.rotated`: the key in force names its successor and signs that. Ed25519, base64url. */
export const KeyRotated = z.object({ keyId: z.string(), key: FileKey, signature: z.string() });

/** Entries that one range of a tombstone spans, at most. */
export const maxRemovedRange = 10_000;

/** Body of `bodies.removed`: entries, from and to, whose bodies retention removed from the ledger, by which rule. */
export const BodiesRemoved = z.object({
  rule: z.string(),
  entries: z.array(
    z.tuple([z.int().min(1), z.int()]).refine(([from, to]) => from <= to && to - from < maxRemovedRange),
  ),
});

/** Body of `recording.removed`: how far the file of the entry's session went that retention removed, by which rule. */
export const RecordingRemoved = z.object({
  rule: z.string(),
  recording: z.object({ events: z.int(), bytes: z.int(), hash: z.string() }),
});

/** Ends an export: nothing is missing at either end. Ed25519, base64url, over the canonical JSON of the other fields. */
export const LedgerSeal = z.strictObject({
  from: z.int(),
  to: z.int(),
  /** Checkpoints in the file. */
  checkpoints: z.int(),
  hash: z.string(),
  at: z.iso.datetime(),
  keyId: z.string(),
  signature: z.string(),
});
export type LedgerSeal = z.infer<typeof LedgerSeal>;

/**
 * An export of the ledger is a text file, one line of canonical JSON each: first the public keys, then entries in
 * order, with each checkpoint behind the entry that it signs, and a seal at the end. Entries before the first one are
 * not in the file; its `previous` stands for them.
 */
export const LedgerLine = z.union([
  z.strictObject({ entry: z.strictObject(Entry.shape) }),
  z.strictObject({ checkpoint: z.strictObject(Checkpoint.shape) }),
  z.strictObject({ keys: z.array(FileKey) }),
  z.strictObject({ seal: LedgerSeal }),
]);
export type LedgerLine = z.infer<typeof LedgerLine>;

/** A line of an export, newline included. */
export const printLedgerLine = (line: LedgerLine): string => `${canonicalJson(line)}\n`;
