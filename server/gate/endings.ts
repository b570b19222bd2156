import type { SessionId } from "../../shared/ids.ts";
import type { Ended } from "../session/sessions.ts";
import type { Held } from "./held.ts";
import type { Rooms } from "./rooms.ts";

/** What sessions leave when they have ended: what is held is withdrawn, the recording is closed. */
export type Endings = {
  /** Puts away what an ended session has left; nothing where it has not ended. */
  putAway(session: SessionId): Promise<void>;
  /** As `putAway`, for whoever cannot wait: what ran may take some seconds to end. What fails is done again by a sweep. */
  leave(ended: Ended): void;
  /** Ends sessions whose time is over. Resolves once what they have left is put away; what fails is told. */
  sweep(): Promise<void>;
  /** Resolves when whatever is being put away is. */
  settled(): Promise<unknown>;
};

/** How often open recordings are looked through for sessions that have ended. */
const lookThroughEveryMs = 5_000;

export function createEndings(rooms: Rooms, held: Pick<Held, "withdrawSession">): Endings {
  const { journal, sessions, now, onError } = rooms;
  let lookedThroughAt = 0;
  const closing = new Set<Promise<void>>();

  const close = async (ended: Ended): Promise<void> => {
    const closes = (async ({ id, because, by }: Ended) => {
      await held.withdrawSession(id);
      await journal.close(id, because, by);
    })(ended);
    closing.add(closes);
    await closes.finally(() => closing.delete(closes));
  };
  const leave = (ended: Ended) => close(ended).catch(onError);

  /** Whoever ended them has died, could not finish, or told nobody here. */
  async function leftOpen(): Promise<Ended[]> {
    if (now() < lookedThroughAt + lookThroughEveryMs) return [];
    lookedThroughAt = now();
    return sessions.ended(await journal.recordings.unfinished());
  }

  return {
    async putAway(id) {
      for (const ended of await sessions.ended([id])) await close(ended);
    },
    leave: (ended) => void leave(ended),
    async sweep() {
      const swept = await sessions.sweep();
      await Promise.all([...swept, ...(await leftOpen())].map(leave));
    },
    settled: () => Promise.allSettled(closing),
  };
}
