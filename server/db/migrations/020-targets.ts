import type { Migration } from "../database.ts";

/** Tables of server/targets. */
export const targets: Migration = {
  name: "020-targets",
  up: `select 1;`,
};
