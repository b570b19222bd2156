import { isIP } from "node:net";
import { Client, Connection, DatabaseError } from "pg";
import type { ConnectionOptions } from "node:tls";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Credential, PostgresAddress } from "../../../../shared/nouns/target.ts";
import { codeOf, networkRefusal, unopened, vettedAddress } from "../../network.ts";
import "./pg-internals.ts";
import { RowFraming } from "./row-framing.ts";

const CANCEL_TIMEOUT_MS = 5_000;

/** An address whose host is the IP address that was looked at; TLS still speaks of the name. */
export type VettedAddress = PostgresAddress & { serverName?: string };

/** Looks the host up once, judges what it leads to and pins that. Throws `target_unreachable`, `target_refused`. */
export async function vetAddress(
  address: PostgresAddress,
  isRefused: (ip: string) => boolean,
): Promise<VettedAddress> {
  const { host } = address;
  if (host.startsWith("/"))
    throw new Refusal("target_unreachable", "The target's host must be a name or an address.");
  return {
    ...address,
    host: await vettedAddress(host, isRefused),
    ...(isIP(host) ? {} : { serverName: host }),
  };
}

/** `false` for `off`; `require` encrypts, `verify` also checks the certificate's chain and name. */
export function tlsOptions(address: VettedAddress): false | ConnectionOptions {
  if (address.tls === "off") return false;
  const name = address.serverName === undefined ? {} : { servername: address.serverName };
  if (address.tls === "require") return { rejectUnauthorized: false, ...name };
  return { rejectUnauthorized: true, ...name, ...(address.tlsCa === undefined ? {} : { ca: address.tlsCa }) };
}

/**
 * Opens and authenticates a connection. Nothing is taken from the gateway's own environment (PGPASSWORD, PGOPTIONS).
 * `framing` has the rows of whoever reads. Throws `target_unreachable`, `target_refused` or `cancelled`; no text carries
 * a secret.
 */
export async function openClient(input: {
  address: VettedAddress;
  credential: Credential;
  applicationName: string;
  options: string;
  connectTimeoutMs: number;
  signal: AbortSignal;
}): Promise<{ client: Client; framing: RowFraming }> {
  const { address, credential, signal } = input;
  if (signal.aborted) throw new Refusal("cancelled", "The connection was given up before it was opened.");
  const client = new Client({
    host: address.host,
    port: address.port,
    database: address.database,
    user: credential.user,
    // A function, because pg would look for an absent or empty password in the environment and in ~/.pgpass.
    password: () => credential.secret ?? "",
    ssl: tlsOptions(address),
    sslnegotiation: "postgres",
    application_name: input.applicationName,
    options: input.options,
    connectionTimeoutMillis: input.connectTimeoutMs,
    keepAlive: true,
  });
  const framing = new RowFraming();
  const { connection } = client;
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = () => attach(framing.part(connection.stream));
  const abort = () => client.connection.stream.destroy(new Error("given up"));
  signal.addEventListener("abort", abort, { once: true });
  try {
    await client.connect();
    return { client, framing };
  } catch (error) {
    client.on("error", () => undefined);
    client.connection.stream.destroy();
    if (signal.aborted) throw new Refusal("cancelled", "The connection was given up before it was open.");
    throw connectRefusal(error);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Asks the server, on a connection of its own, to cancel what a backend runs. Resolves when the server has taken it. */
export function requestCancel(address: VettedAddress, processID: number, secretKey: number): Promise<void> {
  const ssl = tlsOptions(address);
  const connection = new Connection({ ssl });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => connection.stream.destroy(new Error("The cancel request took too long.")),
      CANCEL_TIMEOUT_MS,
    );
    const send = () => connection.cancel(processID, secretKey);
    connection.on("connect", () => (ssl === false ? send() : connection.requestSsl()));
    connection.on("sslconnect", send);
    connection.on("error", (error: Error) => {
      clearTimeout(timer);
      reject(error);
    });
    connection.on("end", () => {
      clearTimeout(timer);
      resolve();
    });
    connection.connect(address.port, address.host);
  });
}

/** By SQLSTATE. */
const sentences: Record<string, [code: "target_unreachable" | "target_refused", detail: string]> = {
  "28P01": ["target_refused", "The target does not accept the gateway's user and password."],
  "28000": ["target_refused", "The target does not let the gateway's user in from here."],
  "3D000": ["target_refused", "The target has no database of that name."],
  "42501": ["target_refused", "The gateway's user may not connect to that database."],
  "53300": ["target_refused", "The target has no connection left."],
  "57P03": ["target_unreachable", "The target is starting or stopping."],
};

function connectRefusal(error: unknown): Refusal {
  const network = networkRefusal(error);
  if (network) return network;
  const code = codeOf(error);
  const known = sentences[code];
  if (known) return new Refusal(known[0], known[1], { cause: error });
  if (error instanceof DatabaseError)
    return new Refusal("target_refused", `The target refused the connection (SQLSTATE ${code}).`, {
      cause: error,
    });
  const message = error instanceof Error ? error.message : "";
  if (message === "timeout expired")
    return new Refusal("target_unreachable", "The target did not answer in time.", { cause: error });
  if (message.startsWith("SASL"))
    return new Refusal("target_refused", "The target asks for a password that the gateway does not have.", {
      cause: error,
    });
  if (message === "The server does not support SSL connections")
    return new Refusal("target_refused", "The target offers no TLS.", {
      hint: "Turn TLS on at the target; `tls: off` is for a target on this machine.",
      cause: error,
    });
  if (/^(ERR_TLS|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_SSL|HOSTNAME)/.test(code))
    return new Refusal("target_refused", `The target's certificate is not accepted (${code}).`, {
      hint: "Give the target's CA in `tlsCa`, and use the name that the certificate carries.",
      cause: error,
    });
  return unopened(error);
}
