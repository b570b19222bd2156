import { Discovery, Drift } from "../../shared/nouns/discovery.ts";
import type { Client } from "./client.ts";
import { apiPath } from "./paths.ts";

/** Looks at samples of a target's columns; takes a minute at most. */
export const discover = (api: Client, target: string, signal?: AbortSignal) =>
  api.post(apiPath("targets", target, "discover"), {}, Discovery, { ...(signal && { signal }) });

/** Columns that came since somebody decided about their relation. */
export const readDrift = (api: Client, target: string, signal?: AbortSignal) =>
  api.get(apiPath("targets", target, "drift"), Drift, { ...(signal && { signal }) });
