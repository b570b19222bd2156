import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { createAuthClient } from "../api/auth/create.ts";
import { loadConfig } from "../api/config.ts";
import { toUserError, type UserError } from "../api/errors.ts";
import { ErrorState } from "../ui/states.tsx";
import { createPortalRouter } from "./router.tsx";

/** A refusal stays a refusal: only a lost connection is worth a second try. */
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => toUserError(error).code === "network" && failures < 2,
      refetchOnWindowFocus: false,
    },
  },
});

type Router = ReturnType<typeof createPortalRouter>;

/** Asks the gateway how to sign in, then hands over to the router. */
export function Boot() {
  const [router, setRouter] = useState<Router>();
  const [error, setError] = useState<UserError>();
  const start = useCallback(async () => {
    setError(undefined);
    try {
      const config = await loadConfig();
      const auth = await createAuthClient(config);
      setRouter(createPortalRouter({ config, auth }));
    } catch (reason) {
      setError(toUserError(reason));
    }
  }, []);
  useEffect(() => void start(), [start]);
  if (error !== undefined)
    return (
      <main className="centred">
        <ErrorState error={error} again={() => void start()} />
      </main>
    );
  if (router === undefined) return <main className="centred" aria-busy />;
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
