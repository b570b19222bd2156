import { Refusal } from "../../shared/contract/errors.ts";
import type { Permit } from "../approval/permit.ts";
import type { SshBackend } from "../protocols/ssh/connect/backend.ts";
import type { Dialect } from "../protocols/ssh/facts/meaning.ts";
import { createGovernedShell } from "../protocols/ssh/shell/governed-shell.ts";
import { bootCommand, dialectProbe, readDialect } from "../protocols/ssh/shell/probe.ts";
import type { ShellEvents, ShellVerdict } from "../protocols/ssh/shell/seam.ts";
import type { AskingShell } from "./typed-lines.ts";
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
  readonly run?: AskingShell["run"];
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
  size: ScreenSize;
  nonce: () => string;
  signal: AbortSignal;
};

const probeMs = 15_000;
const probeBytes = 4 * 1024;

/** Starts the login's shell with the hook that fits it. Throws `shell_not_governable`, and what the connection throws. */
export async function startShell(
  starting: Starting,
  events: Omit<ShellEvents, "prompt" | "started" | "told"> & {
    told(words: Parameters<ShellEvents["told"]>[0]["words"]): void;
  },
): Promise<StartedShell> {
  const { host, permitFor, term, size, nonce, signal } = starting;
  const dialect = await dialectOf(starting);
  if (dialect === "line")
    throw new Refusal("shell_not_governable", "The login's shell is neither bash nor zsh.", {
      hint: "Give the login bash or zsh, or send commands one by one.",
    });
  const command = bootCommand(dialect);
  const { permit, sha256 } = permitFor(command);
  const channel = await host.open(permit, { command, term, ...size, sha256 }, signal);
  let incident = false;
  const shell = createGovernedShell(
    channel,
    { dialect, nonce, after, columns: size.columns },
    {
      ...events,
      told: ({ words }) => events.told(words),
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
