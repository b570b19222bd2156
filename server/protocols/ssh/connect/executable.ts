/** A command as the permit covers it. */
export type ShellExecutable = {
  /** For the login shell of the host, unchanged. */
  command: string;
  /** All of it, then end of file. */
  stdin: string;
  /** For the whole command, in milliseconds. */
  timeoutMs: number;
  /** Of stdout and stderr together; what comes after is dropped while the command goes on to its own end. */
  maxBytes: number;
  /** Hex SHA-256 that the permit is bound to. */
  sha256: string;
};

/** A piece of a command's output, in the order of arrival; `exit` is the last. */
export type ByteChunk =
  | { type: "bytes"; stream: "stdout" | "stderr"; bytes: Uint8Array }
  /** `code` is null after a signal (`SIGKILL`), and both are where the host told neither. */
  | { type: "exit"; code: number | null; signal: string | null; truncated: boolean };

/** An interactive program with a pseudo-terminal; without `command` the login shell. */
export type TerminalExecutable = {
  command: string | undefined;
  /** `xterm-256color` and kin. */
  term: string;
  columns: number;
  rows: number;
  sha256: string;
};

/** A living pseudo-terminal. Its output flows from the start; what comes before `onBytes` waits. */
export type Channel = {
  /** False where the writer should wait for `drained`. After the end bytes go nowhere. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when there is room again, or the channel has ended. */
  drained(): Promise<void>;
  resize(columns: number, rows: number): void;
  /** Back-pressure: while paused, the host sends no more than WINDOW_BYTES and then waits. */
  pause(): void;
  resume(): void;
  /** One listener: a second one replaces the first. */
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** Resolves after the last bytes were given to the listener: one that is paused has to be resumed or closed. */
  readonly closed: Promise<ChannelEnd>;
  /** Hangs up: the host sends SIGHUP to what runs in the terminal. */
  close(): void;
};

export type ChannelEnd = { code: number | null; signal: string | null; reason: string };

/** One thing asked of the host's files, as the permit covers it. */
export type FileExecutable = {
  /** As the host resolves it: relative ones from the user's home. */
  path: string;
  /** For the whole transfer, in milliseconds. */
  timeoutMs: number;
  sha256: string;
  /** The path is one that the host resolved: where it leads elsewhere by now, nothing is done. */
  exact?: boolean;
};

/** `follow`: the last name too is followed where it is a link. Else it stands for itself: what a write replaces. */
export type ResolveExecutable = FileExecutable & { follow: boolean };
/** Absolute, as the host resolves it, and whether anything is there. */
export type FilePlace = { path: string; exists: boolean };

/** A directory of at most so many entries; more are left out, and said to be. */
export type ListExecutable = FileExecutable & { maxEntries: number };
/** A file of at most so many bytes; a larger one is refused. */
export type ReadExecutable = FileExecutable & { maxBytes: number };
/** `mode`: of a file that is new; one that is replaced keeps its own. Without `replace` it must not exist. */
export type WriteExecutable = FileExecutable & { maxBytes: number; mode: number; replace: boolean };

export type FileKind = "file" | "directory" | "link" | "other";

/** A file's attributes. `mode` holds the permission bits; `modifiedAt` is in milliseconds since 1970. */
export type FileEntry = { name: string; kind: FileKind; size: number; mode: number; modifiedAt: number };
