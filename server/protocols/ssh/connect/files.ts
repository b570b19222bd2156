import type { FileEntryWithStats, Stats } from "ssh2";
import type { Permit } from "../../../approval/permit.ts";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type {
  FileEntry,
  FileExecutable,
  FilePlace,
  ListExecutable,
  ReadExecutable,
  ResolveExecutable,
  WriteExecutable,
} from "./executable.ts";
import { holdTo, resolve } from "./file-place.ts";
import { entryOf, openFiles, tooLarge, type FileSession } from "./file-session.ts";
import { discard, partialOf, writeFile } from "./file-write.ts";
import { FILE_BLOCK_BYTES, FILE_BLOCKS_AHEAD } from "./limits.ts";
import { answered, begin, type Use } from "./run.ts";

/**
 * The host's files over SFTP. Each call spends its permit and has a channel of its own. All throw `permit_invalid`,
 * `session_closed`, `cancelled`, `timeout`, `file_not_found`, `file_refused`, `target_refused`, `target_unreachable`.
 */
export type SshFiles = {
  /** See `resolve`. */
  resolve(permit: Permit, at: ResolveExecutable, signal: AbortSignal): Promise<FilePlace>;
  /** Links are listed as links. */
  list(
    permit: Permit,
    at: ListExecutable,
    signal: AbortSignal,
  ): Promise<{ entries: FileEntry[]; truncated: boolean }>;
  /** What a link leads to. */
  stat(permit: Permit, at: FileExecutable, signal: AbortSignal): Promise<FileEntry>;
  /** The bytes, as the reader pulls them. Also throws `too_large`, and `file_refused` where it is no plain file. */
  read(permit: Permit, at: ReadExecutable, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** See `writeFile`. */
  write(
    permit: Permit,
    at: WriteExecutable,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ bytes: number; sha256: string }>;
};

/** `until` joins each transfer's signal with the connection's end. */
export function createFiles(
  common: Omit<Use, "signal">,
  until: (signal: AbortSignal) => AbortSignal,
): SshFiles {
  const enter = async (permit: Permit, at: FileExecutable, given: AbortSignal) => {
    const signal = until(given);
    const use = { ...common, signal };
    begin(use, permit, at.sha256);
    return await answered(use, openFiles(common.connection, at, signal));
  };
  const within = async <T>(opening: Promise<FileSession>, work: (session: FileSession) => Promise<T>) => {
    const session = await opening;
    try {
      return await work(session);
    } finally {
      session.end();
    }
  };
  /** A write that was given up has no channel left to take its partial file away by: it gets another, where it can. */
  const tidy = async (at: FileExecutable, partial: string): Promise<void> => {
    const use = { ...common, signal: until(AbortSignal.timeout(common.answerMs)) };
    try {
      const opening = openFiles(common.connection, { ...at, timeoutMs: common.answerMs }, use.signal);
      await within(answered(use, opening), (session) => discard(session, partial));
    } catch (error) {
      // It is there no more, or the connection is not. The write's own error is what is told.
      if (!(error instanceof Refusal)) throw error;
    }
  };
  return {
    resolve: (permit, at, signal) => within(enter(permit, at, signal), (session) => resolve(session, at)),
    list: (permit, at, signal) => within(enter(permit, at, signal), (session) => list(session, at)),
    stat: (permit, at, signal) => within(enter(permit, at, signal), (session) => stat(session, at)),
    write(permit, at, bytes, signal) {
      const partial = partialOf(at.path);
      return within(enter(permit, at, signal), async (session) => {
        try {
          return await writeFile(session, at, partial, bytes);
        } catch (error) {
          if (session.isOver) await tidy(at, partial);
          throw error;
        }
      });
    },
    async *read(permit, at, signal) {
      const session = await enter(permit, at, signal);
      try {
        yield* read(session, at);
      } finally {
        session.end();
      }
    },
  };
}

async function stat(session: FileSession, { path }: FileExecutable): Promise<FileEntry> {
  const stats = await session.ask<Stats>((sftp, answer) => sftp.stat(path, answer));
  return entryOf(path.slice(path.lastIndexOf("/") + 1), stats);
}

async function list(
  session: FileSession,
  { path, maxEntries, exact = false }: ListExecutable,
): Promise<{ entries: FileEntry[]; truncated: boolean }> {
  if (exact) await holdTo(session, path, true);
  const handle = await session.ask<Buffer>((sftp, answer) => sftp.opendir(path, answer));
  if (exact) await holdTo(session, path, true);
  const entries: FileEntry[] = [];
  for (;;) {
    const batch = await nextEntries(session, handle);
    if (batch === undefined) return { entries, truncated: false };
    for (const { filename, attrs } of batch) {
      if (filename === "." || filename === "..") continue;
      if (entries.length === maxEntries) return { entries, truncated: true };
      entries.push(entryOf(filename, attrs));
    }
  }
}

/** Undefined at the end, which SFTP says as an error. */
function nextEntries(session: FileSession, handle: Buffer): Promise<FileEntryWithStats[] | undefined> {
  return session.ask((sftp, answer) =>
    sftp.readdir(handle, (error, batch) =>
      error !== undefined && "code" in error && error.code === END_OF_FILE
        ? answer(undefined, undefined)
        : answer(error, batch),
    ),
  );
}

const END_OF_FILE = 1;

async function* read(
  session: FileSession,
  { path, maxBytes, exact = false }: ReadExecutable,
): AsyncGenerator<Uint8Array, void> {
  if (exact) await holdTo(session, path, true);
  // Before it is opened: opening a pipe waits for someone at its other end.
  const before = await session.ask<Stats>((sftp, answer) => sftp.stat(path, answer));
  if (!before.isFile()) throw new Refusal("file_refused", `“${path}” is no plain file.`);
  if (before.size > maxBytes) throw tooLarge(path, maxBytes);
  const handle = await session.ask<Buffer>((sftp, answer) => sftp.open(path, "r", answer));
  if (exact) await holdTo(session, path, true);
  const ahead: Promise<Buffer>[] = [];
  let asked = 0;
  let given = 0;
  for (;;) {
    while (ahead.length < FILE_BLOCKS_AHEAD) {
      const block = readBlock(session, handle, asked);
      // Blocks behind the end, or behind an error, are asked for in vain.
      block.catch(() => undefined);
      ahead.push(block);
      asked += FILE_BLOCK_BYTES;
    }
    const bytes = (await ahead.shift()) ?? Buffer.alloc(0);
    given += bytes.length;
    // It can have grown since; and what /proc shows has no size.
    if (given > maxBytes) throw tooLarge(path, maxBytes);
    if (bytes.length > 0) yield bytes;
    if (bytes.length < FILE_BLOCK_BYTES) return;
  }
}

/** A whole block, or less at the end of the file: a host may give less than was asked for at any time. */
async function readBlock(session: FileSession, handle: Buffer, position: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(FILE_BLOCK_BYTES);
  let filled = 0;
  while (filled < FILE_BLOCK_BYTES) {
    const count = await session.ask<number>((sftp, answer) =>
      sftp.read(handle, block, filled, FILE_BLOCK_BYTES - filled, position + filled, answer),
    );
    if (count === 0) break;
    filled += count;
  }
  return block.subarray(0, filled);
}
