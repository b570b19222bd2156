import { Worker } from "node:worker_threads";

/** What a worker says of one text; see `worker.js`. The pool itself says `hung` and `busy`. */
export type Answer =
  | { id: number; ok: true; tree: string; bodies: string; tokens: Int32Array }
  | { id: number; ok: false; fault: "syntax"; message: string; position: number }
  | { id: number; ok: false; fault: "empty" | "large" | "deep" | "overflow" | "broken" | "hung" | "busy" };

/** What is read of a text: its tree alone, or its tokens and the bodies in it as well. */
export type Depth = "tree" | "all";

type Job = { id: number; text: string; depth: Depth; settle: (answer: Answer) => void };

/** Stack of a worker in MiB: the grammar recurses, and an overflow corrupts the module. */
const stackSizeMb = 16;
/** Heap of a worker in MiB. */
const maxOldGenerationSizeMb = 512;
/** How long a fresh worker may take to load the module, in milliseconds. */
const startDeadlineMs = 20_000;
/** Pause before a worker that never got ready is replaced, in milliseconds: a broken install must not spin. */
const restartPauseMs = 1_000;
/** How long a text may wait for a free worker, in milliseconds. */
const maxWaitMs = 10_000;

/** One worker with at most one job. */
class Thread {
  readonly #worker: Worker;
  readonly #deadlineMs: number;
  readonly #idle: (thread: Thread) => void;
  readonly #dead: (thread: Thread) => void;
  #timer: NodeJS.Timeout | undefined;
  #job: Job | undefined;
  #started = false;

  constructor(
    { script, deadlineMs }: { script: URL; deadlineMs: number },
    idle: (thread: Thread) => void,
    dead: (thread: Thread) => void,
  ) {
    this.#deadlineMs = deadlineMs;
    this.#idle = idle;
    this.#dead = dead;
    this.#worker = new Worker(script, {
      resourceLimits: { stackSizeMb, maxOldGenerationSizeMb },
    });
    // An idle parser must not keep the process alive.
    this.#worker.unref();
    this.#worker.on("message", (message: Answer | "ready") => this.#heard(message));
    this.#worker.on("error", () => this.end("broken"));
    this.#worker.on("exit", () => this.end("broken"));
    this.#arm(startDeadlineMs);
  }

  get started(): boolean {
    return this.#started;
  }
  get free(): boolean {
    return this.#started && this.#job === undefined;
  }

  take(job: Job): void {
    this.#job = job;
    this.#arm(this.#deadlineMs);
    this.#worker.ref();
    this.#worker.postMessage({ id: job.id, text: job.text, depth: job.depth });
  }

  /** Ends the thread; its job, if any, is answered with `fault`. */
  end(fault: "broken" | "hung"): void {
    clearTimeout(this.#timer);
    this.#worker.removeAllListeners();
    // A terminated worker may still report an error, which nobody waits for any more.
    this.#worker.on("error", () => undefined);
    void this.#worker.terminate();
    this.#answer({ id: 0, ok: false, fault });
    this.#dead(this);
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end("hung"), ms);
    this.#timer.unref();
  }

  #answer(answer: Answer): void {
    const job = this.#job;
    this.#job = undefined;
    job?.settle(answer);
  }

  #heard(message: Answer | "ready"): void {
    clearTimeout(this.#timer);
    if (message === "ready") this.#started = true;
    else if (message.id !== this.#job?.id) return this.end("broken");
    else {
      this.#worker.unref();
      this.#answer(message);
      if (!message.ok && (message.fault === "broken" || message.fault === "overflow"))
        return this.end("broken");
    }
    this.#idle(this);
  }
}

/**
 * Threads that answer texts in order of arrival. A thread that crashes or passes its deadline is replaced; its text
 * is answered `broken` or `hung`. A text that finds `maxQueue` others waiting, or waits too long itself, is answered
 * `busy`.
 */
export function createPool(options: { workers: number; deadlineMs: number; maxQueue: number; script: URL }): {
  run(text: string, depth: Depth): Promise<Answer>;
  close(): void;
} {
  const threads = new Set<Thread>();
  const queue: Job[] = [];
  let nextId = 1;
  let closed = false;

  const feed = (thread: Thread): void => {
    const job = queue.shift();
    if (job !== undefined) thread.take(job);
  };
  const start = (): void => {
    if (!closed) threads.add(new Thread(options, feed, replace));
  };
  const replace = (thread: Thread): void => {
    if (!threads.delete(thread)) return;
    if (thread.started) start();
    else setTimeout(start, restartPauseMs).unref();
  };
  for (let count = 0; count < options.workers; count += 1) start();

  return {
    run(text, depth) {
      return new Promise((resolve) => {
        const id = nextId++;
        if (closed || queue.length >= options.maxQueue) return resolve({ id, ok: false, fault: "busy" });
        const waited = setTimeout(() => {
          const place = queue.indexOf(job);
          if (place === -1) return;
          queue.splice(place, 1);
          resolve({ id, ok: false, fault: "busy" });
        }, maxWaitMs);
        const job: Job = {
          id,
          text,
          depth,
          settle(answer) {
            clearTimeout(waited);
            resolve(answer);
          },
        };
        queue.push(job);
        const free = [...threads].find((thread) => thread.free);
        if (free !== undefined) feed(free);
      });
    },
    close() {
      closed = true;
      for (const thread of threads) thread.end("broken");
      for (const job of queue.splice(0)) job.settle({ id: job.id, ok: false, fault: "busy" });
    },
  };
}
