/**
 * The fixed SQL texts by which a catalog is read; PostgreSQL 13 to 18. Each answers one text column with one JSON
 * object per row. Everything is qualified and typed exactly, so that no object of the target's can stand in for a
 * built-in one. What the role has no privilege on is read too: masking has to know it.
 */

/** More relations, functions, types or operators than this are refused: the catalog is held in memory. */
export const maxObjects = 50_000;

/** The first oid that is not given out by initdb: extensions may put objects into pg_catalog itself. */
const firstUserOid = 16384;

const ours = (object: string, space = "n") =>
  `(${space}.nspname not in ('pg_catalog', 'information_schema') or ${object}.oid >= ${firstUserOid})
   and ${space}.nspname !~ '^pg_(toast|temp_|toast_temp_)'`;

const list = (select: string) => `coalesce((${select}), '[]'::pg_catalog.json)`;

/** Version, database, time, and the search path of this connection resolved to existing schemas. */
export const serverQuery = `
select pg_catalog.json_build_object(
  'serverVersion', pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
  'database', pg_catalog.current_database(),
  'readAt', pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()),
                               'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'searchPath', ${list(`
    select pg_catalog.json_agg(s.name order by s.place)
      from pg_catalog.unnest(pg_catalog.current_schemas(false)) with ordinality as s (name, place)
     where s.name <> 'pg_catalog' and s.name !~ '^pg_temp_'`)}
)::pg_catalog.text`;

// A generated column's dependencies hang on the column up to version 14 and on its pg_attrdef from 15.
const derivedFrom = `
  select pg_catalog.json_agg(distinct d.refobjsubid)
    from pg_catalog.pg_depend d
   where a.attgenerated <> '' and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
     and d.refobjid = a.attrelid and d.refobjsubid not in (0, a.attnum)
     and (d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = a.attrelid and d.objsubid = a.attnum
       or d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid =
          (select f.oid from pg_catalog.pg_attrdef f where f.adrelid = a.attrelid and f.adnum = a.attnum))`;

const columns = `
  select pg_catalog.json_agg(pg_catalog.json_build_object(
           'number', a.attnum, 'name', a.attname,
           'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'typeOid', a.atttypid::pg_catalog.int8,
           'notNull', a.attnotnull, 'hasDefault', a.atthasdef or a.attidentity <> '',
           'generated', a.attgenerated <> '', 'derivedFrom', ${list(derivedFrom)},
           'comment', pg_catalog.col_description(a.attrelid, a.attnum)) order by a.attnum)
    from pg_catalog.pg_attribute a
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`;

const namesOf = (relation: string, numbers: string) => `
  select pg_catalog.json_agg(a.attname order by k.place)
    from pg_catalog.unnest(${numbers}) with ordinality as k (number, place)
    join pg_catalog.pg_attribute a on a.attrelid = ${relation} and a.attnum = k.number`;

const primaryKey = `
  select (${namesOf("p.conrelid", "p.conkey")})
    from pg_catalog.pg_constraint p where p.conrelid = c.oid and p.contype = 'p'`;

const foreignKeys = `
  select pg_catalog.json_agg(pg_catalog.json_build_object(
           'name', f.conname, 'columns', (${namesOf("f.conrelid", "f.conkey")}),
           'references', pg_catalog.concat(rn.nspname, '.', r.relname),
           'referencedColumns', (${namesOf("f.confrelid", "f.confkey")})) order by f.conname)
    from pg_catalog.pg_constraint f
    join pg_catalog.pg_class r on r.oid = f.confrelid
    join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
   where f.conrelid = c.oid and f.contype = 'f'`;

const indexes = `
  select pg_catalog.json_agg(pg_catalog.json_build_object(
           'name', ic.relname, 'unique', i.indisunique,
           'columns', (select pg_catalog.json_agg(pg_catalog.pg_get_indexdef(i.indexrelid, k.number, true) order by k.number)
                         from pg_catalog.generate_series(1, i.indnkeyatts::pg_catalog.int4) as k (number)))
         order by ic.relname)
    from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid
   where i.indrelid = c.oid`;

const triggers = `
  select pg_catalog.json_agg(pg_catalog.json_build_object(
           'name', t.tgname, 'function', t.tgfoid::pg_catalog.int8,
           'definition', pg_catalog.pg_get_triggerdef(t.oid)) order by t.tgname)
    from pg_catalog.pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal`;

