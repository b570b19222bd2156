import type { ClientChannel } from "ssh2";
import type { Binding, Permit } from "../../../approval/permit.ts";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Connection } from "./connection.ts";
import type { ByteChunk, ShellExecutable } from "./executable.ts";
import { Inflow } from "./inflow.ts";
import type { SshLimits } from "./limits.ts";
import { lost, openChannel } from "./open-channel.ts";
import { stop } from "./stop.ts";

/** What every use of a connection needs, beside its permit. */
export type Use = {
  connection: Connection;
  now: () => number;
  place: Pick<Binding, "target" | "targetRevision" | "session">;
  signal: AbortSignal;
  limits: Pick<SshLimits, "stopMs" | "seenMs">;
  /** How long the host may take to open a channel, in milliseconds. */
  answerMs: number;
};

/** Spends the permit, where the connection can still be used. */
export function begin({ connection, now, place, signal }: Use, permit: Permit, sha256: string): void {
  if (connection.gone) throw new Refusal("session_closed", "The connection to the target has ended.");
  if (signal.aborted) throw cancelled(true);
  permit.spend(now(), { ...place, sha256 });
}

/** A host that does not answer what it is asked to open, soon after the signal at the latest, is hung up on. */
export async function answered<T>(
  { connection, signal, limits, answerMs }: Use,
  opening: Promise<T>,
): Promise<T> {
  const abandon = () => connection.abandon("The target stopped answering.");
  let patience = setTimeout(abandon, answerMs);
  const hurry = () => {
    clearTimeout(patience);
    patience = setTimeout(abandon, limits.stopMs);
  };
  if (signal.aborted) hurry();
  signal.addEventListener("abort", hurry, { once: true });
  try {
    return await opening;
  } finally {
    clearTimeout(patience);
    signal.removeEventListener("abort", hurry);
  }
}

/** See `SshBackend.exec`. */
export async function* runCommand(
  use: Use,
  permit: Permit,
  command: ShellExecutable,
): AsyncGenerator<ByteChunk, void> {
  const { connection, signal } = use;
  if (connection.busy) throw new Refusal("session_busy", "The session is running another command.");
  begin(use, permit, command.sha256);
  connection.busy = true;
  try {
    const running = answered(use, openChannel(connection, { command: command.command })).then(
      (channel) => new Run(connection, channel, use.limits),
    );
    connection.endsAfter(running.then((run) => run.over).catch(() => undefined));
    const run = await running;
    const unwatch = watch(run, signal, command.timeoutMs);
    try {
      yield* run.chunks(command);
    } finally {
      unwatch();
      // Something runs still where the reader left early.
      await run.stop(cancelled);
    }
  } finally {
    connection.busy = false;
  }
}

/** One running command. */
class Run {
  /** Resolves when it has ended, or nothing more can be done to end it; nobody needs to read for that. */
  readonly over: Promise<void>;
  readonly #connection: Connection;
  readonly #channel: ClientChannel;
  readonly #inflow: Inflow;
  readonly #limits: Use["limits"];
  #exit: { code: number | null; signal: string | null } | undefined;
  #stopped: Promise<Refusal> | undefined;
  #giveUp: () => void = () => undefined;
  #wake: () => void = () => undefined;

  constructor(connection: Connection, channel: ClientChannel, limits: Use["limits"]) {
    this.#connection = connection;
    this.#limits = limits;
    this.#channel = channel;
    this.#inflow = new Inflow(connection, channel);
    this.#inflow.onWake(() => this.#wake());
    const givenUp = new Promise<void>((resolve) => (this.#giveUp = resolve));
    this.over = Promise.race([this.#inflow.ended, givenUp]);
    // What the program no longer reads is no error of the command.
    channel.on("error", () => undefined);
    channel.on("exit", (code: number | null, signal?: string) => {
      this.#exit = { code, signal: signal ?? null };
    });
  }

  async *chunks({ stdin, maxBytes }: ShellExecutable): AsyncGenerator<ByteChunk, void> {
    this.#channel.end(stdin);
    let left = maxBytes;
    let truncated = false;
    while (!this.#inflow.isDone && this.#stopped === undefined) {
      const piece = this.#inflow.take();
      if (piece === undefined) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const bytes = piece.bytes.subarray(0, left);
      truncated ||= bytes.length < piece.bytes.length;
      left -= bytes.length;
      if (bytes.length > 0) yield { type: "bytes", stream: piece.stream, bytes };
    }
    if (this.#stopped !== undefined) throw await this.#stopped;
    if (this.#exit === undefined && this.#connection.gone) throw lost("unknown");
    // Some hosts, network devices above all, end a command without a word about how.
    yield { type: "exit", ...(this.#exit ?? { code: null, signal: null }), truncated };
  }

  /** Ends it at the host, once; `why` is told whether it surely ended. */
  async stop(why: (ended: boolean) => Refusal): Promise<void> {
    if (this.#inflow.isDone) return;
    if (this.#stopped === undefined) {
      this.#stopped = stop(this.#connection, this.#channel, this.#inflow, this.#limits).then(why);
      this.#wake();
    }
    await this.#stopped;
    this.#giveUp();
  }
}

/** Stops the command at the signal or the deadline, whichever is first. Gives what ends the watch. */
function watch(run: Run, signal: AbortSignal, timeoutMs: number): () => void {
  const abort = () => void run.stop(cancelled);
  const timer = setTimeout(() => void run.stop((ended) => timedOut(timeoutMs, ended)), timeoutMs);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  };
}

const mayStillRun = "It could not be seen to end: it may still be running at the target.";

const cancelled = (ended: boolean) =>
  ended
    ? new Refusal("cancelled", "The command was cancelled at the target.")
    : new Refusal("cancelled", `The command was cancelled. ${mayStillRun}`, {
        extra: { outcome: "unknown" },
      });

const timedOut = (timeoutMs: number, ended: boolean) =>
  new Refusal(
    "timeout",
    ended
      ? `The command ran longer than ${timeoutMs / 1000} s and was ended at the target.`
      : `The command ran longer than ${timeoutMs / 1000} s. ${mayStillRun}`,
    {
      hint: "Start long work in the background, or ask for a policy with a longer timeout.",
      extra: { timeoutMs, ...(!ended && { outcome: "unknown" }) },
    },
  );
