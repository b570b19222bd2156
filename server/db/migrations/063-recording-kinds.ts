import type { Migration } from "../database.ts";

/** The kind of target that a recording is of, told without opening its file; earlier ones tell it by their commands. */
export const recordingKinds: Migration = {
  name: "063-recording-kinds",
  up: `
    alter table recordings add column kind text not null default 'postgres';
    update recordings set kind = 'ssh' where session in (
      select session from commands where asked::json -> 'request' ->> 'kind' <> 'sql');
    alter table recordings alter column kind drop default;
  `,
};
