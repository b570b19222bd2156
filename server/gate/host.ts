import { SshSecret, type SshTarget } from "../../shared/nouns/target.ts";
import type { Permit } from "../approval/permit.ts";
import { connectSsh, type SshBackend } from "../protocols/ssh/connect/backend.ts";
import type { LiveSession } from "../session/sessions.ts";
import type { Rooms } from "./rooms.ts";

export type HostRooms = Pick<Rooms, "vault" | "sshLimits" | "now"> & { sealed: Rooms["targets"]["sealed"] };

/** Opens a connection to a host under a permit, with the credential that was sealed for it. */
export async function openHost(
  { vault, sshLimits: limits, now, sealed }: HostRooms,
  target: SshTarget,
  permit: Permit,
  signal: AbortSignal,
): Promise<SshBackend> {
  const { user, secret } = vault.open(permit, target, await sealed(target.name, target.revision));
  const proofs = secret === undefined ? { jumps: [] } : SshSecret.parse(JSON.parse(secret));
  return connectSsh({ permit, target, credential: { ...proofs, user }, limits, now, signal });
}

/** The session's connection to its host; the first Permit that needs one opens it, a changed target replaces it. */
export function hostOf(
  rooms: Pick<Rooms, "vault" | "sshLimits" | "now" | "targets">,
  live: LiveSession,
  target: SshTarget,
  permit: Permit,
): Promise<SshBackend> {
  const open = () => openHost({ ...rooms, sealed: rooms.targets.sealed }, target, permit, live.signal);
  return live.host.get(open, String(target.revision));
}