const dependsOn = `
  select pg_catalog.json_agg(pg_catalog.json_build_object('relation', d.relation, 'column', d.number)
                             order by d.relation, d.number)
    from (select distinct d.refobjid::pg_catalog.int8 as relation, d.refobjsubid as number
            from pg_catalog.pg_rewrite w
            join pg_catalog.pg_depend d
              on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
           where w.ev_class = c.oid and w.rulename = '_RETURN' and d.refobjid <> c.oid
             and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) d`;

const conditions = `
  select pg_catalog.json_agg(pg_catalog.json_build_object(
           'name', q.conname, 'columns', (${namesOf("q.conrelid", "q.conkey")}), 'excludes', q.contype = 'x')
         order by q.conname)
    from pg_catalog.pg_constraint q
   where q.conrelid = c.oid and q.contype in ('c', 'x') and pg_catalog.cardinality(q.conkey) > 0`;

const owned = (table: string, relation: string, oid = "oid") =>
  `select 'pg_catalog.${oid === "oid" ? table : "pg_class"}'::pg_catalog.regclass, o.${oid} from pg_catalog.${table} o where o.${relation} = c.oid`;

const runs = `
  select pg_catalog.json_agg(distinct d.refobjid::pg_catalog.int8)
    from (${[
      owned("pg_attrdef", "adrelid"),
      owned("pg_constraint", "conrelid"),
      owned("pg_index", "indrelid", "indexrelid"),
      owned("pg_rewrite", "ev_class"),
      owned("pg_policy", "polrelid"),
      owned("pg_trigger", "tgrelid"),
    ].join(" union all ")}) as x (class, object)
    join pg_catalog.pg_depend d on d.classid = x.class and d.objid = x.object
   where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid >= ${firstUserOid}`;

// Before version 14 a table that was never analysed says 0 rows in 0 pages.
const ownRows = (of: string) =>
  `case when ${of}.reltuples < 0 or ${of}.reltuples = 0 and ${of}.relpages = 0 then null else ${of}.reltuples end`;

// A partitioned table holds what its analysed leaves hold: a lower bound where some were never analysed.
const estimatedRows = `
  case when c.relkind = 'p' then
    (select pg_catalog.sum(${ownRows("l")})
       from pg_catalog.pg_partition_tree(c.oid::pg_catalog.regclass) p
       join pg_catalog.pg_class l on l.oid = p.relid where p.isleaf)
  else ${ownRows("c")} end`;

/** Every relation that can be named in a query, and composite types. */
export const relationsQuery = `
select pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
  'oid', c.oid::pg_catalog.int8, 'schema', n.nspname, 'name', c.relname,
  'kind', case c.relkind when 'r' then 'table' when 'p' then 'partitioned' when 'v' then 'view' when 'm' then 'matview'
                         when 'f' then 'foreign' when 'S' then 'sequence' else 'composite' end,
  'columns', ${list(columns)},
  'primaryKey', ${list(primaryKey)},
  'foreignKeys', ${list(foreignKeys)},
  'indexes', ${list(indexes)},
  'parents', ${list(`
    select pg_catalog.json_agg(i.inhparent::pg_catalog.int8 order by i.inhseqno)
      from pg_catalog.pg_inherits i where i.inhrelid = c.oid`)},
  'estimatedRows', coalesce(${estimatedRows}, -1),
  'conditions', (${conditions}),
  'runs', (${runs}),
  'hasRules', exists (select from pg_catalog.pg_rewrite w where w.ev_class = c.oid and w.rulename <> '_RETURN'),
  'hasRowSecurity', c.relrowsecurity,
  'triggers', ${list(triggers)},
  'definition', case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end,
  'dependsOn', ${list(dependsOn)},
  'comment', pg_catalog.obj_description(c.oid, 'pg_class')
))::pg_catalog.text
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') and ${ours("c")}
 order by n.nspname, c.relname
 limit ${maxObjects + 1}`;

const extensionOf = (table: string, object: string) => `
  select e.extname from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
   where d.classid = 'pg_catalog.${table}'::pg_catalog.regclass and d.objid = ${object} and d.deptype = 'e'
     and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass`;

const readable = `(l.lanname in ('sql', 'plpgsql') and p.prokind <> 'a')`;

/** PostgreSQL's own, that an aggregate may run without reaching further: pure ones, and the parts of its own aggregates. */
const isPlain = (fn: string) =>
  `${fn}.oid < ${firstUserOid} and (${fn}.provolatile = 'i' or ${fn}.proname ~ '_agg_[a-z_]*(transfn|finalfn)$')`;

