import { Refusal } from "../../shared/contract/errors.ts";
import { newReviewId, type ReviewId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { Review } from "../../shared/nouns/review.ts";
import type { Target } from "../../shared/nouns/target.ts";
import { visible } from "../../shared/visible.ts";
import { digest, type Parts } from "./binding.ts";
import { lockOpening, type Tables } from "./store.ts";

export const maxPendingPerActor = 20;
export const maxPendingPerTarget = 200;

/**
 * Writes a pending review with everything that its reviewers will see.
 * @throws Refusal `rate_limited`, `conflict`
 */
export async function open(tables: Tables, decision: Decision, parts: Parts, now: number): Promise<ReviewId> {
  const { actor, target, obligations, session } = parts;
  const id = newReviewId();
  await tables.transaction().execute(async (transaction) => {
    await lockOpening(transaction);
    await refuseFlood(transaction, actor, target);
    const inserted = await transaction
      .insertInto("reviews")
      .values({
        id,
        command: parts.commandId,
        session: session.id,
        target: target.name,
        tags: JSON.stringify(target.tags),
        state: "pending",
        requester: actor.id,
        requester_person: actor.person,
        requester_owner: actor.owner ?? null,
        requested_by: JSON.stringify(requester(actor)),
        reason: session.reason,
        original: parts.original,
        sql: parts.sql,
        visible: visible(parts.sql).text,
        parameters: JSON.stringify(parts.parameters),
        sha256: digest(parts),
        // The obligations that were hashed are the ones that are shown.
        decision: JSON.stringify({ ...decision, obligations }),
        reviewer_groups: obligations.reviewers.map(({ group }) => group),
        impact: parts.impact ? JSON.stringify(parts.impact) : null,
        opened_at: new Date(now),
        expires_at: new Date(now + obligations.reviewExpiresSeconds * 1000),
        decided_at: null,
        redeem_by: null,
        spent_at: null,
        text_removed_at: null,
        text_removed_by_rule: null,
      })
      .onConflict((conflict) => conflict.column("command").doNothing())
      .returning("id")
      .executeTakeFirst();
    if (inserted === undefined) throw new Refusal("conflict", "This command is held already.");
  });
  return id;
}

function requester(actor: Actor): Review["requestedBy"] {
  const { id, name, kind, groups, person, owner } = actor;
  return { actor: id, name, kind, groups, person, owner };
}

/** @throws Refusal `rate_limited` where too much waits already, of this actor or on this target. */
async function refuseFlood(tables: Tables, actor: Actor, target: Target): Promise<void> {
  const counts = await tables
    .selectFrom("reviews")
    .select((select) => [
      select.fn.countAll<string>().filterWhere("requester", "=", actor.id).as("mine"),
      select.fn.countAll<string>().filterWhere("target", "=", target.name).as("there"),
    ])
    .where("state", "=", "pending")
    .executeTakeFirstOrThrow();
  const hint = "Wait until some are decided, or withdraw some.";
  if (Number(counts.mine) >= maxPendingPerActor)
    throw new Refusal("rate_limited", `You have ${counts.mine} commands waiting for a review.`, { hint });
  if (Number(counts.there) >= maxPendingPerTarget)
    throw new Refusal("rate_limited", `${counts.there} commands wait for a review on ${target.name}.`, {
      hint,
    });
}
