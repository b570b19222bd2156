import type { Permit } from "../../../approval/permit.ts";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Credential, PostgresTarget } from "../../../../shared/nouns/target.ts";
import type { Chunk, Executable } from "./chunk.ts";
import { Connection } from "./connection.ts";
import { runCommand } from "./run.ts";
import { applicationName, startupOptions, type BackendLimits } from "./settings.ts";
import { openClient, vetAddress } from "./socket.ts";
import { loadTypeNames } from "./type-names.ts";

/** One open connection to a target, which runs one command at a time. */
export type Backend = {
  /** Process id at the server; 0 where it told none. */
  readonly pid: number;
  /** Resolves with the reason, in words, when the connection is gone. */
  readonly closed: Promise<string>;
  /**
   * Spends the permit and runs the command; its chunks come as the reader pulls them. A reader that leaves early, an
   * aborted signal and the deadline cancel it at the server. Throws TargetFailure for the target's own error, and
   * Refusal: `permit_invalid`, `session_busy`, `session_closed`, `parameters_mismatch`, `too_many_rows`, `too_large`,
   * `timeout`, `cancelled`, `target_unreachable` (with `extra.outcome`: `none` or, where COMMIT was under way
   * or the statement ran outside a transaction, `unknown`).
   */
  run(permit: Permit, command: Executable, signal: AbortSignal): AsyncIterable<Chunk>;
  /** Cancels at the server what runs; resolves when the server has taken the request. */
  cancel(): Promise<void>;
  /** Ends the connection, also under a running command. */
  close(): Promise<void>;
};

/**
 * Opens a backend connection for the permit's session: read-only by default, with pinned settings. `typeNames` spares
 * the look-up of the target's types (by oid, as `format_type` prints them). `now` in milliseconds.
 * Throws `permit_invalid`, `target_disabled`, `target_unreachable`, `target_refused`, `cancelled`.
 */
export async function connect(input: {
  permit: Permit;
  target: PostgresTarget;
  credential: Credential;
  limits: BackendLimits;
  /** Pinned for the connection's life. Undefined leaves the role's own, to find out what it is: never for commands. */
  searchPath: readonly string[] | undefined;
  now: () => number;
  signal: AbortSignal;
  typeNames?: Map<number, string>;
}): Promise<Backend> {
  const { permit, target, limits, now } = input;
  const place = {
    target: target.name,
    targetRevision: target.revision,
    session: permit.binding.session,
  };
  permit.check(now(), place);
  if (target.disabled) throw new Refusal("target_disabled", `The target ${target.name} is disabled.`);
  const address = await vetAddress(target.address, limits.isRefusedAddress);
  const opened = await openClient({
    address,
    credential: input.credential,
    applicationName: applicationName(permit),
    options: startupOptions(input.searchPath, limits),
    connectTimeoutMs: limits.connectTimeoutMs,
    signal: input.signal,
  });
  const connection = new Connection(opened, address);
  try {
    const typeNames = input.typeNames ?? (await loadTypeNames(connection));
    return {
      pid: connection.pid,
      closed: connection.closed,
      run: (permit, command, signal) =>
        runCommand({
          connection,
          typeNames,
          statementTimeoutMs: limits.statementTimeoutMs,
          now,
          place,
          permit,
          command,
          signal,
        }),
      cancel: () => connection.stop(new Refusal("cancelled", "The command was cancelled at the target.")),
      close: () =>
        connection.close(new Refusal("session_closed", "The session was closed under the command.")),
    };
  } catch (error) {
    await connection.close(new Refusal("target_refused", "The target's types could not be read."));
    throw error;
  }
}
