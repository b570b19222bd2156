import type { CommandId } from "../../shared/ids.ts";
import type { Command } from "../../shared/nouns/command.ts";
import { commandOf, type Asked } from "./asked.ts";

/** Commands of this process between their acceptance and their end. */
export type UnderWay = {
  /** Does the work; until it is done the command can be cancelled, which aborts the signal. */
  lead(asked: Asked, work: (cancelled: AbortSignal) => Promise<Command>): Promise<Command>;
  /** It has an entry: from now on the journal tells how it stands. */
  entered(id: CommandId): void;
  /** How it stands where no journal knows of it: it waits for its turn, or for what it would touch to be counted. */
  early(id: CommandId): Command | undefined;
  /** False where this process does not lead it. */
  cancel(id: CommandId): boolean;
};

export function createUnderWay(): UnderWay {
  const led = new Map<CommandId, { early?: Asked; abort: AbortController }>();
  return {
    async lead(asked, work) {
      const abort = new AbortController();
      led.set(asked.id, { early: asked, abort });
      try {
        return await work(abort.signal);
      } finally {
        led.delete(asked.id);
      }
    },
    entered(id) {
      delete led.get(id)?.early;
    },
    early(id) {
      const asked = led.get(id)?.early;
      return asked && commandOf(asked, { state: "running" });
    },
    cancel(id) {
      led.get(id)?.abort.abort();
      return led.has(id);
    },
  };
}
