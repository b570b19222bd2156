import type { UserError } from "../api/errors.ts";

/** Why nothing more can be done in a session, and what to do next. */
export type SessionEnd = { message: string; hint?: string | undefined };

/** From what the gateway calls it (`closed`, `idle`, `killed`...), or from what refuses the connection. */
export const sessionEnd = (because: string | UserError): SessionEnd =>
  typeof because === "string"
    ? { message: closedWords(because) }
    : { message: because.message, hint: because.hint };

function closedWords(because: string): string {
  const words: Record<string, string> = {
    closed: "You closed this session.",
    expired: "This session's time is over.",
    idle: "This session ended because nothing happened in it for a while.",
    killed: "This session was ended by an administrator or auditor.",
    token: "Your sign-in ended, so this session ended. Sign in again.",
    revoked: "An administrator has taken your access back.",
    target: "This target was disabled or removed.",
    policy: "The policies were changed, and no longer let you in here.",
    recorder: "Recording failed, so the session ended.",
  };
  return words[because] ?? `This session ended: ${because}.`;
}
