/** Where an issuer sends the browser back to. The page there finishes the login. */
export const callbackPath = "/auth/callback";

/**
 * Signing in at an issuer. Tokens live in this tab's sessionStorage and in memory: never in localStorage, a URL or a
 * cookie.
 */
export type AuthClient = {
  /** Whether a login of this tab is at hand. Asks the issuer nothing. */
  signedIn(): Promise<boolean>;
  /** Leaves the page for the issuer's; `returnTo` is a path of ours. */
  signIn(returnTo: string): Promise<void>;
  /**
   * On the callback page: takes the issuer's answer and gives the `returnTo`. In the hidden frame of a silent renewal it
   * hands the answer to the page above and never returns. Throws UserError.
   */
  finish(): Promise<string>;
  /** A bearer token good for a while yet, renewed silently. Throws UserError `unauthenticated` where that fails. */
  token(): Promise<string>;
  /** Forgets the login here and at the issuer. */
  signOut(): Promise<void>;
};

/** True on the callback page in the hidden frame of a silent renewal, where nobody looks. */
export const inHiddenFrame = (): boolean => window.parent !== window;

/** For the hidden frame: its page stays as it is until the frame is taken away. */
export const neverReturns = (): Promise<never> => new Promise(() => undefined);

/** Only paths of ours are returned to. */
export function ownPath(path: unknown): string {
  return typeof path === "string" && /^\/(?![/\\])/u.test(path) ? path : "/";
}
