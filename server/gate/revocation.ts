import { Refusal } from "../../shared/contract/errors.ts";
import type { ReviewId, SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { Target } from "../../shared/nouns/target.ts";
import { mayOpen, type PolicySet } from "../policy/policies.ts";
import { hasRightsOf } from "../session/rights.ts";
import type { Ended, StoredSession } from "../session/sessions.ts";
import { inputOf, placeOf, type Asked } from "./asked.ts";
import type { Rooms } from "./rooms.ts";
import type { Exchange } from "./submission.ts";
import { againOf, type Asking, type Understand } from "./understand.ts";

/** Holds what is open against what is true by now: blocks, targets, policies, and what people's tokens say of them. */
export type Revocation = {
  /** Looks at everything again where something has changed since the last look; to be called every second or so. */
  sweep(): Promise<void>;
  /** Looks at one session that has just been opened: the last look at all may have been without it. True: it has ended. */
  endsAtOnce(session: SessionId): Promise<boolean>;
  close(): void;
};

/** Held commands that one look judges at most; one beyond is judged when it is approved. */
const maxHeld = 500;

/** A command that was judged: what of it decides. Of a held one the target's revision is not kept. */
type Judged = Asking & {
  actor: Actor;
  session: Session;
  target: { name: string; revision: number | undefined };
  /** Whether the actor may be told by what they were when it was decided. */
  isSameActor: boolean;
};
/** Why a session may not stay open. */
type Why = "revoked" | "target" | "policy";
type Truth = { policies: PolicySet; targets: ReadonlyMap<string, Target>; version: string };

/**
 * Every process looks at all open sessions, for one may be live in none of them: to end one is a compare-and-swap in
 * the store, and whoever runs its commands is told, or sees it at the next sweep. Commands that run are each process's
 * own. What fails is looked at again at the next sweep.
 */
export function createRevocation(
  rooms: Rooms,
  {
    understand,
    exchange,
    refuse,
    ended,
  }: {
    understand: Understand;
    exchange: Pick<Exchange, "led" | "cancel">;
    /** Ends a held command. */
    refuse: (review: ReviewId, why: Refusal) => Promise<void>;
    /** Puts away what a session has left, once it has ended. Not waited for: others are to end meanwhile. */
    ended: (session: Ended) => void;
  },
): Revocation {
  const { approvals, blocks, journal, notifier, onError, policies, sessions, targets, terminals } = rooms;
  let judged = "";
  /** How often somebody's next token said something else of them: no version tells of it. */
  let changedRights = 0;
  let looking: Promise<void> | undefined;
  let again = false;

  async function truth(fresh: boolean): Promise<Truth> {
    const [set, listed, blocked] = await Promise.all([
      policies.current(fresh),
      targets.list(fresh),
      blocks.list(fresh),
    ]);
    const revisions = listed.map(({ name, revision }) => [name, revision]);
    return {
      policies: set,
      targets: new Map(listed.map((target) => [target.name, target])),
      version: JSON.stringify([set.version, revisions, blocked.map(({ id }) => id), changedRights]),
    };
  }

  /** Why a session may not stay open; asked once for all of an actor's sessions at one target. */
  function standing({ policies: set, targets: known }: Truth) {
    const opened = new Map<string, boolean>();
    return async ({ session, actor }: StoredSession): Promise<Why | undefined> => {
      if ((await blocks.of(actor)) !== undefined) return "revoked";
      const target = known.get(session.target);
      if (target === undefined || target.disabled) return "target";
      const key = JSON.stringify([actor, target.name]);
      const allowed = opened.get(key) ?? mayOpen(set, { actor, target }).allowed;
      opened.set(key, allowed);
      return allowed ? undefined : "policy";
    };
  }

  /** True where it ended by this. */
  async function endWhere(why: Why | undefined, id: SessionId): Promise<boolean> {
    if (why === undefined || !(await sessions.close(id, why))) return false;
    ended({ id, because: why, by: undefined });
    return true;
  }

  async function lookAtSessions(): Promise<void> {
    let after: SessionId | undefined;
    for (;;) {
      const page = await sessions.page(after);
      // Looked at after them: none is judged by what was true before it was opened.
      const because = standing(await truth(true));
      for (const stored of page) {
        const { id } = stored.session;
        const why = await because(stored);
        if (why !== undefined && (await sessions.close(id, why))) ended({ id, because: why, by: undefined });
      }
      after = page.at(-1)?.session.id;
      if (after === undefined) return;
    }
  }

  /** The decision as it would be taken now; undefined where nothing that it rests on has changed. */
  async function decidedNow(
    { policies: set, targets: known }: Truth,
    { policyVersion, recentLookups = 0 }: Decision,
    { target: { name, revision }, isSameActor, ...asked }: Judged,
  ): Promise<Decision | undefined> {
    const target = known.get(name);
    // Without its target its session ends.
    if (!target) return undefined;
    if (policyVersion === set.version && revision === target.revision && isSameActor) return undefined;
    return (await understand({ ...asked, target, lookups: async () => recentLookups })).decision;
  }

  async function lookAtRunning(now: Truth, { id, actor, session, understanding }: Asked): Promise<void> {
    const { decision: before, target } = understanding;
    const stored = await sessions.find(session.id);
    if (stored === undefined) return;
    const asked = { session, ...againOf(understanding), target, actor: stored.actor };
    const isSameActor = hasRightsOf(stored.actor, actor);
    const decision = await decidedNow(now, before, { ...asked, isSameActor });
    const what = isSameActor ? undefined : "your rights have changed";
    if (decision && isTightened(before, decision)) exchange.cancel(id, refusalOf(decision, what));
  }

  async function lookAtHeld(now: Truth, id: ReviewId): Promise<void> {
    const review = await approvals.get(id);
    const stored = review.state === "pending" ? await sessions.find(review.session) : undefined;
    if (stored === undefined) return;
    const record = await journal.commands.get(review.command);
    if (record === undefined) return;
    const decision = await decidedNow(now, review.decision, {
      ...stored,
      input: inputOf(record.command),
      place: placeOf(record.command),
      shell: terminals.line(review.session, review.command)?.context,
      target: { name: review.target, revision: undefined },
      isSameActor: true,
    });
    if (decision?.effect === "block") await refuse(id, refusalOf(decision));
  }

  async function look(): Promise<void> {
    const { version } = await truth(false);
    if (version === judged) return;
    let failed = false;
    const attempt = (work: Promise<void>) =>
      work.catch((error: unknown) => {
        failed = true;
        onError(error);
      });
    await attempt(lookAtSessions());
    const [running, held] = [exchange.led(), await journal.commands.held(maxHeld)];
    const now = await truth(true);
    for (const asked of running) await attempt(lookAtRunning(now, asked));
    for (const { review } of held) await attempt(lookAtHeld(now, review));
    if (!failed) judged = version;
  }

  /** One look at a time; what changes during one is seen by the next. */
  async function sweep(): Promise<void> {
    again = true;
    looking ??= (async () => {
      while (again) {
        again = false;
        await look();
      }
    })().finally(() => (looking = undefined));
    await looking;
  }

  const unsubscribe = notifier.subscribe(({ type }) => {
    if (type === "rights.changed") changedRights++;
    if (
      type === "rights.changed" ||
      type === "access.changed" ||
      type === "targets.changed" ||
      type === "policies.changed"
    )
      sweep().catch(onError);
  });
  async function endsAtOnce(id: SessionId): Promise<boolean> {
    const stored = await sessions.find(id);
    return stored === undefined || endWhere(await standing(await truth(true))(stored), id);
  }

  return {
    sweep,
    endsAtOnce,
    async close() {
      unsubscribe();
      await looking;
    },
  };
}

/** Whether what runs by the earlier decision may not go on by the later one. */
export function isTightened(before: Decision, now: Decision): boolean {
  if (now.effect === "block" || (now.effect === "review" && before.effect === "allow")) return true;
  const clear = new Set(now.obligations.unmask.map((unmask) => unmask.class));
  return before.obligations.unmask.some((unmask) => !clear.has(unmask.class));
}

const refusalOf = ({ effect, reasons, hint }: Decision, what = "the policies were changed"): Refusal =>
  new Refusal(
    "stale_authority",
    effect === "allow"
      ? `It was stopped: ${what}, and what it was showing is hidden by now.`
      : `It was stopped: ${what}. ${reasons.join(" ")}`,
    hint === undefined ? {} : { hint },
  );
