import type { Permit } from "../approval/permit.ts";
import { connect, type Backend } from "../protocols/postgres/connect/backend.ts";
import type { LiveSession } from "../session/sessions.ts";
import type { Asked } from "./asked.ts";
import type { Rooms } from "./rooms.ts";
import type { SqlUnderstanding } from "./understand.ts";

/** The session's connection; the first Permit that needs one opens it, a changed target or search path replaces it. */
export function backendOf(
  { vault, targets, backendLimits: limits, now }: Rooms,
  live: LiveSession,
  { understanding: { target, catalog } }: Asked<SqlUnderstanding>,
  permit: Permit,
): Promise<Backend> {
  const { searchPath } = catalog;
  // A connection means by a name what it was opened with, not what the catalog says by now.
  const pins = JSON.stringify([target.revision, searchPath]);
  return live.backend.get(async () => {
    const credential = vault.open(permit, target, await targets.sealed(target.name, target.revision));
    return connect({ permit, target, credential, limits, searchPath, now, signal: live.signal });
  }, pins);
}
