import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandState, TargetError } from "../../shared/nouns/command.ts";
import type { CommandRefusal } from "../journal/command-row.ts";
import { TargetFailure, type Chunk } from "../protocols/postgres/connect/chunk.ts";

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
  /** Connects; what fails here has not reached the target. The first chunk that is asked for begins the run. */
  chunks: () => Promise<AsyncIterable<Chunk>>;
  /** Masks, records and shows a chunk. */
  show: (chunk: Chunk) => Promise<void>;
  mask: (error: TargetError) => TargetError;
};

/** A chunk could not be shown. The connection commits after its last chunk alone, and has rolled back by now. */
class NotShown extends Error {
  constructor(cause: unknown) {
    super("a chunk could not be shown", { cause });
  }
}

/**
 * Runs the work and says how it ended; nothing escapes. `unknown` is what cannot be known: the connection was lost
 * while it committed, or failed in a way that nobody planned for. An answer that cannot be masked, recorded or shown
 * is known to have no effect: a reader who stops reading stops the commit.
 */
export async function outcomeOf({ chunks, show, mask }: Work): Promise<Ended> {
  let reached = false;
  try {
    const answer = await chunks();
    reached = true;
    for await (const chunk of answer)
      await show(chunk).catch((cause: unknown) => {
        throw new NotShown(cause);
      });
    return { state: "completed" };
  } catch (error) {
    if (error instanceof TargetFailure) return { state: "failed", error: mask(error.error) };
    if (error instanceof NotShown)
      return without(error.cause, "Its answer could not be shown, and nothing of it was committed.");
    if (error instanceof Refusal) {
      const refusal = refusalOf(error);
      if (error.extra["outcome"] === "unknown") return { state: "unknown", refusal };
      return { state: error.code === "cancelled" ? "cancelled" : "failed", refusal };
    }
    if (!reached) return without(error, "The target was not reached, so nothing ran.");
    const detail = "The gateway failed while the command ran: whether it took effect is not known.";
    return { state: "unknown", refusal: { code: "internal", detail }, unexpected: error };
  }
}

/** It had no effect, for whatever reason. */
function without(cause: unknown, what: string): Ended {
  if (cause instanceof Refusal) {
    const refusal = refusalOf(cause);
    return { state: "failed", refusal: { ...refusal, detail: `${refusal.detail} ${what}` } };
  }
  return { state: "failed", refusal: { code: "internal", detail: what }, unexpected: cause };
}

const refusalOf = ({ code, message, hint }: Refusal): CommandRefusal => ({ code, detail: message, hint });
