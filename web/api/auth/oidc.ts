import { UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { PortalConfig } from "../config.ts";
import { UserError } from "../errors.ts";
import { callbackPath, inHiddenFrame, neverReturns, ownPath, type AuthClient } from "./auth-client.ts";

/** A token with less than this left is renewed before it is used. */
const renewBeforeSeconds = 60;

/**
 * Any OIDC issuer, also over http (the demo's on localhost): authorization code with PKCE, renewed by refresh token, or
 * without one in a hidden frame.
 */
export function createOidcClient(config: PortalConfig): AuthClient {
  const store = new WebStorageStateStore({ prefix: "sluice.login.", store: window.sessionStorage });
  const manager = new UserManager({
    authority: config.issuer,
    client_id: config.clientId,
    redirect_uri: `${window.location.origin}${callbackPath}`,
    silent_redirect_uri: `${window.location.origin}${callbackPath}`,
    post_logout_redirect_uri: `${window.location.origin}/sign-in`,
    response_type: "code",
    scope: config.scopes.join(" "),
    // RFC 8707: asks for a token made for this API. Only a URI can be a resource.
    ...(URL.canParse(config.audience) ? { resource: config.audience } : {}),
    // Without it, issuers drop offline_access.
    ...(config.scopes.includes("offline_access") ? { prompt: "consent" } : {}),
    userStore: store,
    stateStore: store,
    loadUserInfo: false,
    automaticSilentRenew: false,
    monitorSession: false,
  });
  let renewing: Promise<string> | undefined;
  const renew = async (): Promise<string> => {
    try {
      const user = await manager.signinSilent();
      if (user !== null) return user.access_token;
    } catch {
      // Whatever the issuer's reason, the login is over: said below.
    }
    await manager.removeUser();
    throw new UserError(
      "unauthenticated",
      "Your login has ended.",
      "Sign in again. Your queries stay in this tab.",
    );
  };
  return {
    signedIn: async () => (await manager.getUser()) !== null,
    signIn: (returnTo) => manager.signinRedirect({ state: ownPath(returnTo) }),
    finish: async () => {
      try {
        const user = await manager.signinCallback();
        if (inHiddenFrame()) return await neverReturns();
        return ownPath(user?.state);
      } catch (error) {
        throw new UserError(
          "unauthenticated",
          `The issuer did not sign you in: ${error instanceof Error ? error.message : "no reason given"}.`,
          "Go back and sign in again.",
        );
      }
    },
    token: async () => {
      const user = await manager.getUser();
      if (user === null) throw new UserError("unauthenticated", "You are not signed in.", "Sign in first.");
      if ((user.expires_in ?? 0) > renewBeforeSeconds) return user.access_token;
      renewing ??= renew().finally(() => (renewing = undefined));
      return renewing;
    },
    signOut: async () => {
      const user = await manager.getUser();
      if (user === null) return;
      await manager.signoutRedirect();
    },
  };
}
