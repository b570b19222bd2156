import type { Migration } from "../database.ts";

/** Tables of server/targets. Revisions come from a sequence, so that a name used again never repeats one. */
export const targets: Migration = {
  name: "020-targets",
  up: `
    create sequence target_revisions as integer;
    create table targets (
      name text primary key,
      kind text not null,
      tags jsonb not null,
      address jsonb not null,
      username text not null,
      sealed jsonb,
      revision integer not null,
      disabled boolean not null,
      managed boolean not null,
      updated_at timestamptz not null
    );
    create table target_classes (
      target text primary key references targets (name) on delete cascade,
      map jsonb not null,
      managed boolean not null
    );
    create table classification (
      singleton boolean primary key default true check (singleton),
      classes jsonb not null,
      patterns jsonb not null,
      managed boolean not null
    );`,
};
