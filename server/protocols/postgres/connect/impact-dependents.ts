/**
 * What rests on the relations of $1 (oids as text, separated by commas), and on what rests on them: views, foreign keys
 * of other tables, functions with a parsed body, policies, triggers, partitions and children. An object's own parts
 * (row type, indexes, defaults, TOAST) are no news. A rule stands for its view.
 */
export const dependentsQuery = `
with recursive asked as (
  select unnest(string_to_array($1, ',')::oid[]) as oid
), resting as (
  select 'pg_class'::regclass::oid as classid, oid as objid, 0 as depth from asked
  union
  select coalesce(view.classid, d.classid), coalesce(view.objid, d.objid), resting.depth + 1
  from resting
  join pg_catalog.pg_depend d on d.refclassid = resting.classid and d.refobjid = resting.objid
    and d.deptype in ('n', 'a', 'P', 'S')
  left join lateral (
    select 'pg_class'::regclass::oid as classid, r.ev_class as objid from pg_catalog.pg_rewrite r
    where d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
  ) view on true
  where resting.depth < 8
), found as (
  select classid, objid, min(depth) as depth from resting
  where not (classid = 'pg_class'::regclass and objid in (select oid from asked))
  group by classid, objid
)
select named.type || ' ' || named.identity
from found, lateral pg_catalog.pg_identify_object(found.classid, found.objid, 0) named
where case named.type
    when 'table constraint' then exists (
      select from pg_catalog.pg_constraint c
      where c.oid = found.objid and c.contype = 'f' and c.conrelid not in (select oid from asked))
    else named.type in ('view', 'materialized view', 'function', 'procedure', 'aggregate', 'policy', 'trigger', 'table', 'foreign table')
  end
order by found.depth, 1
limit $2::text::int`;
