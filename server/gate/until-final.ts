import type { CommandId } from "../../shared/ids.ts";
import { finalStates, type Command } from "../../shared/nouns/command.ts";
import type { Journal } from "../journal/journal.ts";

const waitMs = 60_000;

/** Resolves once nothing changes the command any more. */
export async function untilFinal(journal: Pick<Journal, "commands">, id: CommandId): Promise<void> {
  let state: Command["state"] | undefined = "held";
  do state = (await journal.commands.waitFor(id, state, waitMs))?.command.state;
  while (state === undefined || !finalStates.includes(state));
}
