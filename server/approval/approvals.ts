import { Refusal } from "../../shared/contract/errors.ts";
import type { PortalEvent } from "../../shared/contract/frames.ts";
import { ActorId, ReviewId, type CommandId, type SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Decision, Obligations } from "../../shared/nouns/decision.ts";
import type { Review } from "../../shared/nouns/review.ts";
import type { Target } from "../../shared/nouns/target.ts";
import type { Database } from "../db/database.ts";
import type { Notifier } from "../db/notify.ts";
import { digest, type Parts } from "./binding.ts";
import { isOwn, refuseSecondVote, refuseVoter } from "./eligibility.ts";
import { refuse } from "./lifecycle.ts";
import { listReviews, type ReviewPage, type ReviewQuery } from "./listing.ts";
import { open } from "./open.ts";
import { mintPermit, type Binding, type Permit } from "./permit.ts";
import { castVote, discount, end, found, recount, spend, type Ballot } from "./steps.ts";
import { readReview, type ApprovalTables, type Tables } from "./store.ts";

export { digest, type Parts } from "./binding.ts";
export type { Ballot } from "./steps.ts";

/** From the grant until the target has it. */
const permitLastsMs = 60_000;
const maxExpiredAtOnce = 500;

/** Our own fixed texts run as the gateway itself: nothing of them reaches a person unmasked. */
const gatewayActor = ActorId.parse("sluice|gateway");
const maintenanceObligations: Obligations = {
  reviewers: [],
  reviewExpiresSeconds: 0,
  maxRows: 1_000_000,
  timeoutMs: 30_000,
  maxAffectedRows: 0,
  unmask: [],
  masks: [],
};

export type Approvals = {
  digest(parts: Parts): string;
  /** A Permit for a command that policy allows. @throws Refusal `permit_invalid` for any other effect. */
  grant(decision: Decision, parts: Parts): Permit;
  /** Holds a command for its reviewers. @throws Refusal `permit_invalid`, `rate_limited`, `conflict` */
  hold(decision: Decision, parts: Parts): Promise<Review>;
  /**
   * One person's vote on exactly the bytes with this hash.
   * @throws Refusal `not_found`, `self_approval`, `not_a_reviewer`, `already_decided`, `expired`, `withdrawn`,
   * `hash_mismatch`, `already_voted`, `too_large`
   */
  vote(id: ReviewId, actor: Actor, ballot: Ballot): Promise<Review>;
  /**
   * What a token now says of whoever may have voted: votes on what has not run stop counting in groups that they have
   * lost. Never rejects; what fails is tried again with the next request.
   */
  heard(actor: Actor): Promise<void>;
  /** Votes of an actor or a person whose access was taken back stop counting on what has not run. */
  discount(subject: string): Promise<void>;
  /**
   * By whoever asked, as long as nothing has run; `killer` is somebody with the right to end others' commands, which
   * was judged before. @throws Refusal `not_found`, `already_decided`
   */
  withdraw(id: ReviewId, by: Actor | "killer"): Promise<Review>;
  /** When a session ends: withdraws all of its reviews that have not run, and returns them. */
  withdrawSession(session: SessionId): Promise<Review[]>;
  /** Expires what waited too long, pending or approved and never started; each is returned to one caller only. */
  expire(): Promise<Review[]>;
  /**
   * Turns an approval into its one Permit, where policy still agrees and what would run is what was approved.
   * @throws Refusal `not_found`, `rejected`, `expired`, `withdrawn`, `stale_authority`
   */
  redeem(id: ReviewId, decisionNow: Decision, partsNow: Parts): Promise<Permit>;
  /** @throws Refusal `not_found` */
  get(id: ReviewId): Promise<Review>;
  forCommand(command: CommandId): Promise<Review | undefined>;
  /**
   * Those that the actor may decide and their own, a page at a time: pending ones in the order in which they expire,
   * all others newest first. @throws Refusal `invalid` for a cursor that is of none of them
   */
  list(query: ReviewQuery): Promise<ReviewPage>;
  /** Whether they may vote now, and if not, the sentence that says why. */
  mayVote(review: Review, actor: Actor): { may: true } | { may: false; because: string };
  /** Whether they may read it: their own, those of their groups, and every one for auditors. */
  maySee(review: Review, actor: Actor): boolean;
  /** A Permit for one of the gateway's own fixed, reading texts. */
  maintenance(
    purpose: Exclude<Binding["purpose"], "command">,
    target: Target,
    sha256: string,
    within?: { actor: Actor; session: SessionId; command: CommandId | null },
  ): Permit;
};

