import { createContext, useCallback, useContext, useEffect, useSyncExternalStore } from "react";
import type { PortalEvent } from "../../shared/contract/frames.ts";
import type { AuthClient } from "./auth/auth-client.ts";
import type { Client } from "./client.ts";
import type { PortalConfig } from "./config.ts";
import type { UserError } from "./errors.ts";
import type { Live, PortalEvents } from "./events.ts";
import type { Me } from "./nouns.ts";

/** What every page of a signed-in person stands on. */
export type Portal = { config: PortalConfig; auth: AuthClient; api: Client; events: PortalEvents; me: Me };

const PortalContext = createContext<Portal | undefined>(undefined);
export const PortalProvider = PortalContext.Provider;

/** @throws outside the signed-in part of the portal, which is a fault of the caller's. */
export function usePortal(): Portal {
  const portal = useContext(PortalContext);
  if (portal === undefined) throw new Error("usePortal is for pages behind the login");
  return portal;
}

export function useApi(): Client {
  return usePortal().api;
}

export function useMe(): Me {
  return usePortal().me;
}

/** Whether what is shown is current. */
export function useLive(): Live {
  const { events } = usePortal();
  return useSyncExternalStore(
    useCallback((listener: () => void) => events.watch(listener), [events]),
    () => events.state,
  );
}

/** What says that this person's access was taken back; undefined while it was not. */
export function useRevoked(): UserError | undefined {
  const { events } = usePortal();
  return useSyncExternalStore(
    useCallback((listener: () => void) => events.watch(listener), [events]),
    () => events.revoked,
  );
}

/** Calls `listener` at each event; keep it stable with useCallback. */
export function usePortalEvents(listener: (event: PortalEvent) => void): void {
  const { events } = usePortal();
  useEffect(() => events.subscribe(listener), [events, listener]);
}
