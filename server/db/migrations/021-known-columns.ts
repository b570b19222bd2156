import type { Migration } from "../database.ts";

/**
 * The columns of each target that people knew of when they last decided about classes: server/targets. `formerly`: names
 * that the relation had before, by its oid.
 */
export const knownColumns: Migration = {
  name: "021-known-columns",
  up: `
    create table known_columns (
      target text not null references targets (name) on delete cascade,
      relation text not null,
      oid bigint not null,
      formerly jsonb not null,
      columns jsonb not null,
      primary key (target, relation)
    );`,
};
