import type {
  Command,
  CommandReview,
  CommandState,
  MaskedField,
  Notice,
  Parameter,
  SqlResult,
  TargetError,
  Timing,
} from "../../../shared/nouns/command.ts";
import type { Decision } from "../../../shared/nouns/decision.ts";
import type { RecordingEvent } from "../../../shared/recording/format.ts";
import { createChunkStore, type ChunkStore } from "./chunk-store.ts";

/** One statement's answer: rows as they arrive, then its tag and count. */
export type ResultSet = {
  statement: number;
  store: ChunkStore;
  tag?: string;
  rowCount?: number;
  truncated?: boolean;
};
export type Told = { code: string; message: string; hint?: string | undefined; detail?: string | undefined };

/**
 * One command of this session as the workspace knows it. `sending`: the gateway has not taken it in yet; `unsent`: it
 * waits for the connection.
 */
export type Run = {
  key: string;
  number: number;
  command?: string;
  sql: string;
  parameters: readonly Parameter[];
  submittedAt: string;
  state: "unsent" | "sending" | CommandState;
  results: readonly ResultSet[];
  /** What each statement gave, as the command says it: also where its rows are not at hand. */
  answered?: readonly SqlResult[] | undefined;
  /** Statements that gave no rows: `UPDATE`, 14. */
  tags: readonly { statement: number; tag: string; rowCount: number }[];
  notices: readonly Notice[];
  decision?: Decision | undefined;
  review?: CommandReview | undefined;
  rewritten?: string | undefined;
  error?: TargetError | undefined;
  /** Where the gate refused, in words. */
  refusal?: Told | undefined;
  masked: readonly MaskedField[];
  timing?: Timing | undefined;
  evidence?: Command["evidence"] | undefined;
};

/** Runs in the order in which they were asked. */
export type Runs = readonly Run[];

export function isFinal(state: Run["state"]): boolean {
  return !isOnItsWay(state) && state !== "held" && state !== "running";
}

/** The gateway has not said yet that it has it. */
export const isOnItsWay = (state: Run["state"]): boolean => state === "sending" || state === "unsent";

export function newRun(
  runs: Runs,
  key: string,
  sql: string,
  parameters: readonly Parameter[],
  submittedAt: string,
): Run {
  return {
    key,
    number: (runs.at(-1)?.number ?? 0) + 1,
    sql,
    parameters,
    submittedAt,
    state: "sending",
    results: [],
    tags: [],
    notices: [],
    masked: [],
  };
}

export function changeRun(runs: Runs, which: (run: Run) => boolean, change: (run: Run) => Run): Runs {
  return runs.map((run) => (which(run) ? change(run) : run));
}

/** The gateway has taken a command in. */
export function accept(runs: Runs, key: string, command: string): Runs {
  return changeRun(
    runs,
    (run) => run.key === key,
    (run) => ({ ...run, command, state: isOnItsWay(run.state) ? "running" : run.state }),
  );
}

/** The rows of a command from before a reload, fetched again. */
export function applyResult(runs: Runs, command: string, result: ResultSet): Runs {
  return changeRun(
    runs,
    (run) => run.command === command,
    (run) => ({
      ...run,
      results: [...run.results.filter(({ statement }) => statement !== result.statement), result],
    }),
  );
}

/** The command as it stands, without rows. Unknown ones (from before a reload) join the list. */
export function applyCommand(runs: Runs, command: Command): Runs {
  if (command.kind !== "sql") return runs;
  const known = runs.some((run) => run.command === command.id);
  const base = known
    ? runs
    : [
        ...runs,
        {
          ...newRun(runs, command.id, command.sql, command.parameters, command.submittedAt),
          command: command.id,
        },
      ];
  return changeRun(
    base,
    (run) => run.command === command.id,
    (run) => ({
      ...run,
      // An answer that was on its way may be older than what the stream has told.
      state: isFinal(run.state) && !isFinal(command.state) ? run.state : command.state,
      decision: command.decision ?? run.decision,
      review: command.review ?? run.review,
      rewritten: command.rewritten ?? run.rewritten,
      error: command.error ?? run.error,
      masked: command.masked ?? run.masked,
      timing: command.timing ?? run.timing,
      evidence: command.evidence ?? run.evidence,
      answered: command.results ?? (command.result === undefined ? run.answered : [command.result]),
    }),
  );
}

/** One recording event. Sent again after a reconnect, a command starts anew: nothing is shown twice. */
export function applyEvent(runs: Runs, event: RecordingEvent, openedAt: string): Runs {
  if (!isOfSql(event)) return runs;
  const known = runs.some((run) => run.command === event.command);
  // Its own command may be seen running before the gateway's word that it was accepted.
  const mine = known
    ? undefined
    : runs.find(
        (run) =>
          run.command === undefined &&
          isOnItsWay(run.state) &&
          event.type === "command" &&
          run.sql === event.sql,
      );
  if (mine !== undefined) return applyEvent(accept(runs, mine.key, event.command), event, openedAt);
  if (event.type === "command" && !known) {
    const asked = new Date(Date.parse(openedAt) + event.at).toISOString();
    const run = {
      ...newRun(runs, event.command, event.sql, event.parameters, asked),
      command: event.command,
    };
    return applyEvent([...runs, { ...run, state: "running" }], event, openedAt);
  }
  return changeRun(
    runs,
    (run) => run.command === event.command,
    (run) => changed(run, event),
  );
}

/** What is recorded of a SQL command. */
const sqlEvents = [
  ...(["command", "held", "vote", "state", "outcome"] as const),
  ...(["columns", "rows", "notice", "statement"] as const),
];
type CommandEvent = Extract<RecordingEvent, { type: (typeof sqlEvents)[number] }>;
const isOfSql = (event: RecordingEvent): event is CommandEvent =>
  sqlEvents.some((type) => type === event.type);

function changed(run: Run, event: CommandEvent): Run {
  switch (event.type) {
    case "command":
      return {
        ...run,
        results: [],
        tags: [],
        notices: [],
        rewritten: event.rewritten ?? run.rewritten,
        decision: event.decision ?? run.decision,
      };
    case "held":
      return { ...run, state: "held" };
    case "vote":
      return run;
    case "state":
      return { ...run, state: event.state };
    case "columns":
      return {
        ...run,
        results: [
          ...run.results.filter(({ statement }) => statement !== event.statement),
          { statement: event.statement, store: createChunkStore(event.columns) },
        ],
      };
    case "rows": {
      const result = run.results.find(({ statement }) => statement === event.statement);
      result?.store.append(event.rows);
      // A new object, so that what shows it draws again.
      return { ...run, results: run.results.map((each) => (each === result ? { ...each } : each)) };
    }
    case "notice":
      return { ...run, notices: [...run.notices, event.notice] };
    case "statement": {
      const { statement, tag, rowCount, truncated } = event;
      if (!run.results.some((result) => result.statement === statement))
        return { ...run, tags: [...run.tags, { statement, tag, rowCount }] };
      return {
        ...run,
        results: run.results.map((result) =>
          result.statement === statement ? { ...result, tag, rowCount, truncated } : result,
        ),
      };
    }
    case "outcome":
      return {
        ...run,
        state: event.state,
        error: event.error ?? run.error,
        refusal:
          event.refusal === undefined
            ? run.refusal
            : { code: event.refusal.code, message: event.refusal.detail, hint: event.refusal.hint },
        masked: event.masked,
        timing: event.timing ?? run.timing,
      };
  }
}
