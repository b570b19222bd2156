import type { Permit } from "../../../approval/permit.ts";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { SshCredential, SshTarget } from "../../../../shared/nouns/target.ts";
import { Connection } from "./connection.ts";
import type { ByteChunk, Channel, ShellExecutable, TerminalExecutable } from "./executable.ts";
import { createFiles, type SshFiles } from "./files.ts";
import type { SshLimits } from "./limits.ts";
import { openRoute, pinnedHop } from "./route.ts";
import { runCommand } from "./run.ts";
import { openTerminal } from "./terminal.ts";

/** One open connection to an SSH host: a command at a time, and terminals and transfers beside it. */
export type SshBackend = {
  /** Resolves with the reason, in words, when the connection is gone. */
  readonly closed: Promise<string>;
  /**
   * Spends the permit and runs the command in the user's login shell; its output comes as the reader pulls it. A
   * reader that leaves early, an aborted signal and the deadline end it at the host, with everything in its session.
   * Throws Refusal: `permit_invalid`, `session_busy`, `session_closed`, `target_refused` (it did not run), `timeout`
   * and `cancelled` (with `extra.outcome` `unknown` where it could not be seen to end), `target_unreachable` (with
   * `extra.outcome`: `none`, or `unknown` where it was lost under the command).
   */
  exec(permit: Permit, command: ShellExecutable, signal: AbortSignal): AsyncIterable<ByteChunk>;
  /**
   * Spends the permit and starts a program, or the login shell, in a pseudo-terminal; `signal` hangs up. Throws as
   * `exec` does, but for `session_busy` and `timeout`.
   */
  open(permit: Permit, terminal: TerminalExecutable, signal: AbortSignal): Promise<Channel>;
  readonly files: SshFiles;
  /** Ends the connection and everything on it: terminals are hung up, a running command is ended at the host. */
  close(): Promise<void>;
};

/**
 * Opens a connection for the permit's session, through the target's jump hosts. Each host on the way shows a pinned key
 * before anything is sent to it. `now` in milliseconds. There is no way to forward an agent, a port or X11, and the
 * host is refused each channel that it opens by itself.
 * Throws `permit_invalid`, `target_disabled`, `target_unreachable`, `target_refused`, `host_key_changed`,
 * `credential_unavailable`, `cancelled`.
 */
export async function connectSsh(input: {
  permit: Permit;
  target: SshTarget;
  credential: SshCredential;
  limits: SshLimits;
  now: () => number;
  signal: AbortSignal;
}): Promise<SshBackend> {
  const { permit, target, credential, limits, now } = input;
  const { address } = target;
  const place = {
    target: target.name,
    targetRevision: target.revision,
    session: permit.binding.session,
  };
  permit.check(now(), place);
  if (target.disabled) throw new Refusal("target_disabled", `The target ${target.name} is disabled.`);
  const last = pinnedHop(credential.user, credential, address.hostKeys);
  const connection = new Connection(
    await openRoute({ address, credential, last, limits, signal: input.signal }),
  );
  const closing = new AbortController();
  const until = (signal: AbortSignal) => AbortSignal.any([signal, closing.signal]);
  const common = { connection, now, place, limits, answerMs: limits.connectTimeoutMs };
  return {
    closed: connection.closed,
    exec: (permit, command, signal) => runCommand({ ...common, signal: until(signal) }, permit, command),
    open: (permit, terminal, signal) => openTerminal({ ...common, signal: until(signal) }, permit, terminal),
    files: createFiles(common, until),
    async close() {
      closing.abort();
      await connection.end(limits.stopMs + limits.seenMs);
    },
  };
}
