import { createHash } from "node:crypto";
import type { Actor } from "../../shared/nouns/actor.ts";
import { scanHostKeys } from "../protocols/ssh/connect/scan.ts";
import { checkedHost } from "../targets/host.ts";
import type { AskingRooms } from "./own-questions.ts";
import type { Rooms } from "./rooms.ts";

/** A key as `known_hosts` has it, and as `ssh-keygen -l` prints it: `SHA256:...`. */
export type ShownKey = { key: string; fingerprint: string };

const deadlineMs = 30_000;

/** The keys that a host shows to whoever asks, for an administrator to compare with the host's own; after an entry that says so. */
export function createHostKeys({
  journal,
  sshLimits: limits,
}: Pick<Rooms, "sshLimits"> & Pick<AskingRooms, "journal">) {
  return async function hostKeys(actor: Actor, host: string, port: number): Promise<ShownKey[]> {
    const address = { host: checkedHost(host), port, jumps: [] };
    await journal.note({
      kind: "catalog.read",
      actor: actor.id,
      session: null,
      command: null,
      body: { host: address.host, port, purpose: "host keys" },
    });
    const signal = AbortSignal.timeout(deadlineMs);
    const keys = await scanHostKeys({ address, credential: { jumps: [] }, limits, signal });
    return keys.map((key) => ({ key, fingerprint: fingerprintOf(key) }));
  };
}

/** As OpenSSH prints it: SHA-256 of the key's blob, base64 without padding. */
function fingerprintOf(key: string): string {
  const blob = Buffer.from(key.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
