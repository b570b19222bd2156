import type { CommandId, SessionId } from "../../shared/ids.ts";

/** Whoever looks on as a session works, with the session's own pace: the target waits for it. */
export type Viewer = {
  /** `json` is the recording event's exact text. A rejection means that the viewer has left. */
  show(json: string, command: CommandId | undefined): void | Promise<void>;
};

/** The owner's open sockets and waiting requests, by session. Auditors follow the recording instead: they slow nobody. */
export type Viewers = {
  join(session: SessionId, viewer: Viewer): () => void;
  /** Resolves once every viewer has taken the event in. */
  show(session: SessionId, json: string, command: CommandId | undefined): Promise<void>;
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
    async show(session, json, command) {
      for (const viewer of bySession.get(session) ?? [])
        try {
          await viewer.show(json, command);
        } catch {
          leave(session, viewer);
        }
    },
  };
}
