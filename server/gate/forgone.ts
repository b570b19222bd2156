import { Refusal } from "../../shared/contract/errors.ts";
import type { Command } from "../../shared/nouns/command.ts";
import { commandOf, recordOf, type Asked } from "./asked.ts";
import type { Rooms } from "./rooms.ts";
import { openScreen } from "./screen.ts";

/**
 * The evidence of a command that was given up before its turn, by its actor or with its session: an intent that came
 * to nothing, and why. The recording has it too, where that is still open.
 */
export async function forgo(rooms: Rooms, asked: Asked, why: Refusal): Promise<Command> {
  const { journal, now, onError } = rooms;
  const refusal = { code: why.code, detail: why.message, hint: why.hint };
  const { seq: intentSeq } = await journal.intend(recordOf(asked));
  try {
    const screen = await openScreen(rooms, asked);
    await screen.command();
    await screen.show({ type: "outcome", state: "cancelled", refusal, masked: [] });
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "session_closed")) onError(error);
  }
  const ended = { ...recordOf(asked), state: "cancelled" as const, refusal, writes: false };
  const { seq: outcomeSeq } = await journal.outcome(ended);
  const finishedAt = new Date(now()).toISOString();
  return commandOf(asked, { state: "cancelled", refusal, intentSeq, outcomeSeq }, finishedAt);
}
