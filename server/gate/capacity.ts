import { Refusal } from "../../shared/contract/errors.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Session } from "../../shared/nouns/session.ts";

/** How many commands are under way, running or waiting for their turn, in this process. */
export type Capacity = {
  /** Takes a place; the function gives it back. Throws `rate_limited`. */
  enter(actor: Pick<Actor, "id">, session: Pick<Session, "target">): () => void;
};

export type CapacityLimits = { commandsPerActor: number; commandsPerTarget: number };

/** Held commands are not under way, and one that people have approved is not turned away. */
export function createCapacity({ commandsPerActor, commandsPerTarget }: CapacityLimits): Capacity {
  const places = new Map<string, number>();
  const count = (key: string) => places.get(key) ?? 0;
  const full = (detail: string) =>
    new Refusal("rate_limited", detail, {
      hint: "Wait for one to end.",
      extra: { retryAfterSeconds: 1 },
    });
  return {
    enter({ id }, { target }) {
      const keys = [`actor ${id}`, `target ${target}`] as const;
      if (count(keys[0]) >= commandsPerActor)
        throw full(`${commandsPerActor} of your commands are under way already.`);
      if (count(keys[1]) >= commandsPerTarget)
        throw full(`${commandsPerTarget} commands are under way on ${target} already.`);
      for (const key of keys) places.set(key, count(key) + 1);
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        for (const key of keys)
          if (count(key) > 1) places.set(key, count(key) - 1);
          else places.delete(key);
      };
    },
  };
}
