import type { Actor, Role } from "../nouns/actor.ts";

/** Rights in the portal itself. What an actor may do at a target is policy's business and never follows from these. */
const rights = {
  /** Vote on reviews; in which of them, and never in their own, is judged for each review. */
  "reviews.vote": { roles: ["reviewer"], humansOnly: true },
  /** Read and search every recording; everyone reads their own. */
  "recordings.read": { roles: ["auditor"], humansOnly: false },
  "recordings.watch": { roles: ["auditor"], humansOnly: true },
  /** Place and lift legal holds. */
  "recordings.hold": { roles: ["auditor", "administrator"], humansOnly: true },
  "ledger.read": { roles: ["auditor"], humansOnly: false },
  /** Take all evidence of a period away with one. */
  "evidence.export": { roles: ["auditor"], humansOnly: false },
  /** Learn whether the evidence is whole. */
  "evidence.read": { roles: ["auditor", "administrator"], humansOnly: false },
  /** Put a new signing key in force. */
  "ledger.rotate": { roles: ["administrator"], humansOnly: true },
  /** End somebody else's session or command. */
  "sessions.kill": { roles: ["auditor", "administrator"], humansOnly: true },
  "policies.read": { roles: ["administrator", "auditor", "reviewer"], humansOnly: true },
  "policies.edit": { roles: ["administrator"], humansOnly: true },
  /** Ask what policy would decide for somebody else. */
  "policies.evaluate-for-others": { roles: ["administrator"], humansOnly: true },
  "targets.edit": { roles: ["administrator"], humansOnly: true },
  "classes.edit": { roles: ["administrator"], humansOnly: true },
  /** Take a person's or a workload's access back, and give it again. */
  "actors.block": { roles: ["administrator"], humansOnly: true },
} as const satisfies Record<string, { roles: readonly Role[]; humansOnly: boolean }>;

export type Right = keyof typeof rights;
type Holder = Pick<Actor, "kind" | "roles">;

export const allRights: readonly Right[] = Object.keys(rights).filter(
  (name): name is Right => name in rights,
);

/** Whether an actor has a right: "may this button be pressed", and the same answer at the door. */
export function can(actor: Holder, right: Right): boolean {
  const { roles, humansOnly } = rights[right];
  if (humansOnly && actor.kind !== "human") return false;
  return roles.some((role) => actor.roles.includes(role));
}

/** All rights of an actor, for `GET /api/me`. */
export function rightsOf(actor: Holder): Right[] {
  return allRights.filter((right) => can(actor, right));
}
