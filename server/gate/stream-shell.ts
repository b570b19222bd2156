import { Refusal } from "../../shared/contract/errors.ts";
import type { Permit } from "../approval/permit.ts";
import type { SshBackend } from "../protocols/ssh/connect/backend.ts";
import type { Dialect } from "../protocols/ssh/facts/meaning.ts";
import { createGovernedShell } from "../protocols/ssh/shell/governed-shell.ts";
import { bootCommand, dialectProbe, readDialect } from "../protocols/ssh/shell/probe.ts";
import type { ShellEvents, ShellVerdict, ToldWords } from "../protocols/ssh/shell/seam.ts";
import type { AskingShell } from "./typed-lines.ts";
import { startLineShell } from "./stream-line-shell.ts";
import type { ScreenSize, TerminalMode } from "./stream.ts";

/** A shell in a terminal on a host, which asks before it runs a line. */
export type StartedShell = {
  readonly mode: TerminalMode;
  readonly dialect: Dialect;
  /** False: wait for `drained`. */
  input(bytes: Uint8Array): boolean;
  drained(): Promise<void>;
  answer(id: number, verdict: ShellVerdict): void;
  notice(text: string): void;
  /** See `AskingShell`. */
  readonly take?: AskingShell["take"];
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
  /** Why it ended: `closed` by its own end, `lost`, `incident`. */
  readonly closed: Promise<string>;
  close(): void;
};

export type Starting = {
  host: SshBackend;
  permitFor: (bytes: string) => { permit: Permit; sha256: string };
  term: string;
  /** For a host whose shell has none that asks. */
  prompt: string;
  size: ScreenSize;
  nonce: () => string;
  signal: AbortSignal;
};

const probeMs = 15_000;
const probeBytes = 4 * 1024;

/** What a shell tells of the lines that are typed in it. */
export type StartEvents = Omit<ShellEvents, "prompt" | "started" | "told"> & {
  told(words: ToldWords): void;
  failed(id: number, why: Refusal): void;
};

/**
 * Starts the login's shell with the hook that fits it; where none does, or the shell does not take it, a line editor of
 * the gate's. Throws what the connection throws.
 */
export async function startShell(starting: Starting, events: StartEvents): Promise<StartedShell> {
  const dialect = await dialectOf(starting);
  if (dialect === "line") return startLineShell(starting, events);
  try {
    return await startHooked(dialect, starting, events);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "shell_not_governable") throw error;
    if (starting.signal.aborted) throw error;
    return startLineShell(starting, events);
  }
}

async function startHooked(
  dialect: "bash" | "zsh",
  { host, permitFor, term, size, nonce, signal }: Starting,
  events: StartEvents,
): Promise<StartedShell> {
  const command = bootCommand(dialect);
  const { permit, sha256 } = permitFor(command);
  const channel = await host.open(permit, { command, term, ...size, sha256 }, signal);
  let incident = false;
  const shell = createGovernedShell(
    channel,
    { dialect, nonce, after, columns: size.columns },
    {
      ...events,
      told: (told) => events.told(told),
      started: () => {},
      prompt: () => {},
      incident(why) {
        incident = true;
        events.incident(why);
      },
    },
  );
  await shell.ready;
  return {
    mode: "governed",
    dialect,
    input: shell.input,
    drained: () => channel.drained(),
    answer: shell.answer,
    notice: shell.notice,
    resize: shell.resize,
    pause: () => channel.pause(),
    resume: () => channel.resume(),
    closed: channel.closed.then(({ code }) => (incident ? "incident" : code === null ? "lost" : "closed")),
    close: shell.close,
  };
}

async function dialectOf({ host, permitFor, signal }: Starting): Promise<"bash" | "zsh" | "line"> {
  const { permit, sha256 } = permitFor(dialectProbe);
  const executable = { command: dialectProbe, stdin: "", timeoutMs: probeMs, maxBytes: probeBytes, sha256 };
  let answer = "";
  for await (const chunk of host.exec(permit, executable, signal))
    if (chunk.type === "bytes" && chunk.stream === "stdout")
      answer += Buffer.from(chunk.bytes).toString("latin1");
  return readDialect(answer);
}

const after = (milliseconds: number, then: () => void): (() => void) => {
  const timer = setTimeout(then, milliseconds);
  return () => clearTimeout(timer);
};