/** The sole mint of Permits, and the reviews that lead to them. */
export function createApprovals(options: {
  database: Database;
  notifier: Notifier;
  now: () => number;
  /** Told about failures that nobody waits for. */
  onError?: (error: unknown) => void;
}): Approvals {
  const { database, notifier, now, onError = () => {} } = options;
  /** A token's actor is one object for as long as identity remembers it. */
  const heard = new WeakSet<Actor>();
  const tables: Tables = database.kysely.withTables<ApprovalTables>();

  const permit = (parts: Parts): Permit =>
    mintPermit({
      purpose: "command",
      command: parts.commandId,
      actor: parts.actor.id,
      session: parts.session.id,
      target: parts.target.name,
      targetRevision: parts.target.revision,
      sha256: digest(parts),
      obligations: parts.obligations,
      policyVersion: parts.policyVersion,
      writes: parts.writes,
      expiresAt: now() + permitLastsMs,
    });

  /** The store has it by now: who misses the news sees it at the next look. */
  const announce = (event: PortalEvent) => notifier.publish(event).catch(onError);
  const announceClosed = ({ id, target, state }: Review) =>
    announce({ type: "review.closed", review: id, target, state });

  /** Ends those of the given reviews that have neither ended nor run; tells everyone. */
  async function close(state: "expired" | "withdrawn", which: readonly { id: string }[]): Promise<Review[]> {
    const closed: Review[] = [];
    for (const { id } of which) {
      const review = await end(tables, ReviewId.parse(id), state, now());
      if (review === undefined) continue;
      await announceClosed(review);
      closed.push(review);
    }
    return closed;
  }

  return {
    digest,

    grant(decision, parts) {
      if (decision.effect !== "allow")
        throw new Refusal("permit_invalid", "Policy does not simply allow this command.");
      return permit(parts);
    },

    async hold(decision, parts) {
      if (decision.effect !== "review" || parts.obligations.reviewers.length === 0)
        throw new Refusal("permit_invalid", "Policy does not ask for a review of this command.");
      const id = await open(tables, decision, parts, now());
      await announce({ type: "review.opened", review: id, target: parts.target.name });
      return found(await readReview(tables, { id })).review;
    },

    async vote(id, actor, ballot) {
      const review = await castVote(tables, id, actor, ballot, now());
      if (review.state === "pending")
        await announce({ type: "review.changed", review: id, target: review.target });
      else await announceClosed(review);
      return review;
    },

    async heard(actor) {
      if (heard.has(actor)) return;
      try {
        await recount(tables, actor);
        heard.add(actor);
      } catch (error) {
        onError(error);
      }
    },

    discount: (subject) => discount(tables, subject),

    async withdraw(id, by) {
      const { review } = found(await readReview(tables, { id }));
      if (by !== "killer" && !isOwn(review.requestedBy, by))
        throw new Refusal("not_found", "There is no such review.");
      const [withdrawn] = await close("withdrawn", [{ id }]);
      if (withdrawn === undefined) throw new Refusal("already_decided", "The review is decided already.");
      return withdrawn;
    },

    async withdrawSession(session) {
      const rows = await tables
        .selectFrom("reviews")
        .select("id")
        .where("session", "=", session)
        .where("state", "in", ["pending", "approved"])
        .where("spent_at", "is", null)
        .execute();
      return close("withdrawn", rows);
    },

    async expire() {
      const at = new Date(now());
      const rows = await tables
        .selectFrom("reviews")
        .select("id")
        .where("spent_at", "is", null)
        .where((where) =>
          where.or([
            where("state", "=", "pending").and("expires_at", "<=", at),
            where("state", "=", "approved").and("redeem_by", "<=", at),
          ]),
        )
        .orderBy("expires_at")
        .limit(maxExpiredAtOnce)
        .execute();
      return close("expired", rows);
    },

    async redeem(id, decisionNow, partsNow) {
      await spend(tables, id, decisionNow, partsNow, now());
      return permit(partsNow);
    },

    async get(id) {
      return found(await readReview(tables, { id })).review;
    },

    async forCommand(command) {
      return (await readReview(tables, { command }))?.review;
    },

    list: (query) => listReviews(tables, query),

    mayVote(review, actor) {
      const { state, expiresAt } = review;
      const standing = { state, spent: false, expiresAt: Date.parse(expiresAt), redeemBy: Infinity };
      const refused =
        refuseVoter(review, actor) ?? refuse("vote", standing, now()) ?? refuseSecondVote(review, actor);
      return refused === undefined ? { may: true } : { may: false, because: refused.detail };
    },

    maySee(review, actor) {
      return (
        isOwn(review.requestedBy, actor) ||
        actor.roles.includes("auditor") ||
        refuseVoter(review, actor) === undefined
      );
    },

    maintenance(purpose, target, sha256, within) {
      return mintPermit({
        purpose,
        command: within?.command ?? null,
        actor: within?.actor.id ?? gatewayActor,
        session: within?.session ?? null,
        target: target.name,
        targetRevision: target.revision,
        sha256,
        obligations: maintenanceObligations,
        policyVersion: 0,
        writes: false,
        expiresAt: now() + permitLastsMs,
      });
    },
  };
}
