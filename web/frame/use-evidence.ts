import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { can } from "../../shared/can/can.ts";
import type { PortalEvent } from "../../shared/contract/frames.ts";
import { readEvidence } from "../api/evidence.ts";
import { useApi, useMe, usePortalEvents } from "../api/portal.tsx";

/** How the evidence stands, read again whenever that changes; without data for whoever may not know. */
export function useEvidence() {
  const api = useApi();
  const queries = useQueryClient();
  usePortalEvents(
    useCallback(
      (event: PortalEvent) => {
        if (event.type === "evidence.changed") void queries.invalidateQueries({ queryKey: ["evidence"] });
      },
      [queries],
    ),
  );
  return useQuery({
    queryKey: ["evidence"],
    queryFn: ({ signal }) => readEvidence(api, signal),
    enabled: can(useMe(), "evidence.read"),
  });
}
