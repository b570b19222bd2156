import type { Migration } from "../database.ts";

/** Reviews whose text retention has removed: server/approval. */
export const reviewTexts: Migration = {
  name: "051-review-texts",
  up: `
    alter table reviews
      add column text_removed_at timestamptz,
      add column text_removed_by_rule text;
    create index reviews_worded on reviews (session, id) where text_removed_at is null;
  `,
};
