import { Refusal } from "../../shared/contract/errors.ts";
import { newCommandId } from "../../shared/ids.ts";
import type { LiveSession } from "../session/sessions.ts";
import { asAsked, type Asked } from "./asked.ts";
import { aroundOf } from "./read-scripts.ts";
import type { Rooms } from "./rooms.ts";
import type { Submission } from "./submission.ts";
import type { Ask as Question, Understand, Understanding } from "./understand.ts";

/** Everything that is known before a Permit: facts, decision, final bytes. */
export type Ask = (
  submission: Submission,
  live: LiveSession,
  at: Pick<Question, "lookups"> & { submittedAt: number },
) => Promise<Asked>;

/** Policies and targets change that often while one command is judged, and not more. */
const maxAttempts = 5;

/**
 * Judges a command by what is true when it has been judged. Whoever leads it at once from there misses no change: what
 * changes later finds it among those that are led.
 */
export function createAsk(rooms: Rooms, understand: Understand): Ask {
  const { policies, targets } = rooms;

  async function isTrueStill({ decision, target }: Understanding): Promise<boolean> {
    const [{ version }, now] = await Promise.all([policies.current(), targets.get(target.name)]);
    return version === decision.policyVersion && now?.revision === target.revision;
  }

  return async function ask(submission, live, { lookups, submittedAt }) {
    const startedMs = performance.now();
    const { actor, input, id = newCommandId() } = submission;
    const { session } = live;
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const target = await targets.get(session.target);
      if (!target) throw new Refusal("not_found", "The session's target is gone.");
      if (target.disabled) throw new Refusal("target_disabled", `The target ${target.name} is disabled.`);
      const around = aroundOf(rooms, live, { target, actor, command: id });
      const understanding = await understand({ actor, target, input, session, lookups, ...around });
      if (await isTrueStill(understanding))
        return asAsked({
          ...{ id, actor, session, understanding, startedMs },
          submittedAt: new Date(submittedAt).toISOString(),
        });
    }
    throw new Refusal(
      "conflict",
      "Policies or the target changed while the command was judged. Nothing ran.",
      {
        hint: "Run it again.",
      },
    );
  };
}
