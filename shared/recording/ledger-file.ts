import { z } from "zod";
import { canonicalJson } from "../canonical.ts";
import { Checkpoint, Entry, LedgerKeys } from "../nouns/entry.ts";

/**
 * An export of the ledger is a text file, one line of canonical JSON each: first the public keys, then entries in
 * order, with each checkpoint behind the entry that it signs, and a checkpoint at the end. Entries before the first
 * one are not in the file; its `previous` stands for them.
 */
export const LedgerLine = z.union([
  z.strictObject({ keys: LedgerKeys.shape.keys }),
  z.strictObject({ entry: Entry }),
  z.strictObject({ checkpoint: Checkpoint }),
]);
export type LedgerLine = z.infer<typeof LedgerLine>;

/** A line of an export, newline included. */
export const printLedgerLine = (line: LedgerLine): string => `${canonicalJson(line)}\n`;
