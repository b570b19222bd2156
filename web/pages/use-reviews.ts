import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import type { PortalEvent } from "../../shared/contract/frames.ts";
import { useApi, useMe, usePortalEvents } from "../api/portal.tsx";
import { listReviews } from "../api/reviews.ts";
import { setBadge } from "../frame/badges.ts";
import { sortReviews } from "./review-words.ts";

/** The caller's reviews, read again at each event about one. */
export function useReviews() {
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
  return useQuery({ queryKey: ["reviews"], queryFn: ({ signal }) => listReviews(api, signal) });
}

/** Keeps the number on the rail: held commands that this person may still decide. */
export function useReviewBadge(): void {
  const me = useMe();
  const { data } = useReviews();
  const waiting = sortReviews(data ?? [], me.id).decide.filter(({ mayVote }) => mayVote).length;
  useEffect(() => setBadge("/reviews", waiting), [waiting]);
}
