import { useQuery } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createAuthClient } from "../api/auth/create.ts";
import { loadConfig } from "../api/config.ts";
import { toUserError } from "../api/errors.ts";
import { BarePage } from "../frame/bare-page.tsx";
import { ErrorState } from "../ui/states.tsx";
import { createPortalRouter } from "./router.tsx";

async function start() {
  const config = await loadConfig();
  return createPortalRouter({ config, auth: await createAuthClient(config) });
}

/** Asks the gateway how to sign in, then hands over to the router. */
export function Boot() {
  const router = useQuery({
    queryKey: ["router"],
    queryFn: start,
    staleTime: Infinity,
    gcTime: Infinity,
    structuralSharing: false,
  });
  if (router.data !== undefined) return <RouterProvider router={router.data} />;
  return (
    <BarePage title="Sluice" busy={router.error === null}>
      {router.error === null ? null : (
        <ErrorState error={toUserError(router.error)} again={() => void router.refetch()} />
      )}
    </BarePage>
  );
}
