import type { Migration } from "../database.ts";

/** Look-ups of hidden values by actor, in a ring of slots of time: as many rows for each actor as the ring has slots. */
export const lookups: Migration = {
  name: "041-lookups",
  up: `
    create table lookups (
      actor text not null,
      slot smallint not null,
      started_at timestamptz not null,
      looked_up integer not null,
      primary key (actor, slot)
    );`,
};
