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
