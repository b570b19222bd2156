import { z } from "zod";
import { CommandId, SessionId } from "../ids.ts";
import { CommandState } from "./command.ts";
import { Effect } from "./decision.ts";

/** A session's recording as a search finds it. */
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
  /** Commands in it, and those of them that match, newest first. */
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
