import type { Migration } from "../database.ts";

/** Recordings that are open, for those whose session has ended without them. */
export const unfinishedRecordings: Migration = {
  name: "080-unfinished-recordings",
  up: `
    create index recordings_unfinished on recordings (session) where ended_at is null;
  `,
};
