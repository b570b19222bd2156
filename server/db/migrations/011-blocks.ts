import type { Migration } from "../database.ts";

/** Access that was taken back, while it is: the ledger tells who did and undid it. */
export const blocks: Migration = {
  name: "011-blocks",
  up: `
    create table actor_blocks (
      id text primary key,
      subject text not null unique,
      reason text not null,
      by_actor text not null,
      at timestamptz not null
    );`,
};
