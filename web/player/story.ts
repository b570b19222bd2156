import type {
  CommandState,
  FileEntry,
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
import type { Language } from "../ui/language.ts";
import { createScreenTrack, type ScreenTrack } from "./screen-track.ts";

/** Rows of one statement that the player keeps; the recording's file has them all. */
export const keptRows = 500;
/** Characters of what one sent command printed that the player keeps. */
export const keptOutput = 256 * 1024;
/** Times closer together are one: nothing that is drawn or skipped is shorter. */
const shortestMs = 250;

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

/** A session's terminal: how its lines are judged, and what its screen was sent. */
export type StoryTerminal = { at: number; mode: "governed" | "line" | "raw"; track: ScreenTrack };

/** What a shell command printed, and how it ended; what was typed in a terminal printed on its screen. */
export type StoryOutput = {
  stdin: string;
  /** Typed in the session's terminal. */
  typed: boolean;
  /** The first `keptOutput` characters, each part with when it came out. */
  parts: { at: number; stream: "stdout" | "stderr"; text: string }[];
  /** How many characters had come out by when; the last one is the whole count. */
  counts: { at: number; characters: number }[];
  exit: { at: number; code: number | null; signal?: string | undefined; truncated: boolean } | undefined;
};

/** One command as the recording tells it. */
export type StoryCommand = {
  id: string;
  language: Language;
  at: number;
  /** When its outcome was known; undefined while it is not. */
  settledAt: number | undefined;
  text: string;
  parameters: readonly Parameter[];
  rewritten: string | undefined;
  sha256: string;
  decision: Decision | undefined;
  state: CommandState;
  hold: Hold | undefined;
  votes: StoryVote[];
  results: StoryResult[];
  /** Of a shell command alone. */
  output: StoryOutput | undefined;
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
  kind: "opened" | "terminal" | "command" | "vote" | "outcome" | "closed";
  command: StoryCommand | undefined;
  vote?: StoryVote;
  /** For `opened` the reason, for `closed` why. */
  words?: string;
  /** For `terminal`. */
  mode?: StoryTerminal["mode"];
};

/** A recording, told: grows event by event, whoever drives. */
export type Story = {
  readonly opened: Opened | undefined;
  /** Once one has been opened. */
  readonly terminal: StoryTerminal | undefined;
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

type OfCommand = Exclude<
  Extract<RecordingEvent, { command: unknown }>,
  { type: "command" | "shell" | "file" }
>;
type OnScreen = Extract<RecordingEvent, { type: "terminal" | "resize" | "screen" }>;

const held = (state: CommandState) => state === "held";

export function createStory(): Story {
  const commands: StoryCommand[] = [];
  const byId = new Map<string, StoryCommand>();
  const moments: Moment[] = [];
  const times: number[] = [];
  let opened: Opened | undefined;
  let terminal: StoryTerminal | undefined;
  /** Let go in the terminal: what the screen is sent meanwhile is its doing. */
  let typed: StoryCommand | undefined;
  let lastAt = 0;
  let closed = false;
  let version = 0;
  const tell = (moment: Omit<Moment, "index">) => moments.push({ ...moment, index: moments.length });

  const ofCommand = (event: OfCommand, command: StoryCommand) => {
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
      case "bytes":
        return addOutput(command, event.at, event.stream, event.text);
      case "content":
        return addOutput(command, event.at, "stdout", event.text);
      case "entries":
        return addOutput(command, event.at, "stdout", listed(event.entries));
      case "exit":
        if (command.output) command.output.exit = event;
        return;
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
        if (typed === command) typed = undefined;
        command.error = event.error;
        command.refusal = event.refusal;
        command.masked = event.masked;
        command.timing = event.timing;
        // What waited has its end told apart from its beginning.
        if (command.hold) tell({ at, kind: "outcome", command });
    }
  };

  /** What happens on the terminal's screen. */
  const onScreen = (event: OnScreen) => {
    if (event.type === "terminal") {
      terminal = { at: event.at, mode: event.mode, track: createScreenTrack() };
      tell({ at: event.at, kind: "terminal", command: undefined, mode: event.mode });
    }
    terminal?.track.add(event);
    if (event.type === "screen" && typed?.output) count(typed.output, event.at, event.text);
  };

  return {
    commands,
    moments,
    times,
    get opened() {
      return opened;
    },
    get terminal() {
      return terminal;
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
      if (event.at - (times.at(-1) ?? -shortestMs) >= shortestMs) times.push(event.at);
      if (event.type === "opened") {
        opened = event;
        tell({ at: event.at, kind: "opened", command: undefined, words: event.reason });
      } else if (event.type === "closed") {
        closed = true;
        tell({ at: event.at, kind: "closed", command: undefined, words: event.because });
      } else if (event.type === "command" || event.type === "shell" || event.type === "file") {
        const command = begun(event);
        commands.push(command);
        byId.set(command.id, command);
        if (command.output?.typed === true) typed = command;
        tell({ at: event.at, kind: "command", command });
      } else if (event.type === "terminal" || event.type === "resize" || event.type === "screen") {
        onScreen(event);
      } else if ("command" in event) {
        const command = byId.get(event.command);
        if (command) ofCommand(event, command);
      }
    },
  };
}

const begun = (event: Extract<RecordingEvent, { type: "command" | "shell" | "file" }>): StoryCommand => ({
  id: event.command,
  at: event.at,
  settledAt: undefined,
  ...askedOf(event),
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

type Asked = Pick<StoryCommand, "language" | "text" | "parameters" | "rewritten" | "output">;

const asSql = ({ sql, parameters, rewritten }: Extract<RecordingEvent, { type: "command" }>): Asked => ({
  ...{ language: "sql", text: sql, parameters, rewritten, output: undefined },
});

const askedOf = (event: Extract<RecordingEvent, { type: "command" | "shell" | "file" }>): Asked => {
  if (event.type === "command") return asSql(event);
  if (event.type === "shell") return asShell(event);
  const { file, path, content } = event;
  return asShell({ text: `${file} ${path}`, stdin: content?.text ?? "", terminal: false });
};

/** A directory as `ls -l` would have it, a line an entry. */
const listed = (entries: readonly FileEntry[]): string =>
  entries.map(({ name, kind, size }) => `${kind}\t${size}\t${name}\n`).join("");

const asShell = ({
  text,
  stdin,
  terminal,
}: Pick<Extract<RecordingEvent, { type: "shell" }>, "text" | "stdin" | "terminal">): Asked => ({
  ...{ language: "shell", text, parameters: [], rewritten: undefined },
  output: { stdin, typed: terminal, parts: [], counts: [], exit: undefined },
});

function addOutput({ output }: StoryCommand, at: number, stream: "stdout" | "stderr", text: string): void {
  if (output === undefined) return;
  const room = keptOutput - (output.counts.at(-1)?.characters ?? 0);
  if (room > 0) output.parts.push({ at, stream, text: text.slice(0, room) });
  count(output, at, text);
}

const count = ({ counts }: StoryOutput, at: number, text: string) => {
  const last = counts.at(-1);
  const characters = (last?.characters ?? 0) + text.length;
  if (last?.at === at) last.characters = characters;
  else counts.push({ at, characters });
};

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

/** Characters that a command had printed by `at`. */
export function outputBy({ output }: StoryCommand, at: number): number {
  return output?.counts.findLast((count) => count.at <= at)?.characters ?? 0;
}

/** All rows that left for a command. */
export function rowsOut({ results }: StoryCommand): number {
  return results.reduce((sum, { counts }) => sum + (counts.at(-1)?.rows ?? 0), 0);
}

/** Whether a command ended without running to its end: blocked, rejected, failed and their kin. */
export function wasStopped({ state }: StoryCommand): boolean {
  return !["held", "running", "completed"].includes(state);
}
