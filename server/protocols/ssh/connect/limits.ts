/** Longest waits of one SSH connection, in milliseconds, and where it never leads. */
export type SshLimits = {
  /** For each host on the way: to connect, to agree on keys and to authenticate. */
  connectTimeoutMs: number;
  /** Between questions whether the host is still there; after three without an answer it is gone. */
  keepAliveMs: number;
  /** For a command that is ended to be seen to end; then nothing more is tried. */
  stopMs: number;
  /** For one that the host may still be ending, on top of that, to be seen to end; then its outcome is unknown. */
  seenMs: number;
  /** IP addresses that nothing connects to, whatever name leads there. */
  isRefusedAddress: (ip: string) => boolean;
};

export const defaultSshLimits = {
  connectTimeoutMs: 10_000,
  keepAliveMs: 15_000,
  stopMs: 1_600,
  seenMs: 10_000,
} satisfies Partial<SshLimits>;

/** Unanswered keep-alives after which a host counts as gone. */
export const KEEP_ALIVE_MISSES = 3;

/** Bytes that a host may send on a channel before someone has read them: the most that the gateway ever holds of it. */
export const WINDOW_BYTES = 256 * 1024;

/** Bytes of it that are handed on together: terminals come in pieces of a few hundred, each with its own price. */
export const PIECE_BYTES = 64 * 1024;

/** Bytes on their way to a host above which a writer is told to wait. */
export const WRITE_BOUND_BYTES = 128 * 1024;

/** A file is read and written in blocks that every SFTP server takes (draft-ietf-secsh-filexfer-02, 3). */
export const FILE_BLOCK_BYTES = 32 * 1024;

/** Blocks under way at once, to hide the round trip: 256 KiB in memory. */
export const FILE_BLOCKS_AHEAD = 8;