/** Functions, procedures and aggregates that did not come with the server. */
export const functionsQuery = `
select pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
  'oid', p.oid::pg_catalog.int8, 'schema', n.nspname, 'name', p.proname,
  'arguments', pg_catalog.pg_get_function_arguments(p.oid),
  'returns', coalesce(pg_catalog.pg_get_function_result(p.oid), ''),
  'language', l.lanname,
  'kind', case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' when 'w' then 'window' else 'function' end,
  'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
  'definer', p.prosecdef,
  'returnsTrigger', p.prorettype in ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype),
  'body', case when ${readable} then coalesce(nullif(p.prosrc, ''), pg_catalog.pg_get_functiondef(p.oid)) end,
  'definition', case when ${readable} then pg_catalog.pg_get_functiondef(p.oid) end,
  'runs', ${list(`
    select pg_catalog.json_agg(distinct r.oid::pg_catalog.oid::pg_catalog.int8)
      from pg_catalog.pg_aggregate g,
           lateral (values (g.aggtransfn), (g.aggfinalfn), (g.aggcombinefn), (g.aggserialfn), (g.aggdeserialfn),
                           (g.aggmtransfn), (g.aggminvtransfn), (g.aggmfinalfn)) as r (oid)
     where g.aggfnoid = p.oid and r.oid::pg_catalog.oid <> 0
       and not exists (select from pg_catalog.pg_proc b where b.oid = r.oid and ${isPlain("b")})`)},
  'searchPath', (select pg_catalog.substr(o.setting, 13) from pg_catalog.unnest(p.proconfig) as o (setting)
                  where pg_catalog.starts_with(o.setting, 'search_path=')),
  'extension', (${extensionOf("pg_proc", "p.oid")})
))::pg_catalog.text
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_language l on l.oid = p.prolang
 where ${ours("p")}
 order by n.nspname, p.proname, p.oid
 limit ${maxObjects + 1}`;

// Immutable native code that came with the server or an extension reads no table: citext's = is as plain as text's.
// pg_trgm's % is stable for its threshold, a setting; without it here every remainder (7 % 3) would be user code.
const runsUserCode = (functionOid: string) => `exists (
  select from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang
   where p.oid = ${functionOid}
     and not (l.lanname in ('internal', 'c')
              and (p.provolatile = 'i' or (${extensionOf("pg_proc", "p.oid")}) = 'pg_trgm')
              and (p.oid < ${firstUserOid} or exists (${extensionOf("pg_proc", "p.oid")}))))`;

/** Operators as written (`===`) and casts (`cast(text as jsonb)`) that run code of the target's users. */
export const operatorsQuery = `
select pg_catalog.to_json(o.name)::pg_catalog.text
  from (select o.oprname::pg_catalog.text as name from pg_catalog.pg_operator o
         where o.oid >= ${firstUserOid} and ${runsUserCode("o.oprcode::pg_catalog.oid")}
        union
        select pg_catalog.concat('cast(', pg_catalog.format_type(k.castsource, null), ' as ',
                                 pg_catalog.format_type(k.casttarget, null), ')')
          from pg_catalog.pg_cast k where k.oid >= ${firstUserOid} and ${runsUserCode("k.castfunc")}) o
 order by 1
 limit ${maxObjects + 1}`;

/**
 * Types beside rows of relations and arrays; `hasCast`: a cast from or to one runs code of the target's users; `base`:
 * what a domain rests on, which may be a domain; `citext`: it is the extension's.
 */
export const typesQuery = `
select pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
  'oid', t.oid::pg_catalog.int8,
  'base', case when t.typtype = 'd' then pg_catalog.json_build_object(
            'type', pg_catalog.format_type(t.typbasetype, t.typtypmod), 'typeOid', t.typbasetype::pg_catalog.int8) end,
  'citext', t.typname = 'citext' and coalesce((${extensionOf("pg_type", "t.oid")}) = 'citext', false),
  'schema', n.nspname, 'name', t.typname,
  'kind', case t.typtype when 'b' then 'base' when 'c' then 'composite' when 'd' then 'domain' when 'e' then 'enum'
                         when 'r' then 'range' when 'm' then 'multirange' else 'pseudo' end,
  'hasCast', exists (select from pg_catalog.pg_cast k
                      where t.oid in (k.castsource, k.casttarget) and ${runsUserCode("k.castfunc")})
             or exists (select from pg_catalog.pg_constraint q
                          join pg_catalog.pg_depend d on d.objid = q.oid
                           and d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
                           and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                         where q.contypid = t.oid and ${runsUserCode("d.refobjid")})
))::pg_catalog.text
  from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
 where ${ours("t")}
   and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
   and not exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind <> 'c')
 order by n.nspname, t.typname
 limit ${maxObjects + 1}`;
