import { Refusal } from "../../shared/contract/errors.ts";
import { newCommandId, type CommandId, type ReviewId, type SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Command, SqlCommandInput } from "../../shared/nouns/command.ts";
import type { Permit } from "../approval/permit.ts";
import { connect } from "../protocols/postgres/connect/backend.ts";
import type { LiveSession } from "../session/sessions.ts";
import { commandOf, executableOf, partsOf, recordOf, reviewBound, type Asked } from "./asked.ts";
import { createRelease } from "./release.ts";
import { measureImpact } from "./impact.ts";
import { outcomeOf } from "./outcome.ts";
import type { Rooms } from "./rooms.ts";
import type { Ask, Understanding } from "./understand.ts";

/** One command as it is asked for. */
export type Submission = { actor: Actor; session: SessionId; input: SqlCommandInput; id?: CommandId };

/** A command on its way: `settled` resolves when it has ended or is held; rows went to the session's viewers. */
export type Accepted = { id: CommandId; settled: Promise<Command> };

export type Exchange = {
  /**
   * Leads one command through every stage in order. Rejects, with nothing recorded as run, where it cannot be read
   * (`sql_unparseable`, `sql_too_large`, `parameters_mismatch`...) or the session takes none (`session_closed`,
   * `session_busy`).
   */
  submit(submission: Submission): Promise<Accepted>;
  /** Runs a held command whose review was approved: everything is looked at again. Does nothing a second time. */
  resume(review: ReviewId): Promise<void>;
  /** Stops a running command at its target. False where this process does not run it. */
  cancel(id: CommandId): boolean;
};

