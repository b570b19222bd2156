import type { Draft } from "./chain.ts";

/** Kinds of entries after which the head is signed in the same commit, whatever they say. */
const always: ReadonlySet<Draft["kind"]> = new Set([
  "review.decided",
  "command.blocked",
  "policy.changed",
  "access.revoked",
  "access.restored",
  "target.changed",
  "classes.changed",
  "recording.removed",
  "bodies.removed",
  "review.cleared",
  "hold.placed",
  "hold.lifted",
  "evidence.alarm",
  "evidence.sound",
]);

/** Ends of a session that nobody decided on. */
const ordinaryEnds: ReadonlySet<unknown> = new Set(["closed", "expired", "idle", "gateway"]);

/**
 * Whether a decision is one that matters: it is not left to the next minute's checkpoint to prove that it was taken, and
 * then. A rotation of keys signs for itself.
 */
export function isWeighty({ kind, body }: Pick<Draft, "kind" | "body">): boolean {
  if (always.has(kind)) return true;
  if (kind === "session.closed") return !ordinaryEnds.has(body["because"]);
  return kind === "command.intent" && unmasks(body["decision"]);
}

/** The command shows classes in clear that are hidden otherwise. */
function unmasks(decision: unknown): boolean {
  return (
    typeof decision === "object" &&
    decision !== null &&
    "unmask" in decision &&
    Array.isArray(decision.unmask) &&
    decision.unmask.length > 0
  );
}
