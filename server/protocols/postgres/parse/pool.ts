import { Worker } from "node:worker_threads";

/** What a worker says of one text; see `worker.js`. */
export type Answer =
  | { id: number; ok: true; tree: string; bodies: string; tokens: Int32Array }
  | { id: number; ok: false; fault: "syntax"; message: string; position: number }
  | { id: number; ok: false; fault: "empty" | "large" | "deep" | "broken" | "hung" | "busy" };

type Job = { id: number; text: string; settle: (answer: Answer) => void };

/** Stack of a worker in MiB: the grammar recurses, and an overflow corrupts the module. */
const stackSizeMb = 16;
/** Heap of a worker in MiB. */
const maxOldGenerationSizeMb = 512;
/** How long a fresh worker may take to load the module, in milliseconds. */
const startDeadlineMs = 20_000;

/** One thread with at most one job. */
class Thread {
  job: Job | undefined;
  readonly #worker: Worker;
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  readonly #deadlineMs: number;
  readonly #idle: (thread: Thread) => void;
  readonly #dead: (thread: Thread) => void;

  constructor(deadlineMs: number, idle: (thread: Thread) => void, dead: (thread: Thread) => void) {
    this.#deadlineMs = deadlineMs;
    this.#idle = idle;
    this.#dead = dead;
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), {
      resourceLimits: { stackSizeMb, maxOldGenerationSizeMb },
    });
    // An idle parser must not keep the process alive.
    this.#worker.unref();
    this.#worker.on("message", (message: Answer | "ready") => this.#heard(message));
    this.#worker.on("error", () => this.end("broken"));
    this.#worker.on("exit", () => this.end("broken"));
    this.#arm(startDeadlineMs);
  }

  get ready(): boolean {
    return this.#ready && this.job === undefined;
  }

  take(job: Job): void {
    this.job = job;
    this.#arm(this.#deadlineMs);
    this.#worker.ref();
    this.#worker.postMessage({ id: job.id, text: job.text });
  }

  /** Ends the thread; its job, if any, is answered with `fault`. */
  end(fault: "broken" | "hung"): void {
    clearTimeout(this.#timer);
    this.#worker.removeAllListeners();
    // A terminated worker may still report an error, which nobody waits for any more.
    this.#worker.on("error", () => undefined);
    void this.#worker.terminate();
    this.#release()?.settle({ id: 0, ok: false, fault });
    this.#dead(this);
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end("hung"), ms);
    this.#timer.unref();
  }

  #release(): Job | undefined {
    const job = this.job;
    this.job = undefined;
    return job;
  }

  #heard(message: Answer | "ready"): void {
    clearTimeout(this.#timer);
    if (message === "ready") {
      this.#ready = true;
      this.#idle(this);
      return;
    }
    if (message.id !== this.job?.id) return this.end("broken");
    const suspect = !message.ok && (message.fault === "broken" || message.fault === "deep");
    this.#worker.unref();
    this.#release()?.settle(message);
    if (suspect) this.end("broken");
    else this.#idle(this);
  }
}

/**
 * Threads that answer texts in order of arrival. A thread that crashes or passes its deadline is replaced; its text
 * is answered `broken` or `hung`. More than `maxQueue` waiting texts are answered `busy` at once.
 */
export function createPool({
  workers,
  deadlineMs,
  maxQueue,
}: {
  workers: number;
  deadlineMs: number;
  maxQueue: number;
}): {
  run(text: string): Promise<Answer>;
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
    threads.add(new Thread(deadlineMs, feed, replace));
  };
  const replace = (thread: Thread): void => {
    if (!threads.delete(thread) || closed) return;
    start();
  };
  for (let count = 0; count < workers; count += 1) start();

  return {
    run(text) {
      return new Promise((settle) => {
        if (closed || queue.length >= maxQueue) return settle({ id: 0, ok: false, fault: "busy" });
        queue.push({ id: nextId++, text, settle });
        const idle = [...threads].find((thread) => thread.ready);
        if (idle !== undefined) feed(idle);
      });
    },
    close() {
      closed = true;
      for (const thread of threads) thread.end("broken");
      for (const job of queue.splice(0)) job.settle({ id: 0, ok: false, fault: "busy" });
    },
  };
}
