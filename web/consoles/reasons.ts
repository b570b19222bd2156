import type { Decision } from "../../shared/nouns/decision.ts";

/** A decision's reasons: what nobody can know of this very command first, a misspelt name perhaps, then what holds for all of its kind. */
export function reasonsOf({ reasons, facts }: Pick<Decision, "reasons" | "facts">): string[] {
  const unknown = new Set((facts?.opaqueReasons ?? []).map((reason) => `${reason}.`.toLowerCase()));
  const isUnknown = (reason: string) => unknown.has(reason.toLowerCase());
  return reasons.toSorted((one, other) => Number(isUnknown(other)) - Number(isUnknown(one)));
}
