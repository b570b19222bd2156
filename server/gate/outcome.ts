import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandState, TargetError } from "../../shared/nouns/command.ts";
import type { CommandRefusal } from "../journal/command-row.ts";
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

/**
 * Runs the work and says how it ended; nothing escapes. Where the recorder failed, what reached the target cannot be
 * shown any more: the outcome is unknown, and the session ends.
 */
export async function outcomeOf(
  work: () => Promise<void>,
  mask: (error: TargetError) => TargetError,
): Promise<Ended> {
  try {
    await work();
    return { state: "completed" };
  } catch (error) {
    if (error instanceof TargetFailure) return { state: "failed", error: mask(error.error) };
    if (error instanceof Refusal) {
      const refusal = { code: error.code, detail: error.message, hint: error.hint };
      if (error.code === "journal_unavailable" || error.extra["outcome"] === "unknown")
        return { state: "unknown", refusal };
      return { state: error.code === "cancelled" ? "cancelled" : "failed", refusal };
    }
    const refusal = { code: "internal", detail: "Something failed inside the gateway. The log says what." };
    return { state: "unknown", refusal, unexpected: error };
  }
}
