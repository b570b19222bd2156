import { z } from "zod";
import { ActorId, BlockId } from "../ids.ts";

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
