import type { Backend } from "../protocols/postgres/connect/backend.ts";

/** A session's connection to its target: opened when it is first needed, and again when it was lost. */
export type BackendSlot = {
  /**
   * The open connection, or the one that `open` makes. `revision` is the target's: a connection made at another one is
   * closed and replaced. Throws what `open` throws, and the signal's reason where the session has closed.
   */
  get(open: () => Promise<Backend>, revision?: number): Promise<Backend>;
  /** Closes and forgets it. The next `get` opens another. */
  drop(): void;
};

type Held = { revision: number | undefined; backend: Promise<Backend> };

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
    async get(open, revision) {
      signal.throwIfAborted();
      if (held !== undefined && held.revision !== revision) drop();
      if (held === undefined) {
        const entry: Held = { revision, backend: open() };
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
