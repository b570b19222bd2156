import { z } from "zod";
import { SessionId } from "../../shared/ids.ts";
import { FoundRecording, Keeping } from "../../shared/nouns/recording.ts";
import type { Client } from "./client.ts";
import { apiPath, query } from "./paths.ts";

const FoundPage = z.object({ recordings: z.array(FoundRecording), cursor: z.string().optional() });
export type FoundPage = z.infer<typeof FoundPage>;

/** What `GET /api/recordings` looks for. Times are RFC 3339. */
export type RecordingSearch = {
  q?: string | undefined;
  actor?: string | undefined;
  target?: string | undefined;
  verdict?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

export const searchRecordings = (
  api: Client,
  search: RecordingSearch,
  cursor: string | undefined,
  signal?: AbortSignal,
) => api.get(`${apiPath("recordings")}${query({ ...search, cursor })}`, FoundPage, { signal });

/** Events stay JSON here: the recording's decoder reads them, as it does those of a file or a socket. */
const EventPage = z.object({
  session: SessionId,
  live: z.boolean(),
  ledgerSeq: z.int(),
  events: z.array(z.unknown()),
  next: z.int().optional(),
});

export const readRecording = (api: Client, session: string, from: number, signal?: AbortSignal) =>
  api.get(`${apiPath("recordings", session)}${query({ from })}`, EventPage, { signal });

export const openRecordingFile = (api: Client, session: string, signal?: AbortSignal) =>
  api.open(apiPath("recordings", session, "file"), { signal, headers: { accept: "text/plain" } });

/** What a host's screen showed, as asciicast v2: without hashes, for any player. */
export const openAsciicast = (api: Client, session: string, signal?: AbortSignal) =>
  api.open(`${apiPath("recordings", session, "file")}${query({ format: "asciicast" })}`, {
    signal,
    headers: { accept: "application/x-asciicast" },
  });

export const readKeeping = (api: Client, session: string, signal?: AbortSignal) =>
  api.get(apiPath("recordings", session, "keeping"), Keeping, { signal });

export const putHold = (api: Client, session: string, hold: { held: boolean; reason: string }) =>
  api.put(apiPath("recordings", session, "hold"), hold, Keeping);

export const livePath = (session: string) => apiPath("recordings", session, "live");
