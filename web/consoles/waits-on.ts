import type { Decision } from "../../shared/nouns/decision.ts";
import { plural } from "../ui/number.ts";

/** On whose approval a held command waits, in a sentence. */
export function waitsOn({ obligations }: Decision): string {
  const groups = obligations.reviewers.map(
    ({ group, quorum }) => `${plural(quorum, "person", "people")} of ${group}`,
  );
  return groups.length === 0 ? "Waits on people." : `Waits on ${groups.join(" and ")}.`;
}
