import type { Migration } from "../database.ts";

/** Tables of server/policy. */
export const policy: Migration = {
  name: "030-policy",
  up: `select 1;`,
};
