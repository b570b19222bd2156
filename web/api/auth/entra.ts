import {
  createStandardPublicClientApplication,
  InteractionRequiredAuthError,
  ProtocolMode,
  type AccountInfo,
} from "@azure/msal-browser";
import { broadcastResponseToMainFrame } from "@azure/msal-browser/redirect-bridge";
import type { PortalConfig } from "../config.ts";
import { UserError } from "../errors.ts";
import { callbackPath, inHiddenFrame, neverReturns, ownPath, type AuthClient } from "./auth-client.ts";

/** Entra ID, and any issuer over https that MSAL can speak to in its OIDC mode. */
export async function createEntraClient(config: PortalConfig): Promise<AuthClient> {
  const redirectUri = `${window.location.origin}${callbackPath}`;
  const msal = await createStandardPublicClientApplication({
    auth: {
      clientId: config.clientId,
      authority: config.issuer,
      redirectUri,
      postLogoutRedirectUri: `${window.location.origin}/sign-in`,
      ...(config.kind === "oidc" ? { knownAuthorities: [new URL(config.issuer).host] } : {}),
    },
    cache: { cacheLocation: "sessionStorage" },
    system: { protocolMode: config.kind === "oidc" ? ProtocolMode.OIDC : ProtocolMode.AAD },
  });
  const account = (): AccountInfo | null => msal.getActiveAccount() ?? msal.getAllAccounts()[0] ?? null;
  const ended = () =>
    new UserError(
      "unauthenticated",
      "Your login has ended.",
      "Sign in again. Your queries stay in this tab.",
    );
  return {
    signedIn: async () => account() !== null,
    signIn: (returnTo) =>
      msal.loginRedirect({
        scopes: config.scopes,
        redirectUri,
        state: ownPath(returnTo),
        // Generic issuers drop offline_access without it.
        ...(config.kind === "oidc" ? { prompt: "consent" } : {}),
      }),
    finish: async () => {
      try {
        if (inHiddenFrame()) {
          await broadcastResponseToMainFrame();
          return await neverReturns();
        }
        const answer = await msal.handleRedirectPromise({ navigateToLoginRequestUrl: false });
        if (answer === null) return "/";
        msal.setActiveAccount(answer.account);
        return ownPath(answer.state);
      } catch (error) {
        throw new UserError(
          "unauthenticated",
          `Your organisation did not sign you in: ${error instanceof Error ? error.message : "no reason given"}.`,
          "Go back and sign in again.",
        );
      }
    },
    token: async () => {
      const current = account();
      if (current === null)
        throw new UserError("unauthenticated", "You are not signed in.", "Sign in first.");
      try {
        return (await msal.acquireTokenSilent({ scopes: config.scopes, account: current, redirectUri }))
          .accessToken;
      } catch (error) {
        if (error instanceof InteractionRequiredAuthError) throw ended();
        throw error;
      }
    },
    signOut: async () => {
      const current = account();
      if (current === null) return;
      await msal.logoutRedirect({
        account: current,
        ...(current.idToken === undefined ? {} : { idTokenHint: current.idToken }),
      });
    },
  };
}
