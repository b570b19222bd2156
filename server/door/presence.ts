import type { Waiting } from "./inbox.ts";

/** Sockets that actors have open in this process. */
export type Presences = {
  /** One more of an actor's, until the signal aborts; undefined where there are as many as may be. */
  enter(actor: string, until: AbortSignal): Waiting | undefined;
};

export function createPresences(maxPerActor: number): Presences {
  const present = new Map<string, Waiting & { sockets: number }>();
  return {
    enter(actor, until) {
      const presence = present.get(actor) ?? { sockets: 0, bytes: 0 };
      if (presence.sockets >= maxPerActor) return undefined;
      presence.sockets++;
      present.set(actor, presence);
      const leave = () => {
        presence.sockets--;
        if (presence.sockets === 0) present.delete(actor);
      };
      until.addEventListener("abort", leave, { once: true });
      return presence;
    },
  };
}
