import type { Migration } from "../database.ts";

/**
 * Tables of server/journal. What the ledger's hash covers is kept as the text that was hashed, so that nothing is
 * lost between a value and its print. JSON that the store never looks into is text for the same reason, and because
 * jsonb refuses `\u0000`.
 */
export const journal: Migration = {
  name: "060-journal",
  up: `
    create table ledger (
      seq bigint primary key,
      at text not null,
      kind text not null,
      actor text,
      session text,
      command text,
      body text not null,
      previous text not null,
      hash text not null
    );
    create index ledger_session on ledger (session, seq) where session is not null;

    create table ledger_head (
      one boolean primary key default true check (one),
      seq bigint not null,
      hash text not null
    ) with (fillfactor = 10);
    insert into ledger_head (seq, hash) values (0, repeat('0', 64));

    create table checkpoints (
      seq bigint primary key,
      hash text not null,
      at text not null,
      key_id text not null,
      signature text not null
    );

    create table ledger_keys (
      key_id text primary key,
      x text not null,
      since text not null
    );

    create sequence journal_processes as integer cycle;

    create table commands (
      id text collate "C" primary key,
      session text collate "C" not null,
      target text not null,
      actor text not null,
      actor_name text not null,
      state text not null,
      effect text,
      review text,
      sql text not null,
      submitted_at timestamptz not null,
      finished_at timestamptz,
      process integer not null,
      intent_seq bigint,
      outcome_seq bigint,
      asked text not null,
      ended text,
      words tsvector not null
    );
    create index commands_session on commands (session, id);
    create index commands_held on commands (id) where state = 'held';
    create index commands_running on commands (process) where state = 'running';
    create index commands_words on commands using gin (words);

    create table command_keys (
      session text collate "C" not null,
      key text not null,
      request text not null,
      command text not null,
      process integer not null,
      at timestamptz not null default now(),
      primary key (session, key)
    );

    create table recordings (
      session text collate "C" primary key,
      target text not null,
      actor text not null,
      actor_name text not null,
      file text not null,
      process integer not null,
      started_at timestamptz not null,
      ended_at timestamptz,
      events bigint not null default 0,
      bytes bigint not null default 0,
      hash text not null default repeat('0', 64),
      ledger_seq bigint not null default 0
    );
    create index recordings_actor on recordings (actor, session);
    create index recordings_target on recordings (target, session);
  `,
};
