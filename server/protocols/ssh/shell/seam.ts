/** A line that waits at Enter. */
export type ShellRequest = {
  /** Counts up within one shell. */
  id: number;
  /**
   * What the shell would run, with its history expanded. A continuation has the lines before it too: everything since
   * the last prompt, since the shell runs all of it.
   */
  text: string;
  kind: "line" | "continuation";
  /** Where the shell stands and what words of the line mean in it, as far as it told that unasked. */
  told: ToldWords;
};

export type ShellVerdict =
  | { kind: "allow" }
  /** `message`: words for whoever typed the line. */
  | { kind: "deny"; message: string }
  /** The command is not complete: the shell adds a line and goes on editing. */
  | { kind: "incomplete" }
  /** Asks where the shell stands and what the names mean in it; the answer is `told`, and the line waits on. */
  | { kind: "need"; names: string[] }
  /** Runs `line` in place of what was typed, which stays in the history: the scripts that it names stand in it. */
  | { kind: "instead"; line: string }
  | { kind: "cancelled" };

/** What a name means to the shell; the texts are empty where it has no such meaning. */
export type ShellWord = {
  name: string;
  alias: string;
  function: string;
  path: string;
};
/** `directory`: where the shell stands, by its physical path; "" where it is not known. */
export type ToldWords = { directory: string; words: ShellWord[] };
export type ShellWords = ToldWords & { id: number };

export type ShellEvents = {
  /** To the viewer, without the hook's frames. */
  output(bytes: Uint8Array): void;
  /** A line waits; `answer` it. */
  asked(request: ShellRequest): void;
  /** The line that waited is gone: its user pressed Ctrl-C, or the shell or the connection dropped it. Nothing runs. */
  withdrawn(id: number): void;
  told(words: ShellWords): void;
  /** What was granted begins to run. */
  started(id: number): void;
  /** The prompt is back after a grant; `status` is the shell's `$?`. Without a `started` before it nothing ran. */
  ended(id: number, status: number): void;
  prompt(): void;
  /** The shell did what it must not, or no longer answers. The channel is closed. */
  incident(why: string): void;
};

export type ShellState =
  | "starting"
  | "prompt"
  | "entered"
  | "held"
  | "answered"
  | "granted"
  | "running"
  | "closed";

export type GovernedShell = {
  /** Rejects with Refusal `shell_not_governable`. */
  ready: Promise<void>;
  /** The user's keys. False asks to wait for the channel's `drained`. */
  input(bytes: Uint8Array): boolean;
  answer(id: number, verdict: ShellVerdict): void;
  /** Shows one quiet line under the held command, in place of the one before. */
  notice(text: string): void;
  resize(columns: number, rows: number): void;
  readonly state: ShellState;
  /** Whether keys typed now may be a password: see echo.ts. */
  readonly secret: boolean;
  close(): void;
};

/** Injected time: runs `then` after a while, and gives back what calls it off. */
export type After = (milliseconds: number, then: () => void) => () => void;
