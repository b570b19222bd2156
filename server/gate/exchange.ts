import type { Command } from "../../shared/nouns/command.ts";
import type { Review } from "../../shared/nouns/review.ts";
import type { Permit } from "../approval/permit.ts";
import type { LiveSession } from "../session/sessions.ts";
import { createAsk } from "./ask.ts";
import { boundBy, commandOf, partsOf, recordOf } from "./asked.ts";
import type { Asked } from "./asked.ts";
import { createCourses } from "./course.ts";
import { forgo } from "./forgone.ts";
import { asWritten, outcomeOf, stoppedBy } from "./outcome.ts";
import type { Rooms } from "./rooms.ts";
import { openScreen } from "./screen.ts";
import type { Exchange } from "./submission.ts";
import { createTurns } from "./turns.ts";
import { createUnderWay } from "./under-way.ts";
import type { Understand } from "./understand.ts";

/** The order of the stages: this file and nothing else calls them one after the other. */
export function createExchange(rooms: Rooms, understand: Understand): Exchange {
  const { approvals, journal, sessions, lookups, targets, now } = rooms;
  const { lead, entered, ...told } = createUnderWay((asked, why) => forgo(rooms, asked, why));
  const turns = createTurns(targets);
  const courseOf = createCourses(rooms, turns);
  const ask = createAsk(rooms, understand);

  /** Nothing reaches the target, and the ledger says why. */
  async function block(asked: Asked): Promise<Command> {
    const { refusal: why } = asked.understanding;
    const refusal = why && { code: why.code, detail: why.message, hint: why.hint };
    const screen = await openScreen(rooms, asked);
    const { seq } = await journal.block(recordOf(asked), refusal);
    entered(asked.id);
    await screen.command();
    await screen.show({ type: "outcome", state: "blocked", refusal, masked: [] });
    return commandOf(asked, { state: "blocked", refusal, outcomeSeq: seq });
  }

  /** Reviewers get the exact bytes with their impact; the session goes on. */
  async function hold(live: LiveSession, asked: Asked, signal: AbortSignal): Promise<Command> {
    const course = courseOf(live, asked);
    const weighed = await course.take(signal, course.weigh);
    const bound = boundBy(asked, weighed.bound);
    const screen = await openScreen(rooms, bound);
    const review = await approvals.hold(bound.understanding.decision, partsOf(bound, weighed.impact));
    await journal.hold({ ...recordOf(bound), review: review.id });
    entered(asked.id);
    await screen.command();
    const groups = review.decision.obligations.reviewers.map(({ group }) => group);
    await screen.show({ type: "held", review: review.id, expiresAt: review.expiresAt, groups });
    if (signal.aborted) await approvals.withdraw(review.id, asked.actor);
    return commandOf(bound, { state: "held", review });
  }

  /** Intent, credential, chunks, second line, recording, outcome: evidence brackets the effect. */
  async function effect(
    live: LiveSession,
    asked: Asked,
    permit: Permit,
    signal: AbortSignal,
    review?: Review,
  ): Promise<Command> {
    // Before the intent: where another process writes the session's recording, nothing has begun here.
    const screen = await openScreen(rooms, asked);
    const { seq: intentSeq } = await journal.intend(recordOf(asked));
    entered(asked.id);
    const course = courseOf(live, asked);
    const gateMs = performance.now() - asked.startedMs;
    const { unexpected, ...ended } = await outcomeOf({
      ...course,
      async events() {
        if (review === undefined) await screen.command();
        await screen.show({ type: "state", state: "running" });
        return course.run(permit, signal);
      },
      show: screen.show,
    });
    if (unexpected !== undefined) rooms.onError(unexpected);
    const totalMs = performance.now() - asked.startedMs;
    const timing = { gateMs, targetMs: totalMs - gateMs, totalMs };
    const come = { ...stoppedBy(signal, ended), masked: course.masked(), timing };
    await screen.outcome(come);
    const outcome = { ...recordOf(asked), ...come, writes: permit.binding.writes };
    const written = await asWritten(come, journal.outcome(outcome));
    await course.after();
    return commandOf(asked, { ...written, review, intentSeq }, new Date(now()).toISOString());
  }

  return {
    async submit(submission) {
      const live = await sessions.live(submission.session, submission.actor);
      const asked = await ask(submission, live, {
        // Before it runs: whatever comes of it, a retry counts too.
        lookups: (values) => lookups.count(submission.actor.id, values),
        submittedAt: now(),
      });
      const { decision } = asked.understanding;
      const settled = lead(live, asked, (signal) => {
        if (decision.effect === "block") return block(asked);
        if (decision.effect === "review") return hold(live, asked, signal);
        return courseOf(live, asked).take(signal, () =>
          effect(live, asked, approvals.grant(decision, partsOf(asked)), signal),
        );
      });
      return { id: asked.id, settled };
    },

    async resume(review, submission, submittedAt) {
      const live = await sessions.live(submission.session, submission.actor);
      return turns.again(live, review, async () => {
        const { recentLookups = 0 } = review.decision;
        const again = await ask(submission, live, {
          // It was counted when it was held, and what its reviewers were shown stays so while others are forgotten.
          lookups: async () => Math.max(recentLookups, await lookups.recent(submission.actor.id)),
          submittedAt: Date.parse(submittedAt),
        });
        const asked = boundBy(again, review.decision.obligations.maxAffectedRows);
        return lead(live, asked, async (signal) => {
          const permit = await approvals.redeem(review.id, again.understanding.decision, partsOf(asked));
          signal.throwIfAborted();
          return effect(live, asked, permit, signal, review);
        });
      });
    },

    ...told,
  };
}
