import { z } from "zod";
import { ActorId, CommandId, ReviewId, SessionId, TargetName } from "../ids.ts";
import { CommandState, Parameter, Row, ResultColumn } from "./command.ts";
import { Decision } from "./decision.ts";
import { Removal } from "./recording.ts";
import { Tags } from "./target.ts";

export const ReviewState = z.enum(["pending", "approved", "rejected", "expired", "withdrawn"]);
export type ReviewState = z.infer<typeof ReviewState>;

export const Vote = z.object({
  actor: ActorId,
  person: z.string(),
  name: z.string(),
  verdict: z.enum(["approve", "reject"]),
  comment: z.string(),
  at: z.iso.datetime(),
});
export type Vote = z.infer<typeof Vote>;

/** What a write would touch, found out read-only. */
export const Impact = z.object({
  /** Planner's estimate; null: unknown, with the reason in `notes`. */
  estimatedRows: z.number().nullable(),
  /** Counted with the same predicate, read-only; null: not countable. */
  countedRows: z.int().nullable(),
  /** True where counting stopped at its bound. */
  countCapped: z.boolean(),
  countMs: z.number().nullable(),
  /** Rows in the relation, by the planner. */
  relationRows: z.number().nullable(),
  /** Masked sample of what it would touch. */
  sample: z.object({ columns: z.array(ResultColumn), rows: z.array(Row) }).nullable(),
  triggers: z.array(z.string()),
  dependents: z.array(z.string()),
  locks: z.string(),
  notes: z.array(z.string()),
});
export type Impact = z.infer<typeof Impact>;

/** A held command with its votes. */
export const Review = z.object({
  id: ReviewId,
  command: CommandId,
  session: SessionId,
  target: TargetName,
  tags: Tags,
  state: ReviewState,
  requestedBy: z.object({
    actor: ActorId,
    name: z.string(),
    kind: z.enum(["human", "workload"]),
    groups: z.array(z.string()),
    /** Of the requester, and for a workload of its owner: neither may vote, under any login. */
    person: z.string(),
    owner: z.string().optional(),
  }),
  /** Why they ask: the session's reason. */
  reason: z.string(),
  /** What was asked and what will run: exact. */
  original: z.string(),
  sql: z.string(),
  /** `sql` with invisible, control and bidirectional characters written as `\u{202E}`. */
  visible: z.string(),
  parameters: z.array(Parameter),
  /** Over the bytes that will run, parameters and binding; a vote must carry it. */
  sha256: z.string(),
  decision: Decision,
  impact: Impact.nullable(),
  votes: z.array(Vote),
  openedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  decidedAt: z.iso.datetime().optional(),
  /**
   * By which rule, and when, retention took away what people and the target said: `reason`, `original`, `sql`,
   * `visible` and comments are then empty, `parameters`, facts and `impact` gone. Who decided what, and when, stays.
   */
  textRemoved: Removal.optional(),
});
export type Review = z.infer<typeof Review>;

/** A review as one viewer sees it: with whether they may vote, and if not, why. */
export const ReviewForViewer = Review.extend({
  mayVote: z.boolean(),
  mayNotVoteBecause: z.string().optional(),
  /** What came of the command; rows and messages are for its own actor alone. */
  outcome: z
    .object({
      state: CommandState,
      /** Rows that it touched or returned, once it has completed. */
      rowCount: z.int().optional(),
      /** Where it did not: the code of the target's error or of the gate's refusal. */
      code: z.string().optional(),
    })
    .optional(),
});
export type ReviewForViewer = z.infer<typeof ReviewForViewer>;
