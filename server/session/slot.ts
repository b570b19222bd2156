import type { Backend } from "../protocols/postgres/connect/backend.ts";

/** A session's connection to its target: opened when it is first needed, and again when it was lost. */
export type BackendSlot = {
  /**
   * The open connection, or the one that `open` makes. `pins` says what it was opened with (the target's revision, the
   * search path): a connection that was opened with something else is closed and replaced. Throws what `open` throws, and the signal's reason where the session has closed.
   */
  get(open: () => Promise<Backend>, pins?: string): Promise<Backend>;
  /** Closes and forgets it. The next `get` opens another. */
  drop(): void;
};

type Held = { pins: string | undefined; backend: Promise<Backend> };

/** `onError` hears of connections that would not close. */
export function createSlot(signal: AbortSignal, onError: (error: unknown) => void): BackendSlot {
  let held: Held | undefined;

  const drop = () => {
    const dropped = held?.backend;
    held = undefined;
    // One that never opened has nothing to close; whoever asked for it was told.
    dropped?.then(
      (backend) => backend.close().catch(onError),
      () => {},
    );
  };
  const forget = (entry: Held) => {
    if (held === entry) held = undefined;
  };
  signal.addEventListener("abort", drop, { once: true });

  return {
    drop,
    async get(open, pins) {
      signal.throwIfAborted();
      if (held !== undefined && held.pins !== pins) drop();
      if (held === undefined) {
        const entry: Held = { pins, backend: open() };
        held = entry;
        entry.backend.then(
          (backend) => backend.closed.then(() => forget(entry)),
          () => forget(entry),
        );
      }
      const backend = await held.backend;
      signal.throwIfAborted();
      return backend;
    },
  };
}
