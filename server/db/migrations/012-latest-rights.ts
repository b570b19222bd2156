import type { Migration } from "../database.ts";

/** What the latest token of each actor said of them. */
export const latestRights: Migration = {
  name: "012-latest-rights",
  up: `
    create table actor_rights (
      actor text primary key,
      issued_at timestamptz not null,
      groups text[] not null,
      roles text[] not null
    );`,
};