export function createExchange(rooms: Rooms, understand: (ask: Ask) => Promise<Understanding>): Exchange {
  const { approvals, journal, sessions, targets, vault, viewers, now } = rooms;
  const running = new Map<CommandId, AbortController>();

  /** Asks and answers everything that comes before a Permit. */
  async function ask(submission: Submission, live: LiveSession): Promise<Asked> {
    const { actor, input } = submission;
    const target = await targets.get(live.session.target);
    if (!target) throw new Refusal("not_found", "The session's target is gone.");
    if (target.disabled) throw new Refusal("target_disabled", `The target ${target.name} is disabled.`);
    const understanding = await understand({ actor, target, sql: input.sql, session: live.session.id });
    const expected = understanding.meaning.facts.parameters;
    if (input.parameters.length !== expected)
      throw new Refusal(
        "parameters_mismatch",
        `The statement has ${expected} parameters, ${input.parameters.length} were given.`,
      );
    const id = submission.id ?? newCommandId();
    return {
      id,
      actor,
      session: live.session,
      input,
      understanding,
      submittedAt: new Date(now()).toISOString(),
      startedMs: performance.now(),
    };
  }

  /** Records what was asked in the session's recording, for viewers and replay. */
  async function show(asked: Asked, live: LiveSession) {
    const { id, input, understanding, session } = asked;
    const recorder = await journal.open(session, asked.actor);
    const emit = async (event: Parameters<typeof recorder.write>[0]) => {
      const json = recorder.write(event);
      await recorder.drained();
      await viewers.show(session.id, json, id);
    };
    const at = () => Math.max(0, Math.round(now() - Date.parse(session.openedAt)));
    const { rewritten, decision } = understanding;
    const { sql, parameters } = input;
    await emit({
      type: "command",
      at: at(),
      command: id,
      sql,
      parameters,
      rewritten: rewritten?.display,
      sha256: recordOf(asked).sha256,
      decision,
    });
    live.touch();
    return { emit, at };
  }

  /** Blocked: nothing reaches the target, and the ledger says so. */
  async function block(asked: Asked, live: LiveSession): Promise<Command> {
    const refusal = asked.understanding.refusal;
    const problem = refusal && { code: refusal.code, detail: refusal.message, hint: refusal.hint };
    const { seq } = await journal.block(recordOf(asked), problem);
    const { emit, at } = await show(asked, live);
    await emit({
      type: "outcome",
      at: at(),
      command: asked.id,
      state: "blocked",
      refusal: problem,
      masked: [],
    });
    return commandOf(asked, { state: "blocked", outcomeSeq: seq });
  }

  /** Held: reviewers get the exact bytes with their impact; the session goes on. */
  async function hold(asked: Asked, live: LiveSession): Promise<Command> {
    const impact = await live.exclusive(() => measureImpact(rooms, asked, live, backend));
    const bounded = reviewBound(asked, impact);
    const review = await approvals.hold(bounded.understanding.decision, partsOf(bounded, impact));
    await journal.hold({ ...recordOf(bounded), review: review.id });
    const { emit, at } = await show(bounded, live);
    const groups = review.decision.obligations.reviewers.map(({ group }) => group);
    await emit({
      type: "held",
      at: at(),
      command: asked.id,
      review: review.id,
      expiresAt: review.expiresAt,
      groups,
    });
    return commandOf(bounded, { state: "held", review });
  }

  /** The session's connection, opened with the permit of the first command that needs it. */
  const backend = (asked: Asked, live: LiveSession, permit: Permit) =>
    live.backend.get(async () => {
      const { target, catalog } = asked.understanding;
      const credential = vault.open(permit, target, await targets.sealed(target.name));
      const { searchPath } = catalog;
      return connect({
        permit,
        target,
        credential,
        limits: rooms.backendLimits,
        searchPath,
        now,
        signal: live.signal,
      });
    });

  /** Permit to outcome: intent, credential, chunks, masking, recording, outcome, in this order. */
  async function effect(
    asked: Asked,
    live: LiveSession,
    permit: Permit,
    shown?: Awaited<ReturnType<typeof show>>,
  ): Promise<Command> {
    const abort = new AbortController();
    running.set(asked.id, abort);
    try {
      const intent = await journal.intend(recordOf(asked));
      const { emit, at } = shown ?? (await show(asked, live));
      await emit({ type: "state", at: at(), command: asked.id, state: "running" });
      const release = createRelease(asked);
      const gateMs = performance.now() - asked.startedMs;
      const ended = await outcomeOf(asked, release, async () => {
        const connection = await backend(asked, live, permit);
        const signal = AbortSignal.any([live.signal, abort.signal]);
        for await (const chunk of connection.run(permit, executableOf(asked), signal))
          for (const event of release.events(chunk)) await emit({ ...event, at: at(), command: asked.id });
      });
      const totalMs = performance.now() - asked.startedMs;
      const timing = { gateMs, targetMs: Math.max(0, totalMs - gateMs), totalMs };
      if (ended.dropBackend) live.backend.drop();
      if (ended.error) rooms.onError(ended.error);
      const { state, targetError: error, refusal } = ended;
      const masked = release.masked();
      await emit({ type: "outcome", at: at(), command: asked.id, state, error, refusal, masked, timing });
      const { seq } = await journal.outcome({
        ...recordOf(asked),
        actor: asked.actor.id,
        state,
        error,
        refusal,
        masked,
        timing,
        writes: permit.binding.writes,
      });
      live.touch();
      return commandOf(asked, {
        state,
        error,
        refusal,
        masked,
        timing,
        intentSeq: intent.seq,
        outcomeSeq: seq,
      });
    } finally {
      running.delete(asked.id);
    }
  }

  return {
    async submit(submission) {
      const live = await sessions.live(submission.session, submission.actor);
      const asked = await ask(submission, live);
      const { effect: verdict } = asked.understanding.decision;
      const settled =
        verdict === "block"
          ? block(asked, live)
          : verdict === "review"
            ? hold(asked, live)
            : live.exclusive(() =>
                effect(asked, live, approvals.grant(asked.understanding.decision, partsOf(asked))),
              );
      return { id: asked.id, settled };
    },

    async resume(reviewId) {
      const review = await approvals.get(reviewId);
      // eslint-disable-next-line
      void review;
    },

    cancel(id) {
      const abort = running.get(id);
      abort?.abort();
      return abort !== undefined;
    },
  };
}
