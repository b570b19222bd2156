import type { CommandId, SessionId } from "../../shared/ids.ts";
import type { Recordable } from "../journal/recordable.ts";

/** An event of a session's recording, and the bytes that it has there. */
export type Shown = { event: Recordable; json: Uint8Array; command: CommandId | undefined };

/** Whoever looks on as a session works, with the session's own pace: the target waits for it. */
export type Viewer = {
  /** A rejection means that the viewer has left. */
  show(shown: Shown): void | Promise<void>;
};

/** The owner's open sockets and waiting requests, by session. Auditors follow the recording instead: they slow nobody. */
export type Viewers = {
  join(session: SessionId, viewer: Viewer): () => void;
  /** Resolves once every viewer has taken the event in. */
  show(session: SessionId, shown: Shown): Promise<void>;
};

export function createViewers(): Viewers {
  const bySession = new Map<SessionId, Set<Viewer>>();
  const leave = (session: SessionId, viewer: Viewer) => {
    const viewers = bySession.get(session);
    viewers?.delete(viewer);
    if (viewers?.size === 0) bySession.delete(session);
  };
  return {
    join(session, viewer) {
      const viewers = bySession.get(session) ?? new Set();
      bySession.set(session, viewers.add(viewer));
      return () => leave(session, viewer);
    },
    async show(session, shown) {
      for (const viewer of bySession.get(session) ?? [])
        try {
          await viewer.show(shown);
        } catch {
          leave(session, viewer);
        }
    },
  };
}
