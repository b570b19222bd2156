import { z } from "zod";
import { CommandId, SessionId } from "../ids.ts";
import { CommandState } from "./command.ts";
import { Effect } from "./decision.ts";
import { TargetKind } from "./target.ts";

/** A legal hold: while it is there, nothing of the session is removed. `by`: an actor's id. */
export const Hold = z.object({ by: z.string(), at: z.iso.datetime(), reason: z.string() });
export type Hold = z.infer<typeof Hold>;

/** By which rule retention removed something, and when; or will, and when at the earliest. */
export const Removal = z.object({ rule: z.string(), at: z.iso.datetime() });
export type Removal = z.infer<typeof Removal>;

/** How long a session's recording is kept, and what ledger and reviews say of its commands. */
export const Keeping = z.object({
  hold: Hold.optional(),
  /** The recording was removed. */
  removed: Removal.optional(),
  /** It will be; absent while it is live, or where no rule fits. */
  removal: Removal.optional(),
  /** The texts of its entries and reviews were removed. */
  textsRemoved: Removal.optional(),
  /** They will be; absent as above. */
  textsRemoval: Removal.optional(),
});
export type Keeping = z.infer<typeof Keeping>;

/** A session's recording as a search finds it. */
export const FoundRecording = z.object({
  session: SessionId,
  target: z.string(),
  kind: TargetKind,
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
      text: z.string(),
      state: CommandState,
      effect: Effect.optional(),
      submittedAt: z.string(),
    }),
  ),
});
export type FoundRecording = z.infer<typeof FoundRecording>;
