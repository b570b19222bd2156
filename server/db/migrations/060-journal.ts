import type { Migration } from "../database.ts";

/** Tables of server/journal. */
export const journal: Migration = {
  name: "060-journal",
  up: `select 1;`,
};
