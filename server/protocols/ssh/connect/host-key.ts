import { createHash } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { hostKeyAlgorithms } from "./algorithms.ts";

/** `SHA256:...` of a key in `known_hosts` form (`ssh-ed25519 AAAA...`), as `ssh-keygen -l` prints it. */
export function fingerprint(key: string): string {
  const blob = Buffer.from(key.slice(key.indexOf(" ") + 1), "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** A host's key off the wire (RFC 4253, 6.6) in `known_hosts` form; undefined where it names no type. */
export function hostKeyText(blob: Buffer): string | undefined {
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  const type = blob.toString("latin1", 4, 4 + length);
  return type in hostKeyAlgorithms ? `${type} ${blob.toString("base64")}` : undefined;
}

/** Those of the pinned keys first, so that a host shows the key that is known; the others tell a change from a gap. */
export function preferredHostKeys(pinned: readonly string[]): ServerHostKeyAlgorithm[] {
  const known = pinned.flatMap((key) => hostKeyAlgorithms[typeOf(key)] ?? []);
  return [...new Set([...known, ...Object.values(hostKeyAlgorithms).flat()])];
}

/** Undefined where the host shows a pinned key; else `host_key_changed`, with both fingerprints. */
export function hostKeyRefusal(shown: Buffer, pinned: readonly string[]): Refusal | undefined {
  const text = hostKeyText(shown);
  if (text !== undefined && pinned.some((key) => sameKey(key, text))) return undefined;
  const named = (key: string) => `${typeOf(key)} ${fingerprint(key)}`;
  const shownName = text === undefined ? "a key of an unknown type" : named(text);
  const pinnedNames = pinned.map(named).join(", ") || "none";
  return new Refusal(
    "host_key_changed",
    `The host shows ${shownName}; pinned is ${pinnedNames}. Nothing was sent to it.`,
    {
      hint: "Compare with the host's own (`ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub`). Where it was set up anew an administrator pins its new key; else someone is in between.",
      extra: { shown: shownName, pinned: pinned.map(named) },
    },
  );
}

const typeOf = (key: string): string => key.slice(0, key.indexOf(" "));

const sameKey = (one: string, other: string): boolean =>
  typeOf(one) === typeOf(other) &&
  Buffer.from(one.slice(typeOf(one).length), "base64").equals(
    Buffer.from(other.slice(typeOf(other).length), "base64"),
  );
