import { connect, type Socket } from "node:net";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { networkRefusal, unopened, vettedAddress } from "../../network.ts";
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

export const givenUp = () => new Refusal("cancelled", "The connection was given up before it was open.");

export const timedOut = () => new Refusal("target_unreachable", "The target did not answer in time.");

/** What an error of a socket means to people. */
export const socketRefusal = (error: unknown): Refusal =>
  error instanceof Refusal ? error : (networkRefusal(error) ?? unopened(error));
