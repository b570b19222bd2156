import type { ClientChannel } from "ssh2";
import type { Binding, Permit } from "../../../approval/permit.ts";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Connection } from "./connection.ts";
import type { ByteChunk, ShellExecutable } from "./executable.ts";
import { Inflow } from "./inflow.ts";
import { lost, openChannel } from "./open-channel.ts";
import { stop } from "./stop.ts";

/** What every use of a connection needs, beside its permit. */
export type Use = {
  connection: Connection;
  now: () => number;
  place: Pick<Binding, "target" | "targetRevision" | "session">;
  signal: AbortSignal;
};

/** Spends the permit, where the connection can still be used. */
export function begin({ connection, now, place, signal }: Use, permit: Permit, sha256: string): void {
  if (connection.gone) throw new Refusal("session_closed", "The connection to the target has ended.");
  if (signal.aborted) throw cancelled(true);
  permit.spend(now(), { ...place, sha256 });
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
    const channel = await openChannel(connection, { command: command.command });
    const run = new Run(connection, channel);
    const unwatch = watch(run, signal, command.timeoutMs);
    try {
      channel.end(command.stdin);
      yield* run.chunks(command.maxBytes);
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
  readonly #connection: Connection;
  readonly #channel: ClientChannel;
  readonly #inflow: Inflow;
  #exit: { code: number | null; signal: string | null } | undefined;
  #stopped: Promise<Refusal> | undefined;
  #wake: () => void = () => undefined;

  constructor(connection: Connection, channel: ClientChannel) {
    this.#connection = connection;
    this.#channel = channel;
    this.#inflow = new Inflow(connection, channel);
    this.#inflow.onWake(() => this.#wake());
    // What the program no longer reads is no error of the command.
    channel.on("error", () => undefined);
    channel.on("exit", (code: number | null, signal?: string) => {
      this.#exit = { code, signal: signal ?? null };
    });
  }

  async *chunks(maxBytes: number): AsyncGenerator<ByteChunk, void> {
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
      this.#stopped = stop(this.#connection, this.#channel, this.#inflow).then(why);
      this.#connection.endsAfter(this.#stopped);
      this.#wake();
    }
    await this.#stopped;
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
