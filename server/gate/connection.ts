import type { Permit } from "../approval/permit.ts";
import { connect, type Backend } from "../protocols/postgres/connect/backend.ts";
import type { LiveSession } from "../session/sessions.ts";
import type { Asked } from "./asked.ts";
import type { Rooms } from "./rooms.ts";

/** The session's connection; the first Permit that needs one opens it, and a changed target replaces it. */
export function backendOf(
  { vault, targets, backendLimits: limits, now }: Rooms,
  live: LiveSession,
  { understanding: { target, catalog } }: Asked,
  permit: Permit,
): Promise<Backend> {
  return live.backend.get(async () => {
    const credential = vault.open(permit, target, await targets.sealed(target.name, target.revision));
    const { searchPath } = catalog;
    return connect({ permit, target, credential, limits, searchPath, now, signal: live.signal });
  }, target.revision);
}
