import { createHash, randomBytes } from "node:crypto";
import type { Stats } from "ssh2";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { WriteExecutable } from "./executable.ts";
import { holdTo } from "./file-place.ts";
import { tooLarge, type FileSession } from "./file-session.ts";
import { FILE_BLOCK_BYTES, FILE_BLOCKS_AHEAD } from "./limits.ts";

/** Nobody but the user reads what is not whole yet. */
const PARTIAL_MODE = 0o600;

/**
 * Writes a file as a whole or not at all: under a name of its own in the same directory, synced where the host can,
 * then renamed over the path (a link there is replaced, not followed). Gives the size and hex SHA-256 of what was
 * written. Also throws `too_large`, `file_refused` (it exists), and `target_unreachable` with `extra.outcome`
 * `unknown` where the connection was lost while it was renamed.
 */
export async function writeFile(
  session: FileSession,
  at: WriteExecutable,
  partial: string,
  source: AsyncIterable<Uint8Array>,
): Promise<{ bytes: number; sha256: string }> {
  const { path, exact = false } = at;
  if (exact) await holdTo(session, path, false);
  const existing = await existingAt(session, path);
  if (existing !== undefined && !at.replace) throw exists(path);
  if (existing?.isDirectory()) throw new Refusal("file_refused", `“${path}” is a directory.`);
  // A device that a file takes the place of is gone for every program that opens it.
  if (existing !== undefined && !existing.isFile() && !existing.isSymbolicLink())
    throw new Refusal("file_refused", `“${path}” is a device, a pipe or a socket, which no file replaces.`);
  const handle = await session.ask<Buffer>((sftp, answer) => sftp.open(partial, "wx", PARTIAL_MODE, answer));
  try {
    const written = await fill(session, handle, at, source);
    const mode = existing?.isFile() === true ? existing.mode & 0o7777 : at.mode;
    await session.ask<void>((sftp, answer) => sftp.fchmod(handle, mode, (error) => answer(error)));
    await session.ask<void>((sftp, answer) => sftp.close(handle, (error) => answer(error)));
    if (exact) await holdTo(session, path, false);
    await putInPlace(session, partial, at);
    return written;
  } catch (error) {
    // Where even this fails the use was given up: whoever gave it up removes the partial file. `error` says what went wrong.
    await discard(session, partial).catch(() => undefined);
    throw error;
  }
}

/** A name in the same directory, under which a file grows. */
export const partialOf = (path: string): string =>
  `${path.slice(0, path.lastIndexOf("/") + 1)}.sluice-${randomBytes(8).toString("hex")}.part`;

export const discard = (session: FileSession, partial: string): Promise<void> =>
  session.ask<void>((sftp, answer) => sftp.unlink(partial, (error) => answer(error)));

/** Undefined where there is nothing; a link is not followed. */
async function existingAt(session: FileSession, path: string): Promise<Stats | undefined> {
  try {
    return await session.ask<Stats>((sftp, answer) => sftp.lstat(path, answer));
  } catch (error) {
    if (error instanceof Refusal && error.code === "file_not_found") return undefined;
    throw error;
  }
}

/** Writes in blocks, a few under way at once: their answers set the pace at which the source is read. */
async function fill(
  session: FileSession,
  handle: Buffer,
  { path, maxBytes }: WriteExecutable,
  source: AsyncIterable<Uint8Array>,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  const underWay: Promise<void>[] = [];
  let bytes = 0;
  for await (const piece of source) {
    if (bytes + piece.length > maxBytes) throw tooLarge(path, maxBytes);
    hash.update(piece);
    for (let from = 0; from < piece.length; from += FILE_BLOCK_BYTES) {
      const block = Buffer.from(piece.subarray(from, from + FILE_BLOCK_BYTES));
      const position = bytes + from;
      const written = session.ask<void>((sftp, answer) =>
        sftp.write(handle, block, 0, block.length, position, (error) => answer(error)),
      );
      written.catch(() => undefined);
      underWay.push(written);
      if (underWay.length >= FILE_BLOCKS_AHEAD) await underWay.shift();
    }
    bytes += piece.length;
  }
  await Promise.all(underWay);
  if (session.can("fsync@openssh.com"))
    await session.ask<void>((sftp, answer) => sftp.ext_openssh_fsync(handle, (error) => answer(error)));
  return { bytes, sha256: hash.digest("hex") };
}

/** SFTP's own rename refuses to replace (draft-ietf-secsh-filexfer-02, 6.5); OpenSSH's extension replaces in one step. */
async function putInPlace(
  session: FileSession,
  partial: string,
  { path, replace }: WriteExecutable,
): Promise<void> {
  const atomic = replace && session.can("posix-rename@openssh.com");
  try {
    await session.ask<void>((sftp, answer) =>
      atomic
        ? sftp.ext_openssh_rename(partial, path, (error) => answer(error))
        : sftp.rename(partial, path, (error) => answer(error)),
    );
  } catch (error) {
    if (session.isOver) throw unknownOutcome(error);
    if (!replace || atomic || (await existingAt(session, path)) === undefined) throw error;
    throw new Refusal("file_refused", `The target cannot replace “${path}” in one step.`, {
      hint: "Remove the old file first, by a command of its own.",
      cause: error,
    });
  }
}

const exists = (path: string) => new Refusal("file_refused", `“${path}” exists, and was not to be replaced.`);

function unknownOutcome(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  return new Refusal(error.code, `${error.message} Whether the file was put in place is not known.`, {
    extra: { ...error.extra, outcome: "unknown" },
    cause: error,
  });
}
