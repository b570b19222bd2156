import type { PortalEvent } from "../../shared/contract/frames.ts";
import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import type { Verdict } from "../ui/verdict.tsx";
import { reviewTitle } from "./review-words.ts";

/** What an event about a review says to one person, and to which page it leads. Titles alone: others may see a screen. */
export type ReviewNews = {
  verdict: Verdict;
  title: string;
  body: string;
  to: { review: string } | { session: string };
};

/** News are: a command that one may decide, and how somebody else ended one's own. */
export function reviewNews(
  type: PortalEvent["type"],
  review: ReviewForViewer,
  me: string,
): ReviewNews | undefined {
  const body = `${reviewTitle(review)} on ${review.target}`;
  if (type === "review.opened" && review.mayVote && review.state === "pending")
    return {
      verdict: "held",
      title: `${review.requestedBy.name} asks for your decision`,
      body,
      to: { review: review.id },
    };
  if (type !== "review.closed" || review.requestedBy.actor !== me) return undefined;
  const to = { session: review.session };
  const by = review.votes.at(-1)?.name ?? "A reviewer";
  switch (review.state) {
    case "approved":
      return { verdict: "approved", title: `${by} approved it`, body, to };
    case "rejected":
      return { verdict: "rejected", title: `${by} rejected it`, body: `${body}. Nothing ran.`, to };
    case "expired":
      return { verdict: "expired", title: "Nobody decided in time", body: `${body}. Nothing ran.`, to };
    default:
      return undefined;
  }
}
