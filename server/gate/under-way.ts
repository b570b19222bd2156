import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandId } from "../../shared/ids.ts";
import type { Command } from "../../shared/nouns/command.ts";
import type { LiveSession } from "../session/sessions.ts";
import { atMost } from "./at-most.ts";
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
  /**
   * Leads nothing more: whatever comes throws `draining`. What is led may end within `graceMs`; then it is cancelled.
   * Resolves when all of it has said how it ended, `endMs` after that at the latest.
   */
  drain(graceMs: number, endMs: number): Promise<void>;
};

const draining = (detail: string) =>
  new Refusal("draining", detail, {
    hint: "Send it again: another gateway takes it, or this one once it is back.",
  });

/** `forgo` writes down that a command was given up before its turn. */
export function createUnderWay(forgo: (asked: Asked, why: Refusal) => Promise<Command>): UnderWay {
  type Led = { asked: Asked; early: boolean; abort: AbortController; ended: Promise<Command> };
  const led = new Map<CommandId, Led>();
  let closed = false;

  async function follow(
    live: LiveSession,
    { asked, abort }: Pick<Led, "asked" | "abort">,
    work: (signal: AbortSignal) => Promise<Command>,
  ): Promise<Command> {
    const { signal } = abort;
    // AbortSignal.any costs 12 us, for what a listener does that goes with the command.
    const stop = () => abort.abort(live.signal.reason);
    if (live.signal.aborted) stop();
    live.signal.addEventListener("abort", stop);
    try {
      return await work(signal);
    } catch (error) {
      const unbegun = led.get(asked.id)?.early === true;
      if (unbegun && signal.aborted && error === signal.reason && error instanceof Refusal)
        return await forgo(asked, error);
      throw error;
    } finally {
      live.signal.removeEventListener("abort", stop);
      led.delete(asked.id);
    }
  }

  return {
    async lead(live, asked, work) {
      if (closed) throw draining("The gateway is stopping. Nothing ran.");
      const abort = new AbortController();
      let ended = (_: Promise<Command>) => {};
      const one: Led = {
        ...{ asked, early: true, abort },
        ended: new Promise((resolve) => (ended = resolve)),
      };
      one.ended.catch(() => undefined);
      led.set(asked.id, one);
      const command = follow(live, one, work);
      ended(command);
      return command;
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
    async drain(graceMs, endMs) {
      closed = true;
      const all = () => [...led.values()].map(({ ended }) => ended);
      await atMost(graceMs, all());
      for (const { abort } of led.values()) abort.abort(draining("It was stopped, as the gateway was."));
      await atMost(endMs, all());
    },
  };
}
