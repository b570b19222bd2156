import { z } from "zod";
import { CommandId, SessionId } from "../../shared/ids.ts";
import { CommandState } from "../../shared/nouns/command.ts";
import { Effect } from "../../shared/nouns/decision.ts";
import type { Client } from "./client.ts";
import { apiPath, query } from "./paths.ts";

export const FoundRecording = z.object({
  session: SessionId,
  target: z.string(),
  actor: z.string(),
  actorName: z.string(),
  startedAt: z.iso.datetime(),
  /** Absent while the session is live. */
  endedAt: z.iso.datetime().optional(),
  events: z.int(),
  bytes: z.int(),
  commandCount: z.int(),
  matches: z.array(
    z.object({
      command: CommandId,
      sql: z.string(),
      state: CommandState,
      effect: Effect.optional(),
      submittedAt: z.string(),
    }),
  ),
});
export type FoundRecording = z.infer<typeof FoundRecording>;

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

export const livePath = (session: string) => apiPath("recordings", session, "live");
