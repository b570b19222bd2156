import { Refusal } from "../../shared/contract/errors.ts";
import type { ReviewId, SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Command, CommandState } from "../../shared/nouns/command.ts";
import type { Review } from "../../shared/nouns/review.ts";
import type { Recordable } from "../journal/recordable.ts";
import type { Ballot } from "../approval/approvals.ts";
import { inputOf } from "./asked.ts";
import type { Exchange } from "./submission.ts";
import type { Rooms } from "./rooms.ts";
import { unlessOver } from "./screen.ts";

/** What becomes of held commands: votes, and what follows from them. */
export type Held = {
  /** A vote, its evidence, and, where it decided, the run or the end. */
  vote(id: ReviewId, actor: Actor, ballot: Ballot): Promise<Review>;
  /** By whoever asked, or by a killer: somebody who may end others' commands. */
  withdraw(review: Review, by: Actor | "killer"): Promise<void>;
  /** Ends one that may not run any more, whatever its reviewers would say. */
  refuse(review: ReviewId, why: Refusal): Promise<void>;
  /** All that a session still waits for, when it ends. */
  withdrawSession(session: SessionId): Promise<void>;
  /** Ends what waited too long, and takes up approvals that a gateway left behind when it died. */
  sweep(): Promise<void>;
  /** Acts on no more reviews. Resolves when what it was at is done: what is held waits on in the store. */
  close(): Promise<void>;
};

/** An approved command's entry may be a moment behind its review. */
const entryWaitMs = 5_000;
/** How long the process that holds a session may take to end what it held. */
const holderWaitMs = 1_000;
/** How often decided reviews are looked for that nobody acted on, how old their decision is then, and how many. */
const takeUpEveryMs = 2_000;
const leftBehindMs = 3_000;
const maxTakenUp = 500;
const undecidedStates: Partial<Record<Review["state"], CommandState>> = {
  rejected: "rejected",
  expired: "expired",
  withdrawn: "withdrawn",
};

