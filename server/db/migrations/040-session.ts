import type { Migration } from "../database.ts";

/** Tables of server/session. */
export const session: Migration = {
  name: "040-session",
  up: `select 1;`,
};
