import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import type { PortalEvent } from "../../shared/contract/frames.ts";
import { useApi, usePortalEvents } from "../api/portal.tsx";
import { listReviews, readReview, type ReviewFilter, type ReviewPage } from "../api/reviews.ts";
import { setBadge } from "../frame/badges.ts";
import type { Inbox } from "./review-words.ts";

const filters: Record<Inbox, ReviewFilter> = {
  decide: { state: "pending", asked: "others" },
  mine: { asked: "me" },
  decided: { state: "decided", asked: "others" },
};

const allOf = ({ pages }: InfiniteData<ReviewPage>) => pages.flatMap(({ reviews }) => reviews);

/** One list of the caller's reviews, page by page; what was read is read again at each event about a review. */
export function useReviews(inbox: Inbox) {
  const api = useApi();
  const queries = useQueryClient();
  usePortalEvents(
    useCallback(
      (event: PortalEvent) => {
        if (event.type.startsWith("review.")) void queries.invalidateQueries({ queryKey: ["reviews"] });
      },
      [queries],
    ),
  );
  return useInfiniteQuery({
    queryKey: ["reviews", "list", inbox],
    queryFn: ({ pageParam, signal }) => listReviews(api, filters[inbox], pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    select: allOf,
  });
}

/** A review by its id, whichever list it is in by now. */
export function useReview(id: string | undefined) {
  const api = useApi();
  return useQuery({
    queryKey: ["reviews", "one", id],
    queryFn: ({ signal }) => readReview(api, id ?? "", signal),
    enabled: id !== undefined,
  });
}

/** Keeps the number on the rail: held commands that this person may still decide. */
export function useReviewBadge(): void {
  const { data, hasNextPage } = useReviews("decide");
  const waiting = (data ?? []).filter(({ mayVote }) => mayVote).length;
  useEffect(() => setBadge("/reviews", waiting, hasNextPage), [waiting, hasNextPage]);
}
