import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandState, TargetError } from "../../shared/nouns/command.ts";
import type { Noted } from "../journal/append.ts";
import type { CommandRefusal } from "../journal/command-row.ts";
import type { ScreenEvent } from "./screen.ts";
import { TargetFailure } from "../protocols/postgres/connect/chunk.ts";

/** How running a command ended. */
export type Ended = {
  state: Extract<CommandState, "completed" | "failed" | "cancelled" | "unknown">;
  /** The target's own error, masked. */
  error?: TargetError;
  /** The gate's reason. */
  refusal?: CommandRefusal;
  /** What nobody planned for, for the log. */
  unexpected?: unknown;
};

/** Running a command, in the parts that fail differently. */
export type Work = {
  /** Shows that it begins, and connects; what fails here has not reached the target. The first event that is asked for begins the run. */
  events: () => Promise<AsyncIterable<ScreenEvent>>;
  /** Records an event and shows it. */
  show: (event: ScreenEvent) => Promise<void>;
  mask: (error: TargetError) => TargetError;
  /** An answer that cannot be shown is known to have had no effect. */
  rollsBack: boolean;
};

/** An event could not be shown. A SQL connection commits after its last chunk alone, and has rolled back by now. */
export class NotShown extends Error {
  constructor(cause: unknown) {
    super("a chunk could not be shown", { cause });
  }
}

/**
 * Runs the work and says how it ended; nothing escapes. `unknown` is what cannot be known: the connection was lost
 * while it committed or ran outside a transaction, or failed in a way that nobody planned for. An answer that cannot be masked, recorded or shown
 * is known to have no effect: a reader who stops reading stops the commit.
 */
export async function outcomeOf({ events, show, mask, rollsBack }: Work): Promise<Ended> {
  let reached = false;
  try {
    const answer = await events();
    reached = true;
    for await (const event of answer)
      await show(event).catch((cause: unknown) => {
        throw new NotShown(cause);
      });
    return { state: "completed" };
  } catch (error) {
    if (error instanceof TargetFailure) return { state: "failed", error: mask(error.error) };
    if (error instanceof NotShown)
      return rollsBack
        ? without(error.cause, "Its answer could not be shown, and nothing of it was committed.")
        : unknown(
            error.cause,
            "Its answer could not be shown; it was stopped, and what it did before is not known.",
          );
    if (error instanceof Refusal) {
      const refusal = refusalOf(error);
      if (error.extra["outcome"] === "unknown") return { state: "unknown", refusal };
      return { state: error.code === "cancelled" ? "cancelled" : "failed", refusal };
    }
    if (!reached) return without(error, "The target was not reached, so nothing ran.");
    return unknown(error, "The gateway failed while the command ran: whether it took effect is not known.");
  }
}

/** Whether it had an effect cannot be told. */
function unknown(cause: unknown, what: string): Ended {
  if (cause instanceof Refusal) {
    const refusal = refusalOf(cause);
    return { state: "unknown", refusal: { ...refusal, detail: `${refusal.detail} ${what}` } };
  }
  return { state: "unknown", refusal: { code: "internal", detail: what }, unexpected: cause };
}

/** It had no effect, for whatever reason. */
function without(cause: unknown, what: string): Ended {
  if (cause instanceof Refusal) {
    const refusal = refusalOf(cause);
    return { state: "failed", refusal: { ...refusal, detail: `${refusal.detail} ${what}` } };
  }
  return { state: "failed", refusal: { code: "internal", detail: what }, unexpected: cause };
}

/** How it ended, as the ledger has it: whoever took this gateway for dead has written down that nobody knows. */
export async function asWritten<Come extends { state: CommandState }>(come: Come, noted: Promise<Noted>) {
  try {
    return { ...come, outcomeSeq: (await noted).seq };
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "conflict")) throw error;
    const detail =
      "The gateway was taken for dead while the command ran: its outcome is written down as unknown.";
    return { ...come, state: "unknown" as const, refusal: { code: "internal", detail }, error: undefined };
  }
}

/** A command that was stopped says why: its session has ended, the policies were changed. */
export function stoppedBy({ reason }: AbortSignal, ended: Ended): Ended {
  const why: unknown = ended.state === "cancelled" ? reason : undefined;
  return why instanceof Refusal && why.code !== "cancelled" ? { ...ended, refusal: refusalOf(why) } : ended;
}

const refusalOf = ({ code, message, hint }: Refusal): CommandRefusal => ({ code, detail: message, hint });