export function createHeld(rooms: Rooms, exchange: Exchange): Held {
  const { approvals, blocks, journal, sessions, viewers, notifier, now, onError } = rooms;
  /** Reviews that this process acts on, and approved commands that it leads: a decision may be heard twice. */
  const acting = new Map<ReviewId, Promise<void>>();
  const leading = new Map<ReviewId, Promise<void>>();
  /** Why reviews are ended here that nobody decided. */
  const refused = new Map<ReviewId, Refusal>();
  /** Votes of this process that are not in evidence yet, by review. */
  const voting = new Map<ReviewId, number>();
  let takenUpAt = 0;

  /** The event in the session's recording, where this process may write it. */
  async function record(review: Review, event: Extract<Recordable, { command: unknown }>) {
    const recorder = await journal.recorder(review.session);
    if (recorder === undefined) return;
    const json = recorder.write(event);
    await recorder.drained();
    await viewers.show(review.session, { event, json, command: review.command });
  }
  const since = async (review: Review) => {
    const info = await journal.recordings.get(review.session);
    return Math.max(0, Math.round(now() - Date.parse(info?.startedAt ?? review.openedAt)));
  };

  /** The command of a review that will not run reaches its end, unless another process has ended it already. */
  async function end(
    review: Review,
    state: CommandState & ("rejected" | "expired" | "withdrawn" | "blocked"),
    why?: Refusal,
  ) {
    const refusal = why && { code: why.code, detail: why.message, hint: why.hint };
    const kinds = {
      rejected: "review.decided",
      expired: "review.expired",
      withdrawn: "review.withdrawn",
      blocked: "review.decided",
    } as const;
    const noted = await journal
      .note(
        {
          kind: kinds[state],
          actor: review.requestedBy.actor,
          session: review.session,
          command: review.command,
          body: { review: review.id, state, ...(refusal && { refusal: refusal.code }) },
        },
        { state, ...(refusal && { refusal }) },
      )
      .catch(unlessEnded);
    if (noted === undefined) return;
    await record(review, {
      type: "outcome",
      at: await since(review),
      command: review.command,
      state,
      masked: [],
      ...(refusal && { refusal }),
    }).catch(unlessOver(onError));
  }

  /**
   * Acts on a decided review: once here, and by compare-and-swap once everywhere. Resolves when that is done; what was
   * approved may wait long for its turn, and be withdrawn or expire meanwhile.
   */
  function act(id: ReviewId): Promise<void> {
    if (voting.has(id)) return Promise.resolve();
    const acts = acting.get(id) ?? follow(id).finally(() => acting.delete(id));
    acting.set(id, acts);
    return acts;
  }

  /** What follows from a decided review. */
  async function follow(id: ReviewId): Promise<void> {
    try {
      const review = await approvals.get(id);
      const record =
        (await journal.commands.get(review.command)) ??
        (await journal.commands.waitFor(review.command, undefined, entryWaitMs));
      if (record === undefined || record.command.state !== "held") return;
      const ended = undecidedStates[review.state];
      const why = refused.get(id);
      if (ended === "withdrawn" && why !== undefined) return await end(review, "blocked", why);
      if (ended === "rejected" || ended === "expired" || ended === "withdrawn") {
        // Whoever holds the session may know why, and says it first; where nobody does, anybody says it.
        const isHolder = (await journal.recorder(review.session)) !== undefined;
        const now = isHolder ? record : await journal.commands.waitFor(review.command, "held", holderWaitMs);
        return now?.command.state === "held" ? await end(review, ended) : undefined;
      }
      if (review.state === "approved" && !leading.has(id))
        leading.set(
          id,
          lead(review, record.command).finally(() => leading.delete(id)),
        );
    } catch (error) {
      onError(error);
    }
  }

  async function lead(review: Review, command: Command): Promise<void> {
    const { id } = review;
    try {
      // Another process holds the session, and acts itself.
      if ((await journal.recorder(review.session)) === undefined) return;
      // In evidence before it runs, with whoever decided it: the entry of a vote may have failed where the vote did not.
      const votes = review.votes.map(({ actor, verdict }) => ({ actor, verdict }));
      await journal.note({
        kind: "review.decided",
        actor: review.votes.at(-1)?.actor ?? null,
        session: review.session,
        command: review.command,
        body: { review: id, state: "approved", sha256: review.sha256, votes },
      });
      await resume(review, command);
      // Whoever approved it sees what came of it.
      await notifier.publish({ type: "review.changed", review: id, target: review.target }).catch(onError);
    } catch (error) {
      onError(error);
    }
  }

  /** A gateway may have died between the block and what follows from it, and a vote may have come in between. */
  async function discountBlocked({ votes }: Review) {
    const blocked = new Set((await blocks.list(true)).map(({ subject }) => subject));
    for (const subject of votes.flatMap(({ actor, person }) => [actor, person]))
      if (blocked.has(subject)) await approvals.discount(subject);
  }

  async function resume(review: Review, command: Command) {
    const { id, submittedAt } = command;
    try {
      await discountBlocked(review);
      const actor = await sessions.actorOf(review.session);
      const input = inputOf(command);
      await exchange.resume(review, { actor, session: review.session, input, id }, submittedAt);
    } catch (error) {
      if (
        !(error instanceof Refusal) ||
        error.code === "journal_unavailable" ||
        error.code === "store_unavailable"
      )
        throw error;
      // Another process has it, or it runs already; or this one stops, and whoever lives takes it up.
      if (error.code === "conflict" || error.code === "draining") return;
      const current = await journal.commands.get(id);
      // It may have been withdrawn, or have expired, between the approval and the run.
      const { code } = error;
      const over = code === "withdrawn" || code === "expired" || code === "rejected";
      if (current?.command.state === "held") await end(review, over ? code : "blocked", error);
    }
  }

  const isOver = (session: SessionId): Promise<boolean> =>
    sessions.actorOf(session).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Refusal && error.code === "session_closed") return true;
        throw error;
      },
    );

  const unsubscribe = notifier.subscribe((event) => {
    if (event.type === "review.closed") void act(event.review as ReviewId);
  });

  return {
    async vote(id, actor, ballot) {
      // Said before any look, so that the answer tells a workload nothing about the id.
      if (actor.kind === "workload") throw new Refusal("not_a_reviewer", "Only people decide reviews.");
      const before = await approvals.get(id);
      if (!approvals.maySee(before, actor)) throw new Refusal("not_found", "There is no such review.");
      // What follows from the vote waits until the vote itself is in evidence.
      voting.set(id, (voting.get(id) ?? 0) + 1);
      try {
        const review = await approvals.vote(id, actor, ballot);
        const { verdict, comment = "" } = ballot;
        await journal.note({
          kind: "review.vote",
          actor: actor.id,
          session: review.session,
          command: review.command,
          body: { review: id, verdict, comment, sha256: review.sha256, state: review.state },
        });
        await record(review, {
          type: "vote",
          at: await since(review),
          command: review.command,
          review: id,
          name: actor.name,
          verdict,
          comment,
        }).catch(unlessOver(onError));
        return review;
      } finally {
        const others = (voting.get(id) ?? 1) - 1;
        if (others > 0) voting.set(id, others);
        else {
          voting.delete(id);
          void act(id);
        }
      }
    },

    async withdraw(review, by) {
      await approvals.withdraw(review.id, by);
      await act(review.id);
    },

    async refuse(id, why) {
      // The process that holds the session knows it, and says why.
      if ((await journal.recorder((await approvals.get(id)).session)) === undefined) return;
      refused.set(id, why);
      try {
        await approvals.withdraw(id, "killer").catch(unlessDecided);
        await act(id);
      } finally {
        refused.delete(id);
      }
    },

    async withdrawSession(session) {
      for (const review of await approvals.withdrawSession(session)) await act(review.id);
    },

    async sweep() {
      for (const review of await approvals.expire()) await act(review.id);
      if (now() < takenUpAt + takeUpEveryMs) return;
      takenUpAt = now();
      // What was decided some time ago and is still held, or waits though its session has ended: whoever should have
      // acted on it has died.
      for (const { review: id } of await journal.commands.held(maxTakenUp)) {
        const review = await approvals.get(id);
        if (review.state === "pending" && (await isOver(review.session)))
          await approvals.withdraw(id, "killer").catch(unlessDecided);
        const decidedAt = review.decidedAt === undefined ? Infinity : Date.parse(review.decidedAt);
        if (review.state !== "pending" && decidedAt + leftBehindMs <= now()) void act(id);
      }
    },

    async close() {
      unsubscribe();
      await Promise.allSettled([...acting.values(), ...leading.values()]);
    },
  };
}

/** Undefined where somebody else decided it first. */
function unlessDecided(error: unknown): undefined {
  if (!(error instanceof Refusal && error.code === "already_decided")) throw error;
}

/** Undefined for a command that is not held any more. */
function unlessEnded(error: unknown): undefined {
  if (!(error instanceof Refusal && error.code === "conflict")) throw error;
}
