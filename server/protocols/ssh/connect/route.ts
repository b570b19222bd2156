import type { Duplex } from "node:stream";
import { isIP, type Socket } from "node:net";
import type { Client } from "ssh2";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { SshAddress, SshCredential, SshProof } from "../../../../shared/nouns/target.ts";
import { refusedAddress } from "../../network.ts";
import { givenUp, openSocket, timedOut } from "./address.ts";
import { enter, type Hop } from "./hop.ts";
import { hostKeyRefusal, preferredHostKeys } from "./host-key.ts";
import type { SshLimits } from "./limits.ts";

/** An open way to a host: the client there, those of the hosts before it, and the one socket under all. */
export type Route = { client: Client; jumps: Client[]; socket: Socket };

export type RouteInput = {
  address: Pick<SshAddress, "host" | "port" | "jumps">;
  credential: SshCredential;
  /** How the last host is judged, and who the gateway is there. */
  last: Pick<Hop, "hostKeys" | "judge">;
  limits: SshLimits;
  signal: AbortSignal;
};

/**
 * Goes to the host, through its jump hosts in order, each with keys and a proof of its own. The gateway looks up and
 * judges the first name; the later ones are looked up by the jump host, so that only addresses can be judged.
 * Throws what `enter` throws, with `extra.hop` (1 is the first jump host) where it was not the target.
 */
export async function openRoute({ address, credential, last, limits, signal }: RouteInput): Promise<Route> {
  const stops = [
    ...address.jumps.map(({ host, port, user, hostKeys }, index) => ({
      host,
      port,
      hop: pinnedHop(user, credential.jumps[index] ?? {}, hostKeys),
    })),
    { host: address.host, port: address.port, hop: { user: credential.user, proof: credential, ...last } },
  ];
  const entered: Stop[] = [];
  let socket: Socket | undefined;
  try {
    for (const [index, { host, port, hop }] of stops.entries()) {
      const before = entered.at(-1);
      try {
        const stream: Duplex = before
          ? await tunnel(before, { host, port }, limits, signal)
          : (socket = await openSocket(host, port, limits, signal));
        entered.push({ host, client: await enter(stream, hop, limits, signal) });
      } catch (error) {
        throw index < address.jumps.length ? atJump(error, index, host) : error;
      }
    }
    const client = entered.pop()?.client;
    if (client === undefined || socket === undefined) throw new Error("a route has a last stop");
    return { client, jumps: entered.map((stop) => stop.client), socket };
  } catch (error) {
    for (const { client } of entered.reverse()) client.end();
    socket?.destroy();
    throw error;
  }
}

type Stop = { host: string; client: Client };

/** A stop whose host has to show a pinned key. */
export function pinnedHop(user: string, proof: SshProof, pinned: readonly string[]): Hop {
  return {
    user,
    proof,
    hostKeys: preferredHostKeys(pinned),
    judge: (key) => hostKeyRefusal(key, pinned),
  };
}

/** A connection that a jump host makes for the gateway (RFC 4254, 7.2). */
function tunnel(
  { client, host: from }: Stop,
  to: { host: string; port: number },
  { isRefusedAddress, connectTimeoutMs }: SshLimits,
  signal: AbortSignal,
): Promise<Duplex> {
  if (isIP(to.host) !== 0 && isRefusedAddress(to.host)) throw refusedAddress();
  return new Promise((resolve, reject) => {
    const abort = () => settle(() => reject(givenUp()));
    const timer = setTimeout(() => settle(() => reject(timedOut())), connectTimeoutMs);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      act();
    };
    signal.addEventListener("abort", abort, { once: true });
    client.forwardOut("127.0.0.1", 0, to.host, to.port, (error, channel) =>
      settle(() => (error === undefined ? resolve(channel) : reject(tunnelRefusal(error, from, to.host)))),
    );
  });
}

function tunnelRefusal(error: Error, from: string, to: string): Refusal {
  const prohibited = "reason" in error && error.reason === ADMINISTRATIVELY_PROHIBITED;
  return prohibited
    ? new Refusal("target_refused", `The jump host ${from} does not let the gateway go on to ${to}.`, {
        hint: "Its sshd needs `AllowTcpForwarding local`, and a `PermitOpen` for that host.",
        cause: error,
      })
    : new Refusal("target_unreachable", `The jump host ${from} could not connect to ${to}.`, {
        cause: error,
      });
}

/** RFC 4254, 5.1. */
const ADMINISTRATIVELY_PROHIBITED = 1;

function atJump(error: unknown, index: number, host: string): unknown {
  if (!(error instanceof Refusal) || error.code === "cancelled") return error;
  return new Refusal(error.code, `Jump host ${index + 1} (${host}): ${error.message}`, {
    ...(error.hint !== undefined && { hint: error.hint }),
    extra: { ...error.extra, hop: index + 1 },
    cause: error,
  });
}
