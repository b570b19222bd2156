import type { PortalConfig } from "../config.ts";
import type { AuthClient } from "./auth-client.ts";

/** MSAL for https issuers (Entra ID first); it refuses http, so the demo's issuer gets oidc-client-ts. Both are lazy. */
export async function createAuthClient(config: PortalConfig): Promise<AuthClient> {
  if (new URL(config.issuer).protocol === "https:") {
    const { createEntraClient } = await import("./entra.ts");
    return createEntraClient(config);
  }
  const { createOidcClient } = await import("./oidc.ts");
  return createOidcClient(config);
}
