import type { Migration } from "../database.ts";

/** Until when a session's actor has shown a token, and who ended it. */
export const sessionEnds: Migration = {
  name: "042-session-ends",
  up: `
    alter table sessions add token_expires_at timestamptz, add closed_by text;
    update sessions set token_expires_at = (actor_claims->>'tokenExpiresAt')::timestamptz;
    alter table sessions alter token_expires_at set not null;`,
};
