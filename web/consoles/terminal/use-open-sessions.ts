import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { PortalEvent } from "../../../shared/contract/frames.ts";
import type { Session } from "../../../shared/nouns/session.ts";
import { listSessions } from "../../api/calls.ts";
import { useApi, usePortalEvents } from "../../api/portal.tsx";

/** One's open sessions in the order in which they were opened, with `shown` among them whatever its state. */
export function useOpenSessions(shown: Session): readonly Session[] {
  const api = useApi();
  const queries = useQueryClient();
  usePortalEvents(
    useCallback(
      (event: PortalEvent) => {
        if (event.type === "session.opened" || event.type === "session.closed")
          void queries.invalidateQueries({ queryKey: ["sessions"] });
      },
      [queries],
    ),
  );
  const { data = [] } = useQuery({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => listSessions(api, signal),
  });
  const open = data.filter(({ id, state }) => state === "open" && id !== shown.id);
  return [...open, shown].toSorted((a, b) => a.openedAt.localeCompare(b.openedAt));
}
