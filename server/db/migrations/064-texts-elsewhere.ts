import type { Migration } from "../database.ts";

/**
 * By which rule a session's texts went. What went before is taken up once more: reviews and the reasons of sessions
 * were left out.
 */
export const textsElsewhere: Migration = {
  name: "064-texts-elsewhere",
  up: `
    alter table recordings add column bodies_removed_by_rule text;
    update recordings set bodies_removed_at = null where bodies_removed_at is not null;
  `,
};
