import { z } from "zod";
import { ReviewId } from "../../shared/ids.ts";
import {
  Command,
  CommandState,
  FileCommand,
  FileResult,
  MaskedField,
  Notice,
  ResultColumn,
  ShellCommand,
  ShellResult,
  SqlCommand,
  TargetError,
  Timing,
} from "../../shared/nouns/command.ts";
import { Decision } from "../../shared/nouns/decision.ts";
import type { CommandInsert } from "./batch.ts";
import { indexedWords } from "./words.ts";

/** What was asked, by the kind of target. */
const Request = z.discriminatedUnion("kind", [
  SqlCommand.pick({ kind: true, sql: true, parameters: true, maxRows: true, rewritten: true }),
  ShellCommand.pick({ kind: true, command: true, stdin: true, timeoutSeconds: true, terminal: true }),
  FileCommand.pick({
    kind: true,
    file: true,
    path: true,
    resolved: true,
    replaces: true,
    binary: true,
    content: true,
  }),
]);
/** `rewritten` is the bytes that run, where masking changed them. */
export type Request = z.infer<typeof Request>;

/** What was asked, in its exact bytes: what is searched, reviewed and replayed. */
export function textOf(request: Request): string {
  if (request.kind === "sql") return request.sql;
  return request.kind === "shell" ? request.command : `${request.file} ${request.path}`;
}

/** A command as its first entry records it. */
export type NewCommand = Pick<
  Command,
  "id" | "session" | "target" | "actor" | "actorName" | "submittedAt"
> & {
  request: Request;
  decision?: Decision | undefined;
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

/** What a shell command gave, without its output, which begins at byte `from` of the recording. */
export const ShellSummary = ShellResult.pick({ exitCode: true, signal: true, truncated: true }).extend({
  from: z.int(),
});
export type ShellSummary = z.infer<typeof ShellSummary>;

/** What a file command gave, without entries and content, which begin at byte `from` of the recording. */
export const FileSummary = FileResult.omit({ entries: true }).extend({ from: z.int() });
export type FileSummary = z.infer<typeof FileSummary>;

/** What a command gave so far. */
export type CommandSummary = { results: ResultSummary[]; shell?: ShellSummary; file?: FileSummary };

const Asked = z.object({ request: Request, decision: Decision.optional(), sha256: z.string() });

const Ended = z.object({
  error: TargetError.optional(),
  refusal: CommandRefusal.optional(),
  masked: z.array(MaskedField).optional(),
  timing: Timing.optional(),
  results: z.array(ResultSummary),
  shell: ShellSummary.optional(),
  file: FileSummary.optional(),
  /** Where the command's events end in the recording, in bytes. */
  rowsTo: z.int(),
});
export type Ended = z.infer<typeof Ended>;

/** A command with what the journal alone knows of it. Results carry no rows: `resultPage` reads them. */
export type CommandRecord = {
  command: Command;
  review: ReviewId | undefined;
  refusal: CommandRefusal | undefined;
  rowsTo: number;
} & CommandSummary;

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
  const { request, decision, sha256 } = command;
  const text = textOf(request);
  return {
    id: command.id,
    session: command.session,
    target: command.target,
    actor: command.actor,
    actorName: command.actorName,
    state,
    effect: decision?.effect ?? null,
    review: command.review ?? null,
    sql: text,
    submittedAt: command.submittedAt,
    finishedAt,
    process,
    asked: JSON.stringify({ request, decision, sha256 } satisfies z.input<typeof Asked>),
    ended: refusal === undefined ? null : printEnded({ refusal, results: [], rowsTo: 0 }),
    words: indexedWords(text),
  };
}

export function printEnded(ended: Ended): string {
  return JSON.stringify(ended);
}

export function toRecord(row: CommandRow): CommandRecord {
  const asked = Asked.parse(JSON.parse(row.asked));
  const ended = row.ended === null ? undefined : Ended.parse(JSON.parse(row.ended));
  const { request } = asked;
  const results = ended?.results.map(({ columns, command, rowCount, notices, truncated }) => ({
    columns,
    rows: [],
    rowCount,
    command,
    notices,
    truncated,
  }));
  const given = {
    sql: { result: results?.at(-1), results: results && results.length > 1 ? results : undefined },
    shell: { result: ended?.shell && { ...ended.shell, stdout: "", stderr: "" } },
    file: { result: ended?.file },
  }[request.kind];
  const command = Command.parse({
    ...request,
    ...given,
    id: row.id,
    session: row.session,
    target: row.target,
    actor: row.actor,
    actorName: row.actor_name,
    state: row.state,
    submittedAt: row.submitted_at.toISOString(),
    finishedAt: row.finished_at?.toISOString(),
    decision: asked.decision,
    error: ended?.error,
    masked: ended?.masked,
    timing: ended?.timing,
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
    ...(ended?.shell && { shell: ended.shell }),
    ...(ended?.file && { file: ended.file }),
    rowsTo: ended?.rowsTo ?? 0,
  };
}
