import { Actor } from "../../shared/nouns/actor.ts";
import type { Decision, Obligations, ReviewRequirement } from "../../shared/nouns/decision.ts";
import { newCommandId, newSessionId } from "../../shared/ids.ts";
import { Target } from "../../shared/nouns/target.ts";
import type { Parts } from "./binding.ts";

/** Made-up people, commands and decisions for tests of approvals. */
export function person(name: string, changes: Partial<Record<keyof Actor, unknown>> = {}): Actor {
  return Actor.parse({
    id: `issuer.test|${name}`,
    kind: "human",
    name,
    issuer: "https://issuer.test",
    subject: name,
    groups: ["shop-reviewers"],
    roles: ["reviewer"],
    person: name,
    tokenExpiresAt: "2030-01-01T00:00:00.000Z",
    ...changes,
  });
}

export const shop = Target.parse({
  name: "shop",
  kind: "postgres",
  tags: { env: "prod" },
  address: { host: "db.test", port: 5432, database: "shop" },
  user: "shop",
  revision: 3,
  disabled: false,
  managed: false,
  updatedAt: "2026-01-01T00:00:00.000Z",
});

export const oneOfShop: ReviewRequirement[] = [{ group: "shop-reviewers", quorum: 1, policy: "write-prod" }];

export function decisionOf(effect: Decision["effect"], reviewers: ReviewRequirement[] = oneOfShop): Decision {
  const obligations: Obligations = {
    reviewers: effect === "review" ? reviewers : [],
    reviewExpiresSeconds: 900,
    maxRows: 1000,
    timeoutMs: 30_000,
    maxAffectedRows: 12,
    unmask: [],
    masks: [],
  };
  return { effect, policies: ["write-prod"], reasons: ["Because."], obligations, policyVersion: 7 };
}

export function partsOf(actor: Actor, decision: Decision, changes: Partial<Parts> = {}): Parts {
  return {
    commandId: newCommandId(),
    actor,
    session: { id: newSessionId(), reason: "Ticket 4711" },
    target: shop,
    original: "UPDATE orders SET status = $1 WHERE id = 7",
    sql: "UPDATE orders SET status = $1 WHERE id = 7",
    parameters: ["paid"],
    obligations: decision.obligations,
    policyVersion: decision.policyVersion,
    writes: true,
    resolved: "0",
    ...changes,
  };
}
