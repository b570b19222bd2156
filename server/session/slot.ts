/** What a connection to any target can do. */
export type Closable = { readonly closed: Promise<string>; close(): Promise<void> };

/** A session's connection to its target: opened when it is first needed, and again when it was lost. */
export type Slot<Connection extends Closable> = {
  /**
   * The open connection, or the one that `open` makes. `pins` says what it was opened with (the target's revision, the
   * search path): a connection that was opened with something else is closed and replaced. Throws what `open` throws, and the signal's reason where the session has closed.
   */
  get(open: () => Promise<Connection>, pins?: string): Promise<Connection>;
  /** Closes and forgets it. The next `get` opens another. */
  drop(): void;
};

type Held<Connection> = { pins: string | undefined; connection: Promise<Connection> };

/** `onError` hears of connections that would not close. */
export function createSlot<Connection extends Closable>(
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Slot<Connection> {
  let held: Held<Connection> | undefined;

  const drop = () => {
    const dropped = held?.connection;
    held = undefined;
    // One that never opened has nothing to close; whoever asked for it was told.
    dropped?.then(
      (connection) => connection.close().catch(onError),
      () => {},
    );
  };
  const forget = (entry: Held<Connection>) => {
    if (held === entry) held = undefined;
  };
  signal.addEventListener("abort", drop, { once: true });

  return {
    drop,
    async get(open, pins) {
      signal.throwIfAborted();
      if (held !== undefined && held.pins !== pins) drop();
      if (held === undefined) {
        const entry: Held<Connection> = { pins, connection: open() };
        held = entry;
        entry.connection.then(
          (connection) => connection.closed.then(() => forget(entry)),
          () => forget(entry),
        );
      }
      const connection = await held.connection;
      signal.throwIfAborted();
      return connection;
    },
  };
}
