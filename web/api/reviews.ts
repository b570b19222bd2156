import { ReviewForViewer } from "../../shared/nouns/review.ts";
import type { Client } from "./client.ts";
import { listOf } from "./nouns.ts";
import { apiPath } from "./paths.ts";

/** Reviews that the caller may decide, and their own. */
export const listReviews = (api: Client, signal?: AbortSignal) =>
  api.get(apiPath("reviews"), listOf("reviews", ReviewForViewer), { signal });

export type Ballot = { verdict: "approve" | "reject"; sha256: string; comment: string };

/** Votes on exactly the bytes with `sha256`; answers with the review after the vote. */
export const vote = (api: Client, review: string, ballot: Ballot) =>
  api.post(apiPath("reviews", review, "votes"), ballot, ReviewForViewer);
