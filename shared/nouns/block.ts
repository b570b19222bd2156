import { z } from "zod";
import { ActorId, BlockId } from "../ids.ts";
import { Actor } from "./actor.ts";

/**
 * Access that an administrator has taken back. `subject` is an actor's id, or a `person`: that one stands for every
 * login of theirs and for every workload that they own.
 */
export const Block = z.object({
  id: BlockId,
  subject: z.string(),
  reason: z.string(),
  /** The administrator. */
  by: ActorId,
  at: z.iso.datetime(),
});
export type Block = z.infer<typeof Block>;

/** Somebody who has open sessions, as the gateway last heard of them. */
export const PresentActor = Actor.pick({
  id: true,
  kind: true,
  name: true,
  person: true,
  owner: true,
}).extend({
  sessions: z.int(),
  /** When the oldest of them was opened. */
  since: z.iso.datetime(),
});
export type PresentActor = z.infer<typeof PresentActor>;
