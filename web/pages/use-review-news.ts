import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import type { PortalEvent } from "../../shared/contract/frames.ts";
import { useApi, useMe, usePortalEvents } from "../api/portal.tsx";
import { readReview } from "../api/reviews.ts";
import { notify } from "../frame/notices.ts";
import { toast } from "../ui/toast.tsx";
import { reviewNews } from "./review-news.ts";

/** Tells of reviews wherever in the portal one is, and beyond it: decisions on one's own, and what one may decide. */
export function useReviewNews(): void {
  const api = useApi();
  const me = useMe();
  const navigate = useNavigate();
  usePortalEvents(
    useCallback(
      (event: PortalEvent) => {
        if (event.type !== "review.opened" && event.type !== "review.closed") return;
        const tell = async () => {
          const review = await readReview(api, event.review);
          const news = reviewNews(event.type, review, me.id);
          if (news === undefined) return;
          const { to, verdict, title, body } = news;
          const open = () =>
            void ("review" in to
              ? navigate({ to: "/reviews", search: { review: to.review } })
              : navigate({ to: "/work/$session", params: to }));
          notify({ about: `${review.id} ${event.type}`, title, body, open });
          // The rail counts what waits; a session's own page tells what becomes of its commands.
          if ("session" in to && !isShown(to.session))
            toast({ verdict, title, message: body, action: { word: "Show", run: open } });
        };
        // What cannot be read now is in the lists, which are read again.
        tell().catch(() => undefined);
      },
      [api, me.id, navigate],
    ),
  );
}

/** On the page of work, alone or beside another. */
const isShown = (session: string): boolean =>
  window.location.pathname.startsWith("/work/") &&
  `${window.location.pathname}${window.location.search}`.includes(session);
