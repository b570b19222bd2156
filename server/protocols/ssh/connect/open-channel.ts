import type { ClientChannel, PseudoTtyOptions } from "ssh2";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Connection } from "./connection.ts";
import { WINDOW_BYTES } from "./limits.ts";
import { openWithWindow } from "./ssh2-internals.ts";

type Opened = (error: Error | undefined, channel: ClientChannel) => void;

/**
 * Asks the host to run a command (the login shell where there is none) in a channel of its own. No environment, agent
 * or X11 goes along. Throws `target_refused` (nothing ran), `target_unreachable` with `extra.outcome`.
 */
export function openChannel(
  connection: Connection,
  what: { command: string | undefined; pty?: PseudoTtyOptions },
): Promise<ClientChannel> {
  const { client } = connection;
  return new Promise((resolve, reject) => {
    const opened: Opened = (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(channelRefusal(error, connection.gone));
    };
    const request = () => {
      if (what.command === undefined) client.shell(what.pty ?? false, opened);
      else client.exec(what.command, what.pty === undefined ? {} : { pty: what.pty }, opened);
    };
    try {
      openWithWindow(client, WINDOW_BYTES, request);
    } catch (error) {
      // ssh2 throws where the socket has just gone.
      reject(lost("none", error));
    }
  });
}

/** `reason` numbers a channel that was not opened (RFC 4254, 5.1); an error without one came after that. */
export function channelRefusal(error: Error, gone: boolean): Refusal {
  const reason = "reason" in error ? error.reason : undefined;
  if (gone) return lost(/^Unable to/.test(error.message) ? "unknown" : "none");
  if (reason === undefined)
    return new Refusal(
      "target_refused",
      `The target refuses that: ${requests[error.message] ?? "it gave no reason"}.`,
      {
        cause: error,
      },
    );
  const [detail, hint] = failures[Number(reason)] ?? failures.other;
  return new Refusal("target_refused", detail, { hint, cause: error });
}

const failures: Record<number, readonly [string, string]> & { other: readonly [string, string] } = {
  1: [
    "The target does not allow the gateway's user to run anything.",
    "Its sshd may have `MaxSessions 0` or another rule for this user.",
  ],
  other: [
    "The target opens no more channels on this connection.",
    "Its sshd limits them by `MaxSessions`: close a terminal, or raise the limit.",
  ],
};

const requests: Record<string, string> = {
  "Unable to exec": "it runs no commands for the gateway's user",
  "Unable to open shell": "it opens no shell for the gateway's user",
  "Unable to request a pseudo-terminal": "it gives the gateway's user no terminal",
};

/** The connection went away under something: `unknown` where the host may have begun or gone on with it. */
export const lost = (outcome: "none" | "unknown", cause?: unknown) =>
  new Refusal(
    "target_unreachable",
    outcome === "none"
      ? "The connection to the target was lost before anything ran."
      : "The connection to the target was lost under the command: whether it ran to its end is not known.",
    { extra: { outcome }, cause },
  );
