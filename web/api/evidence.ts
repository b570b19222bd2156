import { EvidenceStatus } from "../../shared/nouns/evidence.ts";
import type { Client } from "./client.ts";
import { apiPath, query } from "./paths.ts";

export const readEvidence = (api: Client, signal?: AbortSignal) =>
  api.get(apiPath("evidence"), EvidenceStatus, { signal });

/** All evidence of a period, `to` not included: RFC 3339. */
export const openArchive = (api: Client, period: { from: string; to: string }, signal?: AbortSignal) =>
  api.open(`${apiPath("evidence", "archive")}${query(period)}`, {
    signal,
    headers: { accept: "application/x-tar" },
  });
