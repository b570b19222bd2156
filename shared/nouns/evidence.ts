import { z } from "zod";

/** Something in the evidence that is not as it was written. */
export const Finding = z.object({
  /** Number of the ledger's entry that it shows at: an entry itself, or the one that vouches for a recording. */
  entry: z.int(),
  what: z.enum(["entry", "checkpoint", "head", "recording"]),
  /** Whose recording it is. */
  session: z.string().nullable(),
  /** Completes "entry N: ...". */
  why: z.string(),
  foundAt: z.iso.datetime(),
});
export type Finding = z.infer<typeof Finding>;

/** How the evidence stands, as the check that goes on in the background has found it. */
export const EvidenceStatus = z.object({
  /** `unchecked`: nobody has been through all of it yet. */
  state: z.enum(["unchecked", "sound", "damaged"]),
  /** The last entry that was checked since the check last began at the first one. */
  checkedTo: z.int(),
  /** When the check had last been through everything. */
  completedAt: z.iso.datetime().nullable(),
  /** The first of them, by entry. */
  findings: z.array(Finding),
  findingCount: z.int(),
});
export type EvidenceStatus = z.infer<typeof EvidenceStatus>;
