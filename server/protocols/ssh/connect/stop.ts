import type { ClientChannel } from "ssh2";
import type { Connection } from "./connection.ts";
import type { Inflow } from "./inflow.ts";
import type { SshLimits } from "./limits.ts";
import { sendSignal } from "./ssh2-internals.ts";

/**
 * Ends what runs in a channel, and says whether it was seen to end: within `stopMs`, and within `seenMs` more where the
 * host has not said that it cannot, for one that is busy ends things in its own time. The `signal` request (RFC 4254,
 * 6.9) comes second: OpenSSH refuses it, silently, for root and under ForceCommand, and it reaches one process group
 * alone, which `timeout` and job control leave. So the host's own shell is asked first, in a channel beside. Closing
 * the channel stops no program without a terminal; it is what is left.
 */
export async function stop(
  connection: Connection,
  channel: ClientChannel,
  inflow: Inflow,
  { stopMs, seenMs }: Pick<SshLimits, "stopMs" | "seenMs">,
): Promise<boolean> {
  inflow.discard();
  const ended = inflow.ended.then(() => !connection.gone);
  if (connection.gone) return false;
  const swept = sweep(connection).then((taken) => taken && ended);
  if (await within(swept, (stopMs * 3) / 4)) return true;
  if (!connection.gone) sendSignal(connection.client, channel, "KILL");
  if (await within(ended, stopMs / 4)) return true;
  if (await within(Promise.race([ended, swept]), seenMs)) return true;
  if (!connection.gone) channel.close();
  return false;
}

/** Whether the host took the sweep; that it ended what runs is seen from the channel. */
function sweep({ client }: Connection): Promise<boolean> {
  return new Promise((resolve) => {
    client.exec(SWEEP, (error, channel) => {
      if (error !== undefined) return resolve(false);
      channel.on("exit", (code: number | null) => resolve(code === 0));
      channel.on("close", () => resolve(false));
      channel.resume().end();
      channel.stderr.resume();
    });
  });
}

/**
 * Ends the sessions (in POSIX's sense) without a terminal that the gateway's own sshd process has started, but for
 * SFTP and itself: the one command that runs. By Linux' /proc and POSIX sh alone; elsewhere it fails, and ends nothing.
 * In one line and one pair of single quotes, which every login shell reads alike.
 */
const SWEEP = `sh -c '${[
  "look() { line=; read -r line </proc/$1/stat; name=${line#*\\(}; name=${name%\\)*};",
  'set -- ${line##*\\) }; parent=$2; session=$4; tty=$5; [ -n "$session" ]; };',
  "at=$$; own=; while look $at || exit 1; case $name in sshd*) false;; esac; do own=$at; at=$parent; done;",
  'host=$at; doomed=" ";',
  "for p in /proc/[0-9]*; do p=${p#/proc/}; look $p || continue;",
  '[ "$parent $session $tty" = "$host $p 0" ] && [ $p != "$own" ] || continue;',
  'case $name in sshd*|sftp-server|internal-sftp) ;; *) doomed="$doomed$p ";; esac; done;',
  "hit() { victims=; for p in /proc/[0-9]*; do p=${p#/proc/}; look $p || continue;",
  'case $doomed in *" $session "*) victims="$victims $p";; esac; done;',
  '[ -n "$victims" ] || return 1; kill -s $1 $victims; return 0; };',
  // More than once: what is being ended may still be starting others.
  "hit TERM || exit 1; sleep .3; for n in 1 2 3; do hit KILL || break; done; exit 0",
].join(" ")}' 2>/dev/null`;

/** The answer, or false where it does not come in time. */
function within(answer: Promise<boolean>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    void answer.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
