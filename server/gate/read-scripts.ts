import { createHash } from "node:crypto";
import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Target } from "../../shared/nouns/target.ts";
import { activeDetectors } from "../masking/detectors/scan.ts";
import type { Hidden } from "../masking/hidden.ts";
import { maxScriptBytes } from "../protocols/ssh/facts/meaning.ts";
import type { LiveSession } from "../session/sessions.ts";
import { hostOf } from "./host.ts";
import type { Rooms } from "./rooms.ts";
import type { Asking } from "./understand.ts";

/** Reads a script's text at the host; undefined where it cannot be read, is no text, or holds what nobody may see. */
export type ReadScriptText = (path: string, hidden: Hidden) => Promise<string | undefined>;

const deadlineMs = 15_000;

/** Reading what a command would run is the gateway's own look at the host: under a permit, after an entry. */
function createScriptReader(
  rooms: Rooms,
  live: LiveSession,
  { target, actor, command }: { target: Target; actor: Actor; command: CommandId },
): ReadScriptText | undefined {
  if (target.kind !== "ssh") return undefined;
  const { approvals, journal } = rooms;
  return async (path, hidden) => {
    const sha256 = createHash("sha256").update(path, "utf8").digest("hex");
    const session = live.session.id;
    await journal.note({
      kind: "script.read",
      actor: actor.id,
      session,
      command,
      body: { target: target.name, path },
    });
    const permitFor = () => approvals.maintenance("script", target, sha256, { actor, session, command });
    const chunks: Uint8Array[] = [];
    try {
      const host = await hostOf(rooms, live, target, permitFor());
      // SFTP starts at the login's home.
      const at = { path: path.replace(/^~\//, ""), timeoutMs: deadlineMs, maxBytes: maxScriptBytes, sha256 };
      for await (const chunk of host.files.read(permitFor(), at, live.signal)) chunks.push(chunk);
      const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
      const holdsSecrets = activeDetectors(hidden).some(
        (detector) => detector.mayHold(text) && [...detector.find(text)].length > 0,
      );
      return holdsSecrets ? undefined : text;
    } catch (error) {
      if (error instanceof TypeError || error instanceof Refusal) return undefined;
      throw error;
    }
  };
}

/** What a command's understanding takes from its live session: the shell it was typed in, and a look at its scripts. */
export function aroundOf(
  rooms: Rooms,
  live: LiveSession,
  of: Parameters<typeof createScriptReader>[2],
): Pick<Asking, "shell" | "readScript"> {
  return {
    shell: rooms.terminals.line(live.session.id, of.command)?.context,
    readScript: createScriptReader(rooms, live, of),
  };
}
