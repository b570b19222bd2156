import { z } from "zod";
import { Checkpoint, Entry, LedgerKeys } from "../../shared/nouns/entry.ts";
import type { Client } from "./client.ts";
import { apiPath, query } from "./paths.ts";

const LedgerPage = z.object({
  entries: z.array(Entry),
  checkpoints: z.array(Checkpoint),
  /** The last entry that there is. */
  head: z.object({ seq: z.int(), hash: z.string() }),
});
export type LedgerPage = z.infer<typeof LedgerPage>;

/** Entries after `after`, oldest first. */
export const readLedger = (api: Client, after: number, limit: number, signal?: AbortSignal) =>
  api.get(`${apiPath("ledger")}${query({ after, limit })}`, LedgerPage, { signal });

export const readLedgerKeys = (api: Client, signal?: AbortSignal) =>
  api.get(apiPath("ledger", "key"), LedgerKeys, { signal });

const Rotated = z.object({ keyId: z.string(), seq: z.int() });

/** Puts a new signing key in force; `seq`: the entry in which the key before names it. */
export const rotateLedgerKey = (api: Client) => api.post(apiPath("ledger", "keys"), {}, Rotated);

/** The verifiable export of the ledger's entries after `after`; 0: all of them. */
export const openLedgerFile = (api: Client, after: number, signal?: AbortSignal) =>
  api.open(`${apiPath("ledger", "file")}${query({ after })}`, {
    signal,
    headers: { accept: "application/x-ndjson" },
  });
