import { z } from "zod";
import { ActorId, SessionId, TargetName } from "../ids.ts";
import { TargetKind } from "./target.ts";

/** An actor's open access to a target. */
export const Session = z.object({
  id: SessionId,
  target: TargetName,
  kind: TargetKind,
  actor: ActorId,
  actorName: z.string(),
  state: z.enum(["open", "closed"]),
  reason: z.string(),
  openedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  closedAt: z.iso.datetime().optional(),
  /** Why it ended: `closed`, `expired`, `idle`, `killed`, `token`, `revoked`, `target`, `policy`, `recorder`... */
  closedBecause: z.string().optional(),
});
export type Session = z.infer<typeof Session>;
