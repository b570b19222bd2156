import type { Migration } from "../database.ts";

/**
 * More of server/journal: the signing keys, sealed; bodies and recordings that retention removed; what is held back from
 * it; and how far the work that goes on in the background has come.
 */
export const evidence: Migration = {
  name: "061-evidence",
  up: `
    alter table ledger alter column body drop not null, add column body_hash text;
    alter table ledger_head add column key_id text;
    alter table ledger_keys add column sealed text;

    alter table recordings
      add column removed_at timestamptz,
      add column removed_by_rule text,
      add column bodies_removed_at timestamptz,
      add column held_at timestamptz,
      add column held_by text,
      add column held_because text;
    create index recordings_ended on recordings (ended_at) where ended_at is not null;

    create table journal_work (
      name text primary key,
      state text not null
    );

    create table evidence_findings (
      seq bigint not null,
      what text not null,
      session text,
      why text not null,
      found_at timestamptz not null,
      pass bigint not null,
      primary key (seq, what)
    );
  `,
};
