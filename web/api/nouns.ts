import { z } from "zod";
import { Actor } from "../../shared/nouns/actor.ts";
import { Decision } from "../../shared/nouns/decision.ts";
import { Tags, TargetKind } from "../../shared/nouns/target.ts";
import { TargetName } from "../../shared/ids.ts";

/** `GET /api/me`: the part that the portal shows. */
export const Me = Actor.pick({ id: true, kind: true, name: true, groups: true, roles: true });
export type Me = z.infer<typeof Me>;

/** A target in `GET /api/targets`. */
export const ReachableTarget = z.object({
  name: TargetName,
  kind: TargetKind,
  tags: Tags,
  /** What can be done there: `sql`, `schema`... */
  capabilities: z.array(z.string()),
  mayOpen: z.boolean(),
  /** Why, or why not. */
  reasons: z.array(z.string()),
  disabled: z.boolean(),
});
export type ReachableTarget = z.infer<typeof ReachableTarget>;

/** `POST /api/policies/evaluate`: what would happen, and what would run. */
export const Evaluation = z.object({ decision: Decision, rewritten: z.string().optional() });
export type Evaluation = z.infer<typeof Evaluation>;

export const Ticket = z.object({ ticket: z.string().min(1), expiresAt: z.iso.datetime() });
