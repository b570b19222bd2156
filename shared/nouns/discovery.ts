import { z } from "zod";

/**
 * The class of a column that appeared after its relation's classes were decided. Nobody defines it and no policy
 * shows it: it is redacted until somebody gives the column a class, or `none`.
 */
export const undecidedClass = "undecided";

/** Whether such columns are held back or shown. */
export const NewColumns = z.enum(["hold", "show"]);
export type NewColumns = z.infer<typeof NewColumns>;

/** A column that came since somebody last decided about its relation. */
export const NewColumn = z.object({
  /** `schema.relation`, as in a map of classes. */
  relation: z.string(),
  column: z.string(),
  /** As `format_type` prints it. */
  type: z.string(),
  /** True: redacted until somebody decides. */
  held: z.boolean(),
  /** The class that it has by a pattern or from what it is computed from. */
  class: z.string().optional(),
});
export type NewColumn = z.infer<typeof NewColumn>;

/** How a target's columns differ from those that people decided about. */
export const Drift = z.object({
  newColumns: NewColumns,
  columns: z.array(NewColumn),
  /** Decisions about columns that are not there any more: renamed, or dropped. */
  gone: z.array(z.object({ relation: z.string(), column: z.string(), class: z.string() })),
});
export type Drift = z.infer<typeof Drift>;

/** What a column seems to hold. */
export const PersonalKind = z.enum([
  "email",
  "card",
  "iban",
  "phone",
  "national-id",
  "birth-date",
  "person-name",
  "address",
  "salary",
  "credential",
  "text",
  "json",
]);
export type PersonalKind = z.infer<typeof PersonalKind>;

/** Why a class is proposed: counts and shapes, never a value. */
export const Evidence = z.object({
  /** Rows that were looked at, and how many of their values were not null. */
  sampled: z.int(),
  present: z.int(),
  /** Values that look like it. */
  matched: z.int(),
  byName: z.boolean(),
  /** What most of these look like, with runs of letters as `a` and of digits as `9`: `a.a@a.a`. */
  shape: z.string().optional(),
  /** All of it as a sentence. */
  says: z.string(),
});
export type Evidence = z.infer<typeof Evidence>;

/** A class for a column that has none. */
export const Proposal = z.object({
  relation: z.string(),
  column: z.string(),
  type: z.string(),
  kind: PersonalKind,
  class: z.string(),
  /** False: a class of this name has to be defined before it can be given. */
  defined: z.boolean(),
  /** 0 to 1: how sure it is. */
  confidence: z.number().min(0).max(1),
  evidence: Evidence,
});
export type Proposal = z.infer<typeof Proposal>;

/** What a look at a sample of a target's columns came to. */
export const Discovery = z.object({
  /** Surest first. */
  proposals: z.array(Proposal),
  relations: z.int(),
  columns: z.int(),
  /** Relations that could not be looked at, and why. */
  skipped: z.array(z.object({ relation: z.string(), because: z.string() })),
});
export type Discovery = z.infer<typeof Discovery>;

/** Which relations to look at (`schema.relation`); left out, all that hold rows. */
export const DiscoverInput = z.strictObject({
  relations: z.array(z.string().min(1).max(127)).min(1).max(200).optional(),
});
export type DiscoverInput = z.infer<typeof DiscoverInput>;
