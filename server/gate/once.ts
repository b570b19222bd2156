import { hash } from "node:crypto";
import { canonicalJson } from "../../shared/canonical.ts";
import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandId, SessionId } from "../../shared/ids.ts";
import type { Command, CommandState } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { CommandRecord } from "../journal/command-row.ts";
import { awaited } from "./asked.ts";
import type { Rooms } from "./rooms.ts";
import type { Accepted, Submission } from "./submission.ts";

/** How often whoever waits for an earlier request with the same key looks whether that one came to nothing. */
const lookAgainMs = 1_000;

/**
 * The same Idempotency-Key and body find the same command, in every process; `run` is called for the first alone.
 * Where the first came to nothing (the session was busy, its gateway died before anything was written down) the key
 * is free again: whoever waited for it is refused with `conflict`, and the next request is the first.
 * Throws `idempotency_conflict` where the key came with another body. `sweep` is to be called every second or so: it
 * gives back what could not be given back while the store was away.
 */
export function createOnce(
  { journal, now, onError }: Rooms,
  view: (record: CommandRecord) => Promise<Command>,
  early: (id: CommandId) => Command | undefined,
) {
  const owed = new Set<{ session: SessionId; key: string }>();
  /** What was asked here again, however often, while the first request, maybe another process's, has no entry yet. */
  const followed = new Map<CommandId, { asked: Command; settled: Promise<Command> }>();

  async function once(
    { actor, input }: Submission,
    at: Session,
    key: string,
    run: (id: CommandId) => Promise<Accepted>,
  ): Promise<Accepted> {
    const session = at.id;
    const body = hash("sha256", canonicalJson(input));
    const { command: id, fresh } = await journal.keys.reserve(session, key, body);
    const giveBack = () =>
      journal.keys.release(session, key).catch((error: unknown) => {
        owed.add({ session, key });
        onError(error);
      });

    /** Whether somebody still works on the request that had the key first. */
    async function isWorkedOn(): Promise<boolean> {
      if (early(id) !== undefined) return true;
      const again = await journal.keys.reserve(session, key, body);
      if (!again.fresh) return again.command === id;
      await giveBack();
      return false;
    }
    async function settledAgain(): Promise<Command> {
      let state: CommandState | undefined;
      for (;;) {
        const record = await journal.commands.waitFor(id, state, lookAgainMs);
        if (record && record.command.state !== "running") return view(record);
        if (!record && !(await isWorkedOn()))
          throw new Refusal("conflict", "The earlier request with this key came to nothing.", {
            hint: "Send it again: nothing of it ran.",
          });
        state = record?.command.state;
      }
    }

    if (!fresh) {
      const known = followed.get(id);
      if (known !== undefined) return { id, settled: known.settled };
      const submittedAt = new Date(now()).toISOString();
      const asked = awaited({ id, actor, session: at, input, submittedAt });
      const settled = settledAgain().finally(() => followed.delete(id));
      followed.set(id, { asked, settled });
      return { id, settled };
    }
    try {
      const accepted = await run(id);
      // What came to nothing after it was accepted has no entry, and may be asked for again.
      accepted.settled.catch(giveBack);
      return accepted;
    } catch (error) {
      await giveBack();
      throw error;
    }
  }

  return {
    once,
    /** The command that a later request with the same key waits for here: of it nothing is known but what was asked. */
    followed: (id: CommandId): Command | undefined => followed.get(id)?.asked,
    async sweep(): Promise<void> {
      for (const one of owed) {
        await journal.keys.release(one.session, one.key);
        owed.delete(one);
      }
    },
  };
}
