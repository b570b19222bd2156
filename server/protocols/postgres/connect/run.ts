import { DatabaseError } from "pg";
import type { Binding, Permit } from "../../../approval/permit.ts";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { TargetFailure, type Chunk, type Executable } from "./chunk.ts";
import type { OutsideTransaction } from "../facts/outside-transaction.ts";
import { endsConnection, type Connection } from "./connection.ts";
import { plan, type Plan, type Step } from "./plan.ts";
import { ConnectionLost, StatementRun } from "./statement-run.ts";

/** Everything that one run needs. */
export type RunInput = {
  connection: Connection;
  typeNames: Map<number, string>;
  statementTimeoutMs: number;
  now: () => number;
  place: Pick<Binding, "target" | "targetRevision" | "session">;
  permit: Permit;
  command: Executable;
  signal: AbortSignal;
};

/** Where a run stands, for telling an error. */
type Progress = {
  step: Step | undefined;
  /** What it does may last from here on, whatever the gateway hears of it: in COMMIT, or outside a transaction. */
  lasting: "while it committed" | "while it ran outside a transaction" | undefined;
  committed: boolean;
  startedAt: number;
};

/** The snapshot that the empty SELECT takes makes a later SET TRANSACTION READ WRITE fail. */
const BEGIN_READ = "BEGIN READ ONLY; SELECT";
const BEGIN_WRITE = "BEGIN READ WRITE";
/** For the one statement that follows, in whatever transactions it opens; `release` puts the settings back. */
const LEAVE_READ_ONLY = "SET default_transaction_read_only = off";
const WAIT_FOR_OTHERS = "SET lock_timeout = 0";
/** Rows touched by the transaction, by the server's own count: also what CTEs, functions and triggers touch. */
const TOUCHED =
  "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_catalog.pg_stat_xact_user_tables";

/** See `Backend.run`. The permit is spent before anything goes to the server. */
export async function* runCommand(input: RunInput): AsyncGenerator<Chunk, void> {
  const { connection, permit, command, signal } = input;
  const planned = plan(command, permit.binding);
  if (connection.ended) throw new Refusal("session_closed", "The connection to the target has ended.");
  if (connection.busy) throw new Refusal("session_busy", "The session is running another command.");
  if (signal.aborted) throw cancelled();
  permit.spend(input.now(), { ...input.place, sha256: command.sha256 });
  connection.hold();
  const unwatch = watch(connection, signal, planned.timeoutMs);
  const progress: Progress = {
    step: undefined,
    lasting: undefined,
    committed: false,
    startedAt: input.now(),
  };
  try {
    if (planned.outside) yield* outsideTransaction(input, planned.steps, planned.outside, progress);
    else if (planned.writes || planned.steps.length > 1) yield* inTransaction(input, planned, progress);
    else for (const step of planned.steps) yield* runStep(input, step, progress);
    if (connection.transaction !== "idle") yield leftOpen;
    if (connection.stopped && !progress.committed) throw connection.stopped;
  } catch (error) {
    throw leaving(told(error, input, progress), planned.outside);
  } finally {
    unwatch();
    // Where the reader left early, something runs still.
    if (connection.exchanging) void connection.stop(cancelled());
    await connection.release();
  }
}

async function* inTransaction(
  input: RunInput,
  planned: Plan,
  progress: Progress,
): AsyncGenerator<Chunk, void> {
  const { connection } = input;
  const bound = planned.maxAffectedRows;
  await connection.query(planned.writes ? BEGIN_WRITE : BEGIN_READ);
  const before = bound === null ? 0 : await touchedRows(connection);
  let counted = 0;
  for (const step of planned.steps) {
    const { tag, rowCount } = yield* runStep(input, step, progress);
    if (connection.transaction !== "open") throw endedTransaction();
    if (bound === null || !step.writes) continue;
    const tagCounts = /^(INSERT|UPDATE|DELETE|MERGE)$/.test(tag) && !step.hiddenWrites;
    if (tagCounts) counted += rowCount;
    const touched = tagCounts ? counted : Math.max(counted, (await touchedRows(connection)) - before);
    if (touched > bound) throw tooManyRows(touched, bound);
  }
  if (connection.stopped) throw connection.stopped;
  progress.step = undefined;
  progress.lasting = "while it committed";
  await connection.restore("COMMIT; ");
  progress.committed = true;
}

/** What PostgreSQL refuses inside a transaction commits by itself, some of it in several steps. */
async function* outsideTransaction(
  input: RunInput,
  steps: readonly Step[],
  { patient }: OutsideTransaction,
  progress: Progress,
): AsyncGenerator<Chunk, void> {
  const { connection } = input;
  await connection.query([LEAVE_READ_ONLY, ...(patient ? [WAIT_FOR_OTHERS] : [])].join("; "));
  connection.drift();
  progress.lasting = "while it ran outside a transaction";
  for (const step of steps) yield* runStep(input, step, progress);
  progress.committed = true;
}

