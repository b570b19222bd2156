import type { Migration } from "../database.ts";

/** Tables of server/identity. */
export const identity: Migration = {
  name: "010-identity",
  up: `
    create table tickets (
      hash bytea primary key,
      actor_id text not null,
      actor jsonb not null,
      purpose text not null,
      expires_at timestamptz not null
    );
    create index tickets_by_actor on tickets (actor_id);
    create index tickets_by_end on tickets (expires_at);`,
};
