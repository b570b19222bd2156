import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandState, TargetError } from "../../shared/nouns/command.ts";
import type { CommandRefusal } from "../journal/command-row.ts";
import { TargetFailure } from "../protocols/postgres/connect/chunk.ts";

/** How running a command ended. */
export type Ended = {
  state: Extract<CommandState, "completed" | "failed" | "cancelled" | "unknown">;
  /** The target's own error, masked. */
  targetError?: TargetError;
  /** The gate's reason. */
  refusal?: CommandRefusal;
  /** What nobody planned for, for the log. */
  unexpected?: unknown;
};

/**
 * Runs the work and says how it ended. Nothing escapes but `journal_unavailable`: without a recorder there is no
 * outcome that could be recorded, and the session ends.
 */
export async function outcomeOf(
  work: () => Promise<void>,
  mask: (error: TargetError) => TargetError,
): Promise<Ended> {
  try {
    await work();
    return { state: "completed" };
  } catch (error) {
    if (error instanceof TargetFailure) return { state: "failed", targetError: mask(error.error) };
    if (error instanceof Refusal) {
      if (error.code === "journal_unavailable") throw error;
      const refusal = { code: error.code, detail: error.message, hint: error.hint };
      if (error.extra["outcome"] === "unknown") return { state: "unknown", refusal };
      return { state: error.code === "cancelled" ? "cancelled" : "failed", refusal };
    }
    const refusal = { code: "internal", detail: "Something failed inside the gateway. The log says what." };
    return { state: "unknown", refusal, unexpected: error };
  }
}
