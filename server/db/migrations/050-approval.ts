import type { Migration } from "../database.ts";

/** Tables of server/approval. */
export const approval: Migration = {
  name: "050-approval",
  up: `select 1;`,
};
