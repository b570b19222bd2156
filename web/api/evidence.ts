import { EvidenceStatus } from "../../shared/nouns/evidence.ts";
import type { Client } from "./client.ts";
import { apiPath } from "./paths.ts";

export const readEvidence = (api: Client, signal?: AbortSignal) =>
  api.get(apiPath("evidence"), EvidenceStatus, { signal });
