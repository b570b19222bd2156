import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate, useRouteContext } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { createClient } from "../api/client.ts";
import { createEvents } from "../api/events.ts";
import { toUserError } from "../api/errors.ts";
import { Me } from "../api/nouns.ts";
import { PortalProvider, type Portal } from "../api/portal.tsx";
import { BarePage } from "../frame/bare-page.tsx";
import { ErrorState, Waiting } from "../ui/states.tsx";
import { useReviewBadge } from "../pages/use-reviews.ts";
import { useReviewNews } from "../pages/use-review-news.ts";
import { Help } from "../frame/help.tsx";
import { useShellKeys } from "../frame/keys.ts";
import { Palette } from "../frame/palette.tsx";
import { Rail } from "../frame/rail.tsx";

/** Everything behind the login: who this is, the live connection, the rail, and the page. */
export function Shell() {
  const { auth, config } = useRouteContext({ from: "__root__" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const api = useMemo(
    () =>
      createClient(auth.token, () => {
        // Once: other calls fail on the same cause.
        if (window.location.pathname !== "/sign-in")
          void navigate({
            to: "/sign-in",
            search: { to: window.location.pathname + window.location.search, ended: true },
          });
      }),
    [auth, navigate],
  );
  const events = useMemo(() => createEvents(api), [api]);
  useEffect(() => {
    // Whatever was fetched before a gap may be old.
    const unwatch = events.watch(() => {
      if (events.state === "live")
        void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "router" });
    });
    const stop = events.start();
    return () => {
      unwatch();
      stop();
    };
  }, [events, queries]);
  const me = useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => api.get("/api/me", Me, { signal }),
    staleTime: Infinity,
  });
  const problem = me.error === null ? undefined : toUserError(me.error);
  const portal = useMemo<Portal | undefined>(
    () => (me.data === undefined ? undefined : { config, auth, api, events, me: me.data }),
    [config, auth, api, events, me.data],
  );
  if (problem !== undefined && me.data === undefined)
    return (
      <BarePage title="Sluice">
        <ErrorState error={problem} again={() => void me.refetch()} />
      </BarePage>
    );
  if (portal === undefined)
    return (
      <BarePage title="Sluice" busy>
        <Waiting what="Asking the gateway who you are" />
      </BarePage>
    );
  return (
    <PortalProvider value={portal}>
      <Frame />
    </PortalProvider>
  );
}

function Frame() {
  useShellKeys();
  useReviewBadge();
  useReviewNews();
  return (
    <div className="shell">
      <Rail />
      <Outlet />
      <Palette />
      <Help />
    </div>
  );
}
