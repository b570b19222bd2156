import type { CommandReview } from "../../shared/nouns/command.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import { plural } from "../ui/number.ts";

/** On whose approval a held command waits, in a sentence. */
export function waitsOn({ obligations }: Decision): string {
  const groups = obligations.reviewers.map(
    ({ group, quorum }) => `${plural(quorum, "person", "people")} of ${group}`,
  );
  return groups.length === 0 ? "Waits on people." : `Waits on ${groups.join(" and ")}.`;
}

/** On whom it waits, and how many of them have approved, without a full stop. */
export function reviewStands({ reviewers, votes }: CommandReview): string {
  const approved = votes.filter(({ verdict }) => verdict === "approve").length;
  const needed = reviewers.reduce((sum, { quorum }) => sum + quorum, 0);
  const groups = reviewers.map(({ group }) => group).join(" and ");
  return `Waits on ${groups}: ${approved} of ${plural(needed, "person", "people")} approved`;
}
