import { Worker } from "node:worker_threads";
import { z } from "zod";
import { furnish, HOME, HOST, USER } from "./house.ts";

/** Whole demo host, in bytes of files. */
const MAX_DISK_BYTES = 32 * 1024 * 1024;
/** Of one command, stdout and stderr together. */
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** Longest command, in milliseconds: also `sleep`. */
const MAX_RUN_MS = 5 * 60_000;
export type MachineLimits = {
  /** A thread that answers no ping for so long is stuck, in milliseconds. */
  stuckMs: number;
  /** Simple commands that one line may run, and turns of its loops: these hold up all others on the machine. */
  maxCommands: number;
};
const defaultLimits: MachineLimits = { stuckMs: 10_000, maxCommands: 5_000 };
/** A thread that starts has longer. */
const START_MS = 60_000;
const PINGS = 10;
/** Heap of the thread in MiB. */
const MAX_HEAP_MB = 256;
/** Requests under way at once, of all connections. */
const MAX_REQUESTS = 256;

/** Where a shell stands between two commands. */
export type ShellState = { cwd: string; env: Record<string, string> };

const Bytes = z.instanceof(Uint8Array);
const Ran = z.object({
  stdout: Bytes,
  stderr: Bytes,
  exitCode: z.int(),
  state: z.object({ cwd: z.string(), env: z.record(z.string(), z.string()) }),
});
export type Ran = z.infer<typeof Ran>;
const Entry = z.object({
  name: z.string(),
  kind: z.enum(["file", "directory", "link", "other"]),
  size: z.int(),
  mode: z.int(),
  modifiedAt: z.number(),
});
export type Entry = z.infer<typeof Entry>;
const Reply = z.discriminatedUnion("ok", [
  z.object({ id: z.int(), ok: z.literal(true), value: z.unknown() }),
  z.object({ id: z.int(), ok: z.literal(false), message: z.string() }),
]);

/** What the machine itself says no to: `message` begins with an error name of POSIX where it has one. */
export class MachineError extends Error {
  override name = "MachineError";
}

/**
 * The demo host's machine: one file system and one shell, for all connections, in memory. What gets stuck is ended
 * with the whole machine, which then starts anew, as it was at first.
 */
export class Machine {
  #worker: Worker | undefined;
  #lastId = 0;
  #ready = false;
  #heardAt = 0;
  #watch: NodeJS.Timeout | undefined;
  readonly #limits: MachineLimits;
  readonly #pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

  constructor(limits: Partial<MachineLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** Runs a command line from where a shell stands; an aborted signal ends it. */
  async run(
    command: string,
    stdin: Uint8Array,
    state: ShellState | undefined,
    signal: AbortSignal,
  ): Promise<Ran> {
    const id = this.#nextId();
    const cancel = () => this.#worker?.postMessage({ kind: "cancel", id });
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const answer = this.#send(id, { kind: "run", command, stdin, state });
      if (signal.aborted) cancel();
      return Ran.parse(await answer);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  async resolve(path: string): Promise<string> {
    return z.string().parse(await this.#ask({ kind: "resolve", path }));
  }
  async stat(path: string): Promise<Entry> {
    return Entry.parse(await this.#ask({ kind: "stat", path }));
  }
  async lstat(path: string): Promise<Entry> {
    return Entry.parse(await this.#ask({ kind: "lstat", path }));
  }
  async list(path: string): Promise<Entry[]> {
    return z.array(Entry).parse(await this.#ask({ kind: "list", path }));
  }
  async read(path: string): Promise<Uint8Array> {
    return Bytes.parse(await this.#ask({ kind: "read", path }));
  }
  async write(path: string, bytes: Uint8Array, mode: number | undefined): Promise<void> {
    await this.#ask({ kind: "write", path, bytes, mode });
  }
  async chmod(path: string, mode: number): Promise<void> {
    await this.#ask({ kind: "chmod", path, mode });
  }
  async rename(path: string, to: string): Promise<void> {
    await this.#ask({ kind: "rename", path, to });
  }
  async change(kind: "remove" | "mkdir" | "rmdir", path: string): Promise<void> {
    await this.#ask({ kind, path });
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#forget(new MachineError("The demo host was stopped."));
    await worker?.terminate();
  }

  #ask(request: { kind: string; path?: string; [key: string]: unknown }): Promise<unknown> {
    return this.#send(this.#nextId(), request);
  }

  #nextId(): number {
    return (this.#lastId += 1);
  }

  #send(id: number, request: { kind: string; [key: string]: unknown }): Promise<unknown> {
    if (this.#pending.size >= MAX_REQUESTS) return Promise.reject(new MachineError("The demo host is busy."));
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      if (this.#pending.size === 0) this.#heardAt = performance.now();
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ ...request, id });
      this.#watch ??= setInterval(() => this.#check(), this.#limits.stuckMs / PINGS).unref();
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL("./bastion-worker.js", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      env: {},
      workerData: {
        files: furnish(),
        home: HOME,
        user: USER,
        host: HOST,
        limits: {
          maxFileSystemBytes: MAX_DISK_BYTES,
          maxOutputSize: MAX_OUTPUT_BYTES,
          maxExecutionTimeMs: MAX_RUN_MS,
          maxCommandCount: this.#limits.maxCommands,
          maxLoopIterations: this.#limits.maxCommands,
        },
      },
    });
    worker.unref();
    worker.on("message", (message: unknown) => this.#heard(message));
    const died = () => {
      if (this.#worker === worker) this.#forget(startedAnew());
    };
    worker.on("error", died);
    worker.on("exit", died);
    this.#heardAt = performance.now();
    return worker;
  }

  #heard(message: unknown): void {
    this.#heardAt = performance.now();
    if (message === "ready") this.#ready = true;
    else this.#answered(Reply.parse(message));
  }

  #answered(reply: z.infer<typeof Reply>): void {
    const waiting = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply.value);
    else waiting?.reject(new MachineError(reply.message));
    if (this.#pending.size === 0) this.#unwatch();
  }

  /** A thread that runs code without a pause hears nothing: it is asked, and ended where it does not answer. */
  #check(): void {
    if (performance.now() - this.#heardAt > (this.#ready ? this.#limits.stuckMs : START_MS)) {
      const worker = this.#worker;
      this.#forget(startedAnew());
      void worker?.terminate();
    } else this.#worker?.postMessage({ kind: "ping", id: 0 });
  }

  #unwatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #forget(why: MachineError): void {
    this.#worker = undefined;
    this.#ready = false;
    this.#unwatch();
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of waiting) reject(why);
  }
}

const startedAnew = () =>
  new MachineError("The demo host got stuck; it was started anew, as it was at first.");
