import type { Migration } from "../database.ts";

/**
 * Tables of server/approval. `json`, not `jsonb`: what a reviewer saw is kept as it was written. `spent_at` is set
 * once, by the compare-and-swap that turns an approval into a Permit.
 */
export const approval: Migration = {
  name: "050-approval",
  up: `
    create table reviews (
      id text primary key,
      command text not null unique,
      session text not null,
      target text not null,
      tags json not null,
      state text not null check (state in ('pending', 'approved', 'rejected', 'expired', 'withdrawn')),
      requester text not null,
      requester_person text not null,
      requester_owner text,
      requested_by json not null,
      reason text not null,
      original text not null,
      sql text not null,
      visible text not null,
      parameters json not null,
      sha256 text not null,
      decision json not null,
      reviewer_groups text[] not null,
      impact json,
      opened_at timestamptz not null,
      expires_at timestamptz not null,
      decided_at timestamptz,
      redeem_by timestamptz,
      spent_at timestamptz check (spent_at is null or state = 'approved')
    );
    create index reviews_open on reviews (state, expires_at) where spent_at is null;
    create index reviews_opened on reviews (opened_at desc);
    create index reviews_session on reviews (session);
    create index reviews_requester on reviews (requester, state);

    create table review_votes (
      review text not null references reviews (id),
      person text not null,
      actor text not null,
      name text not null,
      groups text[] not null,
      verdict text not null check (verdict in ('approve', 'reject')),
      comment text not null,
      sha256 text not null,
      at timestamptz not null,
      primary key (review, person)
    );
  `,
};
