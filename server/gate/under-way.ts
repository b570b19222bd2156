import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandId } from "../../shared/ids.ts";
import type { Command } from "../../shared/nouns/command.ts";
import type { LiveSession } from "../session/sessions.ts";
import { commandOf, type Asked } from "./asked.ts";

/** Commands of this process between their acceptance and their end. */
export type UnderWay = {
  /**
   * Does the work. The signal aborts with a Refusal when the command is cancelled or its session ends; where that
   * comes before the command has an entry, it gets one that says so, and nothing of it ran.
   */
  lead(live: LiveSession, asked: Asked, work: (signal: AbortSignal) => Promise<Command>): Promise<Command>;
  /** It has an entry: from now on the journal tells how it stands. */
  entered(id: CommandId): void;
  /** How it stands where no journal knows of it: it waits for its turn, or for what it would touch to be counted. */
  early(id: CommandId): Command | undefined;
  /** All that this process leads. */
  led(): Asked[];
  /** False where this process does not lead it. `why`: where it is not by its actor's own wish. */
  cancel(id: CommandId, why?: Refusal): boolean;
};

/** `forgo` writes down that a command was given up before its turn. */
export function createUnderWay(forgo: (asked: Asked, why: Refusal) => Promise<Command>): UnderWay {
  const led = new Map<CommandId, { asked: Asked; early: boolean; abort: AbortController }>();
  return {
    async lead(live, asked, work) {
      const abort = new AbortController();
      const { signal } = abort;
      // AbortSignal.any costs 12 us, for what a listener does that goes with the command.
      const follow = () => abort.abort(live.signal.reason);
      if (live.signal.aborted) follow();
      live.signal.addEventListener("abort", follow);
      led.set(asked.id, { asked, early: true, abort });
      try {
        return await work(signal);
      } catch (error) {
        const unbegun = led.get(asked.id)?.early === true;
        if (unbegun && signal.aborted && error === signal.reason && error instanceof Refusal)
          return await forgo(asked, error);
        throw error;
      } finally {
        live.signal.removeEventListener("abort", follow);
        led.delete(asked.id);
      }
    },
    entered(id) {
      const one = led.get(id);
      if (one) one.early = false;
    },
    early(id) {
      const one = led.get(id);
      return one?.early === true ? commandOf(one.asked, { state: "running" }) : undefined;
    },
    led: () => [...led.values()].map(({ asked }) => asked),
    cancel(id, why = new Refusal("cancelled", "It was cancelled before its turn; nothing ran.")) {
      led.get(id)?.abort.abort(why);
      return led.has(id);
    },
  };
}
