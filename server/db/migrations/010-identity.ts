import type { Migration } from "../database.ts";

/** Tables of server/identity. */
export const identity: Migration = {
  name: "010-identity",
  up: `select 1;`,
};
