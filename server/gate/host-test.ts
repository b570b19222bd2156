import { createHash } from "node:crypto";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { SshTarget } from "../../shared/nouns/target.ts";
import { openHost, type HostRooms as Opening } from "./host.ts";
import type { AskingRooms } from "./own-questions.ts";

export type HostRooms = Opening & Pick<AskingRooms, "approvals" | "journal">;

const deadlineMs = 30_000;
const nothing = createHash("sha256").update("", "utf8").digest("hex");

/** Connects to a host and leaves again, after an entry that says so. Throws what connecting throws. */
export function createHostTest(rooms: HostRooms) {
  const { approvals, journal } = rooms;
  return async function testHost(target: SshTarget, actor: Actor) {
    const started = performance.now();
    await journal.note({
      kind: "catalog.read",
      actor: actor.id,
      session: null,
      command: null,
      body: { target: target.name, revision: target.revision, purpose: "test" },
    });
    const permit = approvals.maintenance("test", target, nothing);
    const host = await openHost(rooms, target, permit, AbortSignal.timeout(deadlineMs));
    const latencyMs = performance.now() - started;
    await host.close();
    return { ok: true as const, serverVersion: "SSH", latencyMs };
  };
}
