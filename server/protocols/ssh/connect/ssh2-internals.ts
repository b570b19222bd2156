/* oxlint-disable no-underscore-dangle -- ssh2 names its own so */
import type { Client, ClientChannel, SFTPWrapper } from "ssh2";

/**
 * What ssh2 1.17.0 has and its types do not: its protocol object, a channel's two ends, a server's SFTP extensions.
 * Its own flow control grants every channel 2 MiB, and reads a pause only from a full stream; `Inflow` keeps a window
 * of its own instead. `package.json` pins the version; backend.test.ts and terminal.test.ts hold that it works.
 */
declare module "ssh2" {
  interface Client {
    readonly _protocol: {
      session(channel: number, window: number, packetSize: number): void;
      channelWindowAdjust(channel: number, bytes: number): void;
      signal(channel: number, name: string): void;
      _compatFlags: number;
    };
  }
  interface SFTPWrapper {
    /** Extensions that the server has told of, with their versions. */
    readonly _extensions: Readonly<Record<string, string>>;
  }
}

/** Opens a session channel, which happens at once, with a first window of so many bytes. */
export function openWithWindow(client: Client, bytes: number, open: () => void): void {
  const protocol = client._protocol;
  const own = protocol.session;
  protocol.session = (channel, _window, packetSize) => own.call(protocol, channel, bytes, packetSize);
  try {
    open();
  } finally {
    protocol.session = own;
  }
}

/** From here on ssh2 grants nothing for this channel by itself. */
export function takeOverWindow(channel: ClientChannel): void {
  const { incoming } = channel;
  if (!hasNumber(incoming, "window")) throw unknownVersion();
  incoming.window = Infinity;
}

/** Allows the host so many bytes more on this channel. */
export function grant(client: Client, channel: ClientChannel, bytes: number): void {
  if (isOpen(channel)) client._protocol.channelWindowAdjust(idOf(channel), bytes);
}

/** `KILL` and kin, also after the end of input, where ssh2's own `signal` does nothing. */
export function sendSignal(client: Client, channel: ClientChannel, name: string): void {
  if (isOpen(channel)) client._protocol.signal(idOf(channel), name);
}

/** Whether the host knows an SFTP extension of OpenSSH's, in its first version. */
export function knowsExtension(sftp: SFTPWrapper, name: string): boolean {
  return sftp._extensions[name] === "1";
}

/** SHA-2 signatures by an RSA key also where a server did not say that it knows them; never SHA-1. */
export function refuseSha1Signatures(client: Client): void {
  client._protocol._compatFlags |= IMPLY_RSA_SHA2;
}
const IMPLY_RSA_SHA2 = 1 << 4;

function idOf({ outgoing }: ClientChannel): number {
  if (!hasNumber(outgoing, "id")) throw unknownVersion();
  return outgoing.id;
}

const isOpen = ({ outgoing }: ClientChannel): boolean =>
  typeof outgoing === "object" && outgoing !== null && "state" in outgoing && outgoing.state !== "closed";

function hasNumber<K extends string>(value: unknown, key: K): value is Record<K, number> {
  return (
    typeof value === "object" && value !== null && key in value && typeof Reflect.get(value, key) === "number"
  );
}

const unknownVersion = () => new TypeError("this version of ssh2 is built otherwise");
