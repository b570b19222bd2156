import type { Command } from "../../shared/nouns/command.ts";

const ends: Partial<Record<Command["state"], string>> = {
  blocked: "Blocked.",
  rejected: "Rejected.",
  expired: "Nobody decided in time; it did not run.",
  withdrawn: "Withdrawn; it did not run.",
  cancelled: "Cancelled; it did not run.",
};

/** What a terminal says of a line that does not run: the verdict, why, and what would help. */
export function endWords({ state, error, decision, review }: Command): string {
  const why = error?.message ?? (state === "blocked" ? decision?.reasons.join(" ") : undefined);
  const hint = error?.hint ?? (state === "blocked" ? decision?.hint : undefined);
  const vote = state === "rejected" ? review?.votes.find(({ verdict }) => verdict === "reject") : undefined;
  const by = vote && `${vote.name}${vote.comment === "" ? "" : `: ${vote.comment}`}`;
  return [ends[state] ?? "It did not run.", by, why, hint].filter(Boolean).join(" ");
}

/** On whom a held line waits, how to take it back, and why: a narrow terminal cuts the end off. */
export function heldWords({ review, decision }: Command): string {
  const groups = review?.reviewers.map(({ group, quorum }) =>
    quorum === 1 ? group : `${quorum} of ${group}`,
  );
  const why = decision?.reasons[0];
  return [`Held for ${groups?.join(" and ") ?? "review"}.`, "Ctrl-C takes it back.", why]
    .filter(Boolean)
    .join(" ");
}
