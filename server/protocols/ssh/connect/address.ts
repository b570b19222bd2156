import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { SshLimits } from "./limits.ts";

/**
 * Looks the host up once, judges every answer before the first packet, and connects to the one that was judged, so
 * that a second look-up cannot lead elsewhere. Throws `target_unreachable`, `target_refused`, `cancelled`.
 */
export async function openSocket(
  host: string,
  port: number,
  limits: SshLimits,
  signal: AbortSignal,
): Promise<Socket> {
  const address = await vettedAddress(host, limits.isRefusedAddress);
  if (signal.aborted) throw givenUp();
  return await new Promise<Socket>((resolve, reject) => {
    const socket = connect({ host: address, port, noDelay: true, keepAlive: true });
    const timer = setTimeout(() => socket.destroy(timedOut()), limits.connectTimeoutMs);
    const abort = () => socket.destroy(givenUp());
    const failed = (error: unknown) => {
      settled();
      reject(socketRefusal(error));
    };
    const settled = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.off("error", failed);
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", failed);
    socket.once("connect", () => {
      settled();
      resolve(socket);
    });
  });
}

async function vettedAddress(host: string, isRefused: (ip: string) => boolean): Promise<string> {
  const found = isIP(host)
    ? [{ address: host }]
    : await lookup(host, { all: true, verbatim: true }).catch((error: unknown) => {
        throw socketRefusal(error);
      });
  const [first] = found;
  if (first === undefined || found.some((one) => isRefused(one.address))) throw refusedAddress();
  // Where a name has both, IPv4 first: servers that listen on one family alone mostly listen on that.
  return (found.find((one) => isIP(one.address) === 4) ?? first).address;
}

export const refusedAddress = () =>
  new Refusal("target_refused", "The target's name leads to an address that the gateway never connects to.");

export const givenUp = () => new Refusal("cancelled", "The connection was given up before it was open.");

export const timedOut = () => new Refusal("target_unreachable", "The target did not answer in time.");

const sentences: Record<string, string> = {
  ECONNREFUSED: "Nothing listens at the target's address.",
  ENOTFOUND: "The target's host name is not known.",
  EAI_AGAIN: "The target's host name could not be looked up.",
  EHOSTUNREACH: "There is no route to the target.",
  ENETUNREACH: "There is no route to the target.",
  ETIMEDOUT: "The target did not answer in time.",
  ECONNRESET: "The target closed the connection while it was being opened.",
};

/** What an error of Node's sockets or resolver means to people. */
export function socketRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const detail = sentences[code] ?? "The connection to the target could not be opened.";
  return new Refusal("target_unreachable", detail, { cause: error });
}
