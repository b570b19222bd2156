import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Refusal } from "../../shared/contract/errors.ts";

/**
 * The address that a host's name stands for: looked up once, every answer judged before the first packet, so that a
 * second look-up cannot lead elsewhere (DNS rebinding). Throws `target_unreachable`, `target_refused`.
 */
export async function vettedAddress(host: string, isRefused: (ip: string) => boolean): Promise<string> {
  const found = isIP(host)
    ? [{ address: host }]
    : await lookup(host, { all: true, verbatim: true }).catch((error: unknown) => {
        throw networkRefusal(error) ?? unopened(error);
      });
  const [first] = found;
  if (first === undefined || found.some((one) => isRefused(one.address))) throw refusedAddress();
  // Where a name has both, IPv4 first: servers that listen on one family alone mostly listen on that.
  return (found.find((one) => isIP(one.address) === 4) ?? first).address;
}

export const refusedAddress = (): Refusal =>
  new Refusal("target_refused", "The target's name leads to an address that the gateway never connects to.");

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Nothing listens at the target's address.",
  ENOTFOUND: "The target's host name is not known.",
  EAI_AGAIN: "The target's host name could not be looked up.",
  EHOSTUNREACH: "There is no route to the target.",
  ENETUNREACH: "There is no route to the target.",
  ETIMEDOUT: "The target did not answer in time.",
  ECONNRESET: "The target closed the connection while it was being opened.",
};

/** What an error of Node's sockets or resolver means to people; undefined where it is none of those. */
export function networkRefusal(error: unknown): Refusal | undefined {
  const detail = sentences[codeOf(error)];
  return detail === undefined ? undefined : new Refusal("target_unreachable", detail, { cause: error });
}

/** An error's code, as Node's own and those of drivers carry it; "" where there is none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** Nothing more is known than that there is no connection. */
export const unopened = (cause: unknown): Refusal =>
  new Refusal("target_unreachable", "The connection to the target could not be opened.", { cause });
