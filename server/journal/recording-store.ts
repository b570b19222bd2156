/** Bytes of one recording that can only grow: a file, or an append blob. */
export type RecordingBlob = {
  /** Bytes that it holds. */
  readonly size: number;
  /** Adds bytes at the end. One call at a time. */
  append(chunks: readonly Uint8Array[]): Promise<void>;
  /** Resolves once everything appended would survive a loss of power. */
  sync(): Promise<void>;
  /** Drops what stands behind `size`: the torn end that a crash left. */
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
};

/** Where recordings rest. Keys come from `recordingKey` alone. */
export type RecordingStore = {
  /** Opens for appending; makes it where there is none. */
  open(key: string): Promise<RecordingBlob>;
  /**
   * Opens it in place of whoever had it open before. Where that one still lives, its appends fail from now on, and what
   * it was told to be appended is there.
   */
  succeed(key: string): Promise<RecordingBlob>;
  /** Bytes from `from` to before `to`, or to the present end; nothing where the key is unknown. */
  read(key: string, from: number, to?: number): AsyncIterable<Uint8Array>;
  /** Takes it away for good, where it is there. */
  remove(key: string): Promise<void>;
  /** Bytes under a key; undefined where there is none. */
  size(key: string): Promise<number | undefined>;
};
