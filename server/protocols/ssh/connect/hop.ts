import type { Duplex } from "node:stream";
import { Client, type ClientErrorExtensions, type ServerHostKeyAlgorithm } from "ssh2";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { SshProof } from "../../../../shared/nouns/target.ts";
import { givenUp, socketRefusal, timedOut } from "./address.ts";
import { offered } from "./algorithms.ts";
import { authentication } from "./authentication.ts";
import { KEEP_ALIVE_MISSES, type SshLimits } from "./limits.ts";
import { refuseSha1Signatures } from "./ssh2-internals.ts";
import { printable } from "./words.ts";

/** One host on the way: who the gateway is there, and how it knows the host. */
export type Hop = {
  user: string;
  proof: SshProof;
  hostKeys: ServerHostKeyAlgorithm[];
  /** The key off the wire; a refusal ends the connection before anything of the user's is sent. */
  judge(key: Buffer): Refusal | undefined;
};

/**
 * Speaks SSH over an open stream until the host has let the gateway in. No agent, no forwarding: ssh2 then refuses
 * every channel that the host opens by itself. Throws `target_unreachable`, `target_refused`, `host_key_changed`,
 * `credential_unavailable`, `cancelled`; on failure the stream is destroyed.
 */
export async function enter(
  stream: Duplex,
  hop: Hop,
  limits: SshLimits,
  signal: AbortSignal,
): Promise<Client> {
  const client = new Client();
  const settled = new AbortController();
  try {
    return await new Promise<Client>((resolve, reject) => {
      const auth = authentication(hop.user, hop.proof, reject);
      if (signal.aborted) throw givenUp();
      signal.addEventListener("abort", () => reject(givenUp()), { signal: settled.signal });
      let authenticating = false;
      client.once("ready", () => resolve(client));
      // Errors can come in numbers: the first one tells, the others need a listener.
      client.on("error", (error) => reject(entryRefusal(error, authenticating && auth.refused)));
      client.once("close", () => reject(hungUp()));
      client.once("handshake", () => {
        authenticating = true;
        refuseSha1Signatures(client);
      });
      client.once("change password", () => reject(passwordExpired()));
      client.connect({
        sock: stream,
        username: hop.user,
        algorithms: { ...offered, serverHostKey: hop.hostKeys },
        hostVerifier: (key: Buffer) => {
          const refusal = hop.judge(key);
          if (refusal) reject(refusal);
          return refusal === undefined;
        },
        authHandler: auth.handler,
        readyTimeout: limits.connectTimeoutMs,
        keepaliveInterval: limits.keepAliveMs,
        keepaliveCountMax: KEEP_ALIVE_MISSES,
      });
    });
  } catch (error) {
    client.on("error", () => undefined);
    client.end();
    stream.destroy();
    throw error;
  } finally {
    settled.abort();
  }
}

/** What ended the way in, in words; `authRefusal` where the host had begun to ask who the gateway is. */
function entryRefusal(error: Error & ClientErrorExtensions, authRefusal: false | (() => Refusal)): Refusal {
  const { message, level } = error;
  const refuse = (detail: string, hint?: string) =>
    new Refusal("target_refused", detail, { cause: error, ...(hint !== undefined && { hint }) });
  const lacking = /no matching (?:[CS]->[CS] )?(.+)$/.exec(message)?.[1];
  if (lacking !== undefined)
    return refuse(
      `The target and the gateway have no ${lacking} in common.`,
      "The gateway offers no SHA-1, DSA, CBC or 3DES: update the host's SSH server, or turn newer algorithms on.",
    );
  if (level === "client-timeout") return timedOut();
  if (level === "client-socket") return socketRefusal(error);
  if (/^(Invalid (identification|header)|Max greeting|Header line)/.test(message))
    return refuse("What listens at the target's address does not speak SSH 2.");
  if (/^Connection lost before handshake/.test(message)) return hungUp(error);
  // RFC 4253, 11.1: a disconnect carries a number and the host's own words.
  if ("code" in error && typeof error.code === "number")
    return authRefusal && /authentication/i.test(message)
      ? authRefusal()
      : refuse(`The target ended the connection: “${printable(message)}”.`);
  return refuse(`The target's SSH server and the gateway could not agree (${printable(message)}).`);
}

const hungUp = (cause?: unknown) =>
  new Refusal("target_unreachable", "The target hung up before it had let the gateway in.", {
    hint: "Hosts do so when they have too many connections, or keep the gateway's address out.",
    cause,
  });

const passwordExpired = () =>
  new Refusal("target_refused", "The target wants the gateway's password to be changed first.");
