import { Refusal } from "../../shared/contract/errors.ts";
import type { Transaction } from "../db/connection.ts";
import type { Notifier } from "../db/notify.ts";
import type { Change } from "./batch.ts";
import type { Draft } from "./chain.ts";
import type { Commands } from "./commands.ts";
import type { LedgerWriter } from "./ledger-writer.ts";

/** An entry as it stands in the ledger. */
export type Noted = { seq: number; hash: string };

/** Appends an entry with the rows that belong to it. Refuses: conflict where the change's guard does not hold. */
export type Append = (draft: Draft, change?: Change) => Promise<Noted>;

/**
 * Writes the entry of a change in the transaction that makes the change, as its last step: nothing is in force without
 * its entry, and nothing is said to be that is not. Refuses: journal_unavailable, which the transaction must not survive.
 */
export type NoteWithin = (transaction: Transaction, draft: Draft) => Promise<void>;

/** The writer's append, which also wakes those who wait for the command. */
export function createAppend(dependencies: {
  writer: LedgerWriter;
  commands: Pick<Commands, "changed">;
  notifier: Notifier;
  onError: (error: unknown) => void;
}): Append {
  const { writer, commands, notifier, onError } = dependencies;
  return async (draft, change = {}) => {
    const { row, applied, reviewed } = await writer.append(draft, change);
    if (row === undefined) throw new Refusal("conflict", "This command has run or ended already.");
    const { id, state } = change.insert ?? change.end ?? {};
    if (id !== undefined && state !== undefined && applied) {
      commands.changed(id);
      // Other processes are told where somebody may wait for long; the rest is seen by looking.
      if (reviewed)
        notifier
          .publish({ type: "command.changed", command: id, session: draft.session ?? "", state })
          .catch(onError);
    }
    return { seq: row.seq, hash: row.hash };
  };
}
