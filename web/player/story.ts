import type {
  CommandState,
  MaskedField,
  Notice,
  Parameter,
  ResultColumn,
  Row,
  TargetError,
  Timing,
} from "../../shared/nouns/command.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { RecordingEvent } from "../../shared/recording/format.ts";

/** Rows of one statement that the player keeps; the recording's file has them all. */
export const keptRows = 500;

type Opened = Extract<RecordingEvent, { type: "opened" }>;
/** All times are milliseconds since the session opened. */
export type Hold = { from: number; to: number | undefined; groups: readonly string[] };
export type StoryVote = { at: number; name: string; verdict: "approve" | "reject"; comment: string };

export type StoryResult = {
  statement: number;
  columns: readonly ResultColumn[];
  /** The first `keptRows`, each with when it came out. */
  rows: { at: number; row: Row }[];
  /** How many had come out by when; the last one is the whole count. */
  counts: { at: number; rows: number }[];
  tag?: string;
  truncated?: boolean;
};

/** One command as the recording tells it. */
export type StoryCommand = {
  id: string;
  at: number;
  /** When its outcome was known; undefined while it is not. */
  settledAt: number | undefined;
  sql: string;
  parameters: readonly Parameter[];
  rewritten: string | undefined;
  sha256: string;
  decision: Decision | undefined;
  state: CommandState;
  hold: Hold | undefined;
  votes: StoryVote[];
  results: StoryResult[];
  /** Statements that gave no rows. */
  tags: { at: number; tag: string; rowCount: number }[];
  notices: { at: number; notice: Notice }[];
  error: TargetError | undefined;
  refusal: { code: string; detail: string; hint?: string | undefined } | undefined;
  masked: readonly MaskedField[];
  timing: Timing | undefined;
};

/** An entry of the table of contents. `index` is its place there. */
export type Moment = {
  index: number;
  at: number;
  kind: "opened" | "command" | "vote" | "outcome" | "closed";
  command: StoryCommand | undefined;
  vote?: StoryVote;
  /** For `opened` the reason, for `closed` why. */
  words?: string;
};

/** A recording, told: grows event by event, whoever drives. */
export type Story = {
  readonly opened: Opened | undefined;
  readonly commands: readonly StoryCommand[];
  readonly moments: readonly Moment[];
  /** When anything happened, in order. */
  readonly times: readonly number[];
  /** Of the last event. */
  readonly lastAt: number;
  readonly closed: boolean;
  /** Grows with each event. */
  readonly version: number;
  add(event: RecordingEvent): void;
};

const held = (state: CommandState) => state === "held";

export function createStory(): Story {
  const commands: StoryCommand[] = [];
  const byId = new Map<string, StoryCommand>();
  const moments: Moment[] = [];
  const times: number[] = [];
  let opened: Opened | undefined;
  let lastAt = 0;
  let closed = false;
  let version = 0;
  const tell = (moment: Omit<Moment, "index">) => moments.push({ ...moment, index: moments.length });

  const ofCommand = (
    event: Exclude<RecordingEvent, { type: "opened" | "command" | "closed" }>,
    command: StoryCommand,
  ) => {
    const { at } = event;
    switch (event.type) {
      case "held":
        command.hold = { from: at, to: undefined, groups: event.groups };
        command.state = "held";
        return;
      case "vote": {
        const { name, verdict, comment } = event;
        const vote = { at, name, verdict, comment };
        command.votes.push(vote);
        return void tell({ at, kind: "vote", command, vote });
      }
      case "state":
        if (held(command.state) && !held(event.state) && command.hold) command.hold.to = at;
        command.state = event.state;
        return;
      case "columns":
        command.results.push({ statement: event.statement, columns: event.columns, rows: [], counts: [] });
        return;
      case "rows":
        return addRows(command, event);
      case "notice":
        command.notices.push({ at, notice: event.notice });
        return;
      case "statement": {
        const result = command.results.find(({ statement }) => statement === event.statement);
        if (result === undefined) command.tags.push({ at, tag: event.tag, rowCount: event.rowCount });
        else {
          result.tag = event.tag;
          result.truncated = event.truncated;
        }
        return;
      }
      case "outcome":
        if (command.hold && command.hold.to === undefined) command.hold.to = at;
        command.state = event.state;
        command.settledAt = at;
        command.error = event.error;
        command.refusal = event.refusal;
        command.masked = event.masked;
        command.timing = event.timing;
        // What waited has its end told apart from its beginning.
        if (command.hold) tell({ at, kind: "outcome", command });
    }
  };

  return {
    commands,
    moments,
    times,
    get opened() {
      return opened;
    },
    get lastAt() {
      return lastAt;
    },
    get closed() {
      return closed;
    },
    get version() {
      return version;
    },
    add: (event) => {
      version++;
      lastAt = Math.max(lastAt, event.at);
      if (times.at(-1) !== event.at) times.push(event.at);
      if (event.type === "opened") {
        opened = event;
        tell({ at: event.at, kind: "opened", command: undefined, words: event.reason });
      } else if (event.type === "closed") {
        closed = true;
        tell({ at: event.at, kind: "closed", command: undefined, words: event.because });
      } else if (event.type === "command") {
        const command = begun(event);
        commands.push(command);
        byId.set(command.id, command);
        tell({ at: event.at, kind: "command", command });
      } else if ("command" in event) {
        const command = byId.get(event.command);
        if (command) ofCommand(event, command);
      }
    },
  };
}

const begun = (event: Extract<RecordingEvent, { type: "command" }>): StoryCommand => ({
  id: event.command,
  at: event.at,
  settledAt: undefined,
  sql: event.sql,
  parameters: event.parameters,
  rewritten: event.rewritten,
  sha256: event.sha256,
  decision: event.decision,
  state: event.decision?.effect === "block" ? "blocked" : "running",
  hold: undefined,
  votes: [],
  results: [],
  tags: [],
  notices: [],
  error: undefined,
  refusal: undefined,
  masked: [],
  timing: undefined,
});

function addRows(command: StoryCommand, event: Extract<RecordingEvent, { type: "rows" }>): void {
  const result = command.results.find(({ statement }) => statement === event.statement);
  if (result === undefined) return;
  for (const row of event.rows.slice(0, keptRows - result.rows.length))
    result.rows.push({ at: event.at, row });
  result.counts.push({ at: event.at, rows: (result.counts.at(-1)?.rows ?? 0) + event.rows.length });
}

/** Rows of a result that had come out by `at`. */
export function rowsBy(result: StoryResult, at: number): number {
  return result.counts.findLast((count) => count.at <= at)?.rows ?? 0;
}

/** All rows that left for a command. */
export function rowsOut({ results }: StoryCommand): number {
  return results.reduce((sum, { counts }) => sum + (counts.at(-1)?.rows ?? 0), 0);
}

/** Whether a command ended without running to its end: blocked, rejected, failed and their kin. */
export function wasStopped({ state }: StoryCommand): boolean {
  return !["held", "running", "completed"].includes(state);
}
