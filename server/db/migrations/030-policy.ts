import type { Migration } from "../database.ts";

/** Tables of server/policy. Versions are only ever added: history is what the past was decided by. */
export const policy: Migration = {
  name: "030-policy",
  up: `
    create table policy_versions (
      version integer primary key,
      text text not null,
      by text not null,
      comment text not null,
      managed boolean not null,
      at timestamptz not null
    );
  `,
};
