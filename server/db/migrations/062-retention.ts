import type { Migration } from "../database.ts";

/** What retention has yet to take up, by when its session ended: what it has done is not looked through again. */
export const retention: Migration = {
  name: "062-retention",
  up: `
    drop index recordings_ended;
    create index recordings_kept on recordings (ended_at) where ended_at is not null and removed_at is null;
    create index recordings_worded on recordings (ended_at)
      where ended_at is not null and bodies_removed_at is null;
  `,
};
