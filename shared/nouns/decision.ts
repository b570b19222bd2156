import { z } from "zod";
import { Facts } from "./facts.ts";
import { MaskRule } from "./catalog.ts";

export const Effect = z.enum(["allow", "review", "block"]);
export type Effect = z.infer<typeof Effect>;

/** A group whose people decide, and how many of them must approve. */
export const ReviewRequirement = z.object({
  group: z.string(),
  quorum: z.int().min(1).max(20),
  policy: z.string(),
});
export type ReviewRequirement = z.infer<typeof ReviewRequirement>;

/** One masked column: which rule of which class hides it. */
export const Mask = z.object({ relation: z.string(), column: z.string(), class: z.string(), rule: MaskRule });
export type Mask = z.infer<typeof Mask>;

/** What the decision asks of the stages that follow. */
export const Obligations = z.object({
  reviewers: z.array(ReviewRequirement),
  /** How long a review may wait. */
  reviewExpiresSeconds: z.int(),
  /** Rows that may leave, at most. */
  maxRows: z.int(),
  /** At the target. */
  timeoutMs: z.int(),
  /** A write that touches more rolls back. Set for writes from the reviewer's count or a policy. */
  maxAffectedRows: z.int().nullable(),
  /** Classes that this actor may see in clear, with the policy that says so. */
  unmask: z.array(z.object({ class: z.string(), policy: z.string() })),
  /** Columns that are masked in what runs. */
  masks: z.array(Mask),
});
export type Obligations = z.infer<typeof Obligations>;

/** Allow, block or review, with its reasons: data that may be shown. */
export const Decision = z.object({
  effect: Effect,
  /** Ids of the policies that determined the effect. */
  policies: z.array(z.string()),
  /** Sentences for a person. */
  reasons: z.array(z.string()),
  hint: z.string().optional(),
  obligations: Obligations,
  facts: Facts.optional(),
  policyVersion: z.int(),
  /** Hidden values that the actor has looked for in the last hour, with this command's; absent where it looks for none. */
  recentLookups: z.int().optional(),
});
export type Decision = z.infer<typeof Decision>;
