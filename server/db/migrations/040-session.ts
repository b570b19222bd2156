import type { Migration } from "../database.ts";

/** Tables of server/session. */
export const session: Migration = {
  name: "040-session",
  up: `
    create table sessions (
      id text primary key,
      target text not null,
      kind text not null,
      actor text not null,
      actor_name text not null,
      actor_claims jsonb not null,
      reason text not null,
      opened_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz not null,
      closed_at timestamptz,
      closed_because text
    );
    create index sessions_open_by_actor on sessions (actor) where closed_at is null;
    create index sessions_open_by_target on sessions (target) where closed_at is null;`,
};
