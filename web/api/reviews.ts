import { z } from "zod";
import { ReviewForViewer } from "../../shared/nouns/review.ts";
import type { Client } from "./client.ts";
import { apiPath } from "./paths.ts";

/** Reviews that the caller may decide, and their own. */
export const listReviews = async (api: Client, signal?: AbortSignal) =>
  (await api.get(apiPath("reviews"), z.object({ reviews: z.array(ReviewForViewer) }), { signal })).reviews;

export type Ballot = { verdict: "approve" | "reject"; sha256: string; comment: string };

/** Votes on exactly the bytes with `sha256`; answers with the review after the vote. */
export const vote = (api: Client, review: string, ballot: Ballot) =>
  api.post(apiPath("reviews", review, "votes"), ballot, ReviewForViewer);
