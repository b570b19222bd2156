import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { PortalEvent } from "../../shared/contract/frames.ts";
import { listBlocks, listPresent } from "../api/access.ts";
import { useApi, usePortalEvents } from "../api/portal.tsx";

/** Whose access is taken back, and who has open sessions; read again as either changes. */
export function useAccess() {
  const api = useApi();
  const queries = useQueryClient();
  usePortalEvents(
    useCallback(
      (event: PortalEvent) => {
        if (/^(access|session)\./u.test(event.type)) void queries.invalidateQueries({ queryKey: ["access"] });
      },
      [queries],
    ),
  );
  return {
    blocks: useQuery({ queryKey: ["access", "blocks"], queryFn: ({ signal }) => listBlocks(api, signal) }),
    present: useQuery({ queryKey: ["access", "present"], queryFn: ({ signal }) => listPresent(api, signal) }),
  };
}
