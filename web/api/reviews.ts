import { z } from "zod";
import { ReviewForViewer } from "../../shared/nouns/review.ts";
import type { Client } from "./client.ts";
import { apiPath, query } from "./paths.ts";

const ReviewPage = z.object({ reviews: z.array(ReviewForViewer), cursor: z.string().optional() });
export type ReviewPage = z.infer<typeof ReviewPage>;

/** What narrows the reviews that the caller may decide, and their own. */
export type ReviewFilter = { state?: "pending" | "decided"; asked?: "me" | "others" };

/** A page: pending ones soonest to expire first, all others newest first. */
export const listReviews = (
  api: Client,
  filter: ReviewFilter,
  cursor: string | undefined,
  signal?: AbortSignal,
) => api.get(`${apiPath("reviews")}${query({ ...filter, cursor })}`, ReviewPage, { signal });

export const readReview = (api: Client, review: string, signal?: AbortSignal) =>
  api.get(apiPath("reviews", review), ReviewForViewer, { signal });

export type Ballot = { verdict: "approve" | "reject"; sha256: string; comment: string };

/** Votes on exactly the bytes with `sha256`; answers with the review after the vote. */
export const vote = (api: Client, review: string, ballot: Ballot) =>
  api.post(apiPath("reviews", review, "votes"), ballot, ReviewForViewer);
