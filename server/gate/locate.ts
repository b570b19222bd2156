import { createHash } from "node:crypto";
import type { SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { FileCommandInput } from "../../shared/nouns/command.ts";
import type { SshTarget } from "../../shared/nouns/target.ts";
import type { FilePlace } from "../protocols/ssh/connect/executable.ts";
import { hostOf } from "./host.ts";
import type { Rooms } from "./rooms.ts";

export type LocateRooms = Pick<Rooms, "approvals" | "sessions" | "vault" | "targets" | "sshLimits" | "now">;

/** The host answers a question of two round trips. */
const timeoutMs = 10_000;

/**
 * Asks the session's host where a path leads, under a permit for that question. Nothing is opened, and what the host
 * answers is shown to nobody but as a part of the command that it is asked for: one that is not there is judged by its
 * name like any other, so that nobody learns by asking what is where. Throws what connecting throws, and `file_refused`
 * where an upload names no file.
 */
export function createLocate(rooms: LocateRooms) {
  return async function locate(
    session: SessionId,
    actor: Actor,
    target: SshTarget,
    { file, path }: FileCommandInput,
  ): Promise<FilePlace> {
    const live = await rooms.sessions.live(session, actor);
    const sha256 = createHash("sha256").update(`where ${path}`, "utf8").digest("hex");
    const permit = rooms.approvals.maintenance("path", target, sha256, { actor, session, command: null });
    const host = await hostOf(rooms, live, target, permit);
    // What is uploaded replaces a link; everything else follows it.
    const at = { path, follow: file !== "upload", timeoutMs, sha256 };
    return host.files.resolve(permit, at, live.signal);
  };
}
