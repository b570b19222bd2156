import type { Migration } from "../database.ts";

/** What was asked is kept by its kind, for commands that are not SQL: server/journal. */
export const requests: Migration = {
  name: "069-requests",
  up: `
    update commands set asked = (jsonb_strip_nulls(jsonb_build_object(
      'request', jsonb_strip_nulls(jsonb_build_object(
        'kind', 'sql',
        'sql', sql,
        'maxRows', asked::jsonb->'maxRows',
        'rewritten', asked::jsonb->'rewritten')) || jsonb_build_object('parameters', asked::jsonb->'parameters'),
      'sha256', asked::jsonb->'sha256'))
      || case when asked::jsonb ? 'decision' then jsonb_build_object('decision', asked::jsonb->'decision') else '{}' end)::text
    where not asked::jsonb ? 'request';`,
};
