import { z } from "zod";
import { ReviewId } from "../../shared/ids.ts";
import {
  Command,
  CommandState,
  MaskedField,
  Notice,
  Parameter,
  ResultColumn,
  TargetError,
  Timing,
} from "../../shared/nouns/command.ts";
import { Decision } from "../../shared/nouns/decision.ts";
import type { CommandInsert } from "./batch.ts";
import { indexedWords } from "./words.ts";

/** A command as its first entry records it. */
export type NewCommand = Pick<
  Command,
  "id" | "session" | "target" | "actor" | "actorName" | "sql" | "parameters" | "maxRows" | "submittedAt"
> & {
  decision?: Decision | undefined;
  /** The bytes that run, where masking changed them. */
  rewritten?: string | undefined;
  /** Over what would run; "" where it never got so far. */
  sha256: string;
  review?: ReviewId | undefined;
};

/** Where the gate refused: its code and sentence. */
export const CommandRefusal = z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() });
export type CommandRefusal = z.infer<typeof CommandRefusal>;

/** What one statement gave, without its rows; `rowsFrom` is where in the recording they begin. */
export const ResultSummary = z.object({
  statement: z.int(),
  columns: z.array(ResultColumn),
  command: z.string(),
  rowCount: z.int(),
  notices: z.array(Notice),
  truncated: z.boolean(),
  rowsFrom: z.int(),
});
export type ResultSummary = z.infer<typeof ResultSummary>;

const Asked = z.object({
  parameters: z.array(Parameter),
  maxRows: z.int(),
  decision: Decision.optional(),
  rewritten: z.string().optional(),
  sha256: z.string(),
});

const Ended = z.object({
  error: TargetError.optional(),
  refusal: CommandRefusal.optional(),
  masked: z.array(MaskedField).optional(),
  timing: Timing.optional(),
  results: z.array(ResultSummary),
  /** Where the command's events end in the recording, in bytes. */
  rowsTo: z.int(),
});
export type Ended = z.infer<typeof Ended>;

/** A command with what the journal alone knows of it. Results carry no rows: `resultPage` reads them. */
export type CommandRecord = {
  command: Command;
  review: ReviewId | undefined;
  refusal: CommandRefusal | undefined;
  results: ResultSummary[];
  rowsTo: number;
};

/** The row as `pg` returns it. */
export type CommandRow = {
  id: string;
  session: string;
  target: string;
  actor: string;
  actor_name: string;
  state: string;
  review: string | null;
  sql: string;
  submitted_at: Date;
  finished_at: Date | null;
  intent_seq: string | null;
  outcome_seq: string | null;
  asked: string;
  ended: string | null;
};

export const commandColumns =
  "id, session, target, actor, actor_name, state, review, sql, submitted_at, finished_at, intent_seq, outcome_seq, asked, ended";

export function toInsert(
  command: NewCommand,
  state: CommandState,
  process: number,
  finishedAt: string | null,
  refusal?: CommandRefusal,
): CommandInsert {
  const { parameters, maxRows, decision, rewritten, sha256 } = command;
  return {
    id: command.id,
    session: command.session,
    target: command.target,
    actor: command.actor,
    actorName: command.actorName,
    state,
    effect: decision?.effect ?? null,
    review: command.review ?? null,
    sql: command.sql,
    submittedAt: command.submittedAt,
    finishedAt,
    process,
    asked: JSON.stringify({ parameters, maxRows, decision, rewritten, sha256 } satisfies z.input<
      typeof Asked
    >),
    ended: refusal === undefined ? null : printEnded({ refusal, results: [], rowsTo: 0 }),
    words: indexedWords(command.sql),
  };
}

export function printEnded(ended: Ended): string {
  return JSON.stringify(ended);
}

export function toRecord(row: CommandRow): CommandRecord {
  const asked = Asked.parse(JSON.parse(row.asked));
  const ended = row.ended === null ? undefined : Ended.parse(JSON.parse(row.ended));
  const results = ended?.results.map(({ columns, command, rowCount, notices, truncated }) => ({
    columns,
    rows: [],
    rowCount,
    command,
    notices,
    truncated,
  }));
  const command = Command.parse({
    id: row.id,
    session: row.session,
    target: row.target,
    actor: row.actor,
    actorName: row.actor_name,
    state: row.state,
    sql: row.sql,
    parameters: asked.parameters,
    maxRows: asked.maxRows,
    submittedAt: row.submitted_at.toISOString(),
    finishedAt: row.finished_at?.toISOString(),
    decision: asked.decision,
    result: results?.at(-1),
    results: results && results.length > 1 ? results : undefined,
    error: ended?.error,
    masked: ended?.masked,
    timing: ended?.timing,
    rewritten: asked.rewritten,
    evidence: {
      intent: row.intent_seq === null ? undefined : Number(row.intent_seq),
      outcome: row.outcome_seq === null ? undefined : Number(row.outcome_seq),
      sha256: asked.sha256,
    },
  });
  return {
    command,
    review: row.review === null ? undefined : ReviewId.parse(row.review),
    refusal: ended?.refusal,
    results: ended?.results ?? [],
    rowsTo: ended?.rowsTo ?? 0,
  };
}