/** Runs one statement and gives its chunks, the `statement` chunk last. */
async function* runStep(
  { connection, typeNames }: RunInput,
  step: Step,
  progress: Progress,
): AsyncGenerator<Chunk, { tag: string; rowCount: number }> {
  if (connection.stopped) throw connection.stopped;
  progress.step = step;
  const run = new StatementRun(step, (oid) => typeNames.get(oid) ?? `type ${oid}`);
  connection.start(run);
  yield* run.chunks();
  const outcome = run.outcome;
  if (/^(SET|RESET|DISCARD)/.test(outcome.tag)) connection.drift();
  if (/^SET/.test(outcome.tag) && step.isLast) yield putBack;
  yield { type: "statement", statement: step.index, ...outcome };
  return outcome;
}

async function touchedRows(connection: Connection): Promise<number> {
  const [row] = await connection.query(TOUCHED);
  return Number(row?.[0]);
}

/** Stops the command at the signal or the deadline, whichever is first. Gives what ends the watch. */
function watch(connection: Connection, signal: AbortSignal, timeoutMs: number): () => void {
  const abort = () => void connection.stop(cancelled());
  const timer = setTimeout(() => void connection.stop(timedOut(timeoutMs)), timeoutMs);
  signal.addEventListener("abort", abort, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  };
}

/** The error that the caller is told: ours as it is, the target's as TargetFailure, a lost connection with its outcome. */
function told(error: unknown, input: RunInput, progress: Progress): unknown {
  const { connection } = input;
  if (error instanceof ConnectionLost || (error instanceof DatabaseError && endsConnection(error.code))) {
    if (connection.stopped && progress.lasting === undefined) return connection.stopped;
    return lost(progress);
  }
  if (!(error instanceof DatabaseError)) return error;
  if (connection.stopped) return connection.stopped;
  const ranMs = input.now() - progress.startedAt;
  if (error.code === QUERY_CANCELED && ranMs >= input.statementTimeoutMs)
    return timedOut(input.statementTimeoutMs);
  return targetFailure(error, progress.step?.offset ?? 0);
}

/** A stop that met a statement outside a transaction says what that may have left behind. */
function leaving(error: unknown, outside: OutsideTransaction | undefined): unknown {
  if (outside === undefined || !(error instanceof Refusal)) return error;
  const { code, message, hint, extra } = error;
  return new Refusal(code, message, { hint: [hint, outside.leaves].filter(Boolean).join(" "), extra });
}

const QUERY_CANCELED = "57014";

function targetFailure(error: DatabaseError, offset: number): TargetFailure {
  const { code = "XX000", message, detail, hint, position } = error;
  return new TargetFailure({
    code,
    message,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
    ...(position === undefined ? {} : { position: Number(position) + offset }),
  });
}

const cancelled = () => new Refusal("cancelled", "The command was cancelled at the target.");

const timedOut = (ms: number) =>
  new Refusal("timeout", `The command ran longer than ${ms / 1000} s and was cancelled at the target.`, {
    hint: "Ask for less at once, or for a policy with a longer timeout.",
    extra: { timeoutMs: ms },
  });

const tooManyRows = (touched: number, bound: number) =>
  new Refusal(
    "too_many_rows",
    `It touched ${touched} rows where ${bound} were allowed, and was rolled back.`,
    {
      hint: "Ask again: the reviewer then sees how many rows it touches now.",
      extra: { affectedRows: touched, maxAffectedRows: bound },
    },
  );

const endedTransaction = () =>
  new Refusal(
    "conflict",
    "A statement ended the transaction that the command runs in; what follows it did not run.",
    {
      hint: "Leave BEGIN, COMMIT and ROLLBACK out: a command runs in one transaction of its own.",
    },
  );

const lost = ({ lasting }: Progress) =>
  new Refusal(
    "target_unreachable",
    lasting === undefined
      ? "The connection to the target was lost while the command ran; nothing of it was committed."
      : `The connection to the target was lost ${lasting}: whether the command took effect is not known.`,
    { extra: { outcome: lasting === undefined ? "none" : "unknown" } },
  );

const putBack: Chunk = {
  type: "notice",
  notice: {
    severity: "WARNING",
    message:
      "A setting is put back after its command: send SET in one command with the statements that it is for.",
  },
};

const leftOpen: Chunk = {
  type: "notice",
  notice: { severity: "WARNING", message: "The command left a transaction open; it was rolled back." },
};
