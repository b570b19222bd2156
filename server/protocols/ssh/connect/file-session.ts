import type { SFTPWrapper, Stats } from "ssh2";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Connection } from "./connection.ts";
import type { FileEntry, FileExecutable, FileKind } from "./executable.ts";
import { channelRefusal } from "./open-channel.ts";
import { knowsExtension } from "./ssh2-internals.ts";

type Answer<T> = (error: Error | null | undefined, value: T) => void;

/** An SFTP channel for one use: ending it is how a use is given up, whatever the host is doing. */
export class FileSession {
  readonly #sftp: SFTPWrapper;
  readonly #connection: Connection;
  readonly #path: string;
  readonly #given: Promise<never>;
  #giveUp: (why: Refusal) => void = () => undefined;
  #givenUp = false;
  readonly #timer: NodeJS.Timeout;

  constructor(connection: Connection, sftp: SFTPWrapper, { path, timeoutMs }: FileExecutable) {
    this.#connection = connection;
    this.#sftp = sftp;
    this.#path = path;
    this.#given = new Promise((_, reject) => {
      this.#giveUp = (why) => {
        this.#givenUp = true;
        reject(why);
      };
    });
    this.#given.catch(() => undefined);
    this.#timer = setTimeout(() => this.giveUp(timedOut(timeoutMs)), timeoutMs);
    sftp.on("error", () => undefined);
    sftp.on("close", () => this.giveUp(cutOff()));
  }

  /** Whether the host knows an extension of OpenSSH's. */
  can(extension: string): boolean {
    return knowsExtension(this.#sftp, extension);
  }

  /** Given up, or without a connection: no answer comes any more. */
  get isOver(): boolean {
    return this.#givenUp || this.#connection.gone;
  }

  /** One request. Throws `file_not_found`, `file_refused`, `target_refused`, or why the use was given up. */
  async ask<T>(request: (sftp: SFTPWrapper, answer: Answer<T>) => void): Promise<T> {
    const answer = new Promise<T>((resolve, reject) => {
      if (this.isOver) return reject(cutOff());
      request(this.#sftp, (error, value) => {
        if (error === null || error === undefined) resolve(value);
        else reject(fileRefusal(error, this.#path, this.#connection));
      });
    });
    // Where the use is given up first, nobody waits for this answer any more.
    answer.catch(() => undefined);
    return await Promise.race([this.#given, answer]);
  }

  giveUp(why: Refusal): void {
    this.#giveUp(why);
    this.end();
  }

  end(): void {
    clearTimeout(this.#timer);
    if (!this.#connection.gone) this.#sftp.end();
  }
}

/** Opens the host's SFTP subsystem. `signal` gives the use up. Throws `target_refused`, `target_unreachable`. */
export async function openFiles(
  connection: Connection,
  file: FileExecutable,
  signal: AbortSignal,
): Promise<FileSession> {
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    if (connection.gone) return reject(cutOff());
    connection.client.sftp((error, opened) => {
      if (error === undefined) resolve(opened);
      else
        reject(connection.gone || "reason" in error ? channelRefusal(error, connection.gone) : noSftp(error));
    });
  });
  const session = new FileSession(connection, sftp, file);
  const abort = () => session.giveUp(new Refusal("cancelled", "The transfer was cancelled."));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  sftp.once("close", () => signal.removeEventListener("abort", abort));
  return session;
}

export function entryOf(name: string, stats: Stats): FileEntry {
  return {
    name,
    kind: kindOf(stats),
    size: stats.size,
    mode: stats.mode & 0o7777,
    modifiedAt: stats.mtime * 1000,
  };
}

function kindOf(stats: Stats): FileKind {
  if (stats.isSymbolicLink()) return "link";
  if (stats.isDirectory()) return "directory";
  return stats.isFile() ? "file" : "other";
}

/** By the status codes of draft-ietf-secsh-filexfer-02, 7. The host's own words are not repeated. */
function fileRefusal(error: Error, path: string, connection: Connection): Refusal {
  const status = "code" in error ? error.code : undefined;
  if (status === 2)
    return new Refusal("file_not_found", `The target has no file “${path}”.`, { cause: error });
  if (status === 3)
    return new Refusal("file_refused", `The target does not let the gateway's user at “${path}”.`, {
      cause: error,
    });
  if (typeof status !== "number" || connection.gone) return cutOff(error);
  return new Refusal(
    "target_refused",
    `The target could not do that with “${path}” (SFTP status ${status}).`,
    {
      cause: error,
    },
  );
}

const noSftp = (error: Error) =>
  new Refusal("target_refused", "The target offers no SFTP.", {
    hint: "Its sshd needs a line `Subsystem sftp internal-sftp`.",
    cause: error,
  });

const cutOff = (cause?: unknown) =>
  new Refusal("target_unreachable", "The connection to the target was lost under the transfer.", {
    extra: { outcome: "none" },
    cause,
  });

const timedOut = (timeoutMs: number) =>
  new Refusal("timeout", `The transfer took longer than ${timeoutMs / 1000} s and was given up.`, {
    extra: { timeoutMs },
  });

export const tooLarge = (path: string, maxBytes: number) =>
  new Refusal("too_large", `“${path}” is larger than the ${maxBytes} bytes that may be transferred.`, {
    extra: { maxBytes },
  });
