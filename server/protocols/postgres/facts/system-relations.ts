import { systemRelations } from "./generated/postgres.ts";

/** What reading a relation of pg_catalog or information_schema can show. */
export type SystemRelation = {
  columns: readonly string[];
  /** One word for policies and people. */
  effect: string | undefined;
  /** Why it cannot be masked, where it holds column data or secrets. */
  reveals: string | undefined;
  /** Columns that show more than the rest does, by what they show. */
  parts: readonly Part[];
  /** False: not reviewed, and so opaque. */
  reviewed: boolean;
};

/** Columns of a system relation with an effect of their own; `reveals` where they cannot be masked. */
export type Part = { columns: readonly string[]; effect: string; reveals: string | undefined };

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Relations that hold values of other tables' columns, large objects, or secrets. */
const revealing: { names: string; effect: string; reveals: string }[] = [
  {
    names: "pg_statistic pg_statistic_ext_data pg_stats_ext pg_stats_ext_exprs",
    effect: "column-statistics",
    reveals: "holds most common values of columns",
  },
  {
    names: "pg_largeobject pg_largeobject_metadata",
    effect: "large-object",
    reveals: "holds large objects, which carry no classes",
  },
  {
    names: `pg_authid pg_shadow pg_user_mapping pg_user_mappings pg_subscription pg_foreign_server pg_foreign_table
      pg_foreign_data_wrapper pg_db_role_setting pg_hba_file_rules pg_ident_file_mappings pg_file_settings
      _pg_user_mappings user_mapping_options user_mappings _pg_foreign_servers foreign_server_options
      _pg_foreign_table_columns _pg_foreign_tables foreign_table_options _pg_foreign_data_wrappers
      foreign_data_wrapper_options`,
    effect: "credentials",
    reveals: "holds password hashes, connection options or server configuration",
  },
];

/**
 * Relations that show what is going on to whoever looks after the server, and in some columns more: the text of
 * statements with the values in it, addresses, values from samples. Who names the other columns reads numbers and states.
 */
const partly: { names: string; columns: string; effect: string; reveals?: string }[] = [
  {
    names: "pg_stat_activity",
    columns: "query",
    effect: "others-activity",
    reveals: "shows the statements of other sessions",
  },
  {
    names: "pg_stat_activity pg_stat_replication",
    columns: "client_addr client_hostname client_port",
    effect: "client-addresses",
  },
  {
    names: "pg_prepared_statements pg_cursors",
    columns: "statement",
    effect: "others-activity",
    reveals: "shows the text of statements",
  },
  { names: "pg_stat_ssl", columns: "client_dn client_serial issuer_dn", effect: "client-addresses" },
  { names: "pg_stat_gssapi", columns: "principal", effect: "client-addresses" },
  {
    names: "pg_stat_wal_receiver",
    columns: "conninfo",
    effect: "credentials",
    reveals: "shows how the server connects to another",
  },
  { names: "pg_stat_wal_receiver", columns: "sender_host sender_port", effect: "client-addresses" },
  {
    // How wide a column is and how often NULL tells of a hidden value too, where a table has few rows.
    names: "pg_stats",
    columns: `null_frac avg_width n_distinct most_common_vals most_common_freqs histogram_bounds correlation most_common_elems
      most_common_elem_freqs elem_count_histogram range_length_histogram range_empty_frac range_bounds_histogram`,
    effect: "column-statistics",
    reveals: "holds most common values of columns",
  },
];

/** Definitions that people wrote: constants in them are text of the schema. psql and every editor read them. */
const definitions = `pg_attrdef pg_constraint pg_index pg_indexes pg_rewrite pg_rules pg_views pg_matviews pg_proc
  pg_trigger pg_policy pg_policies pg_description pg_shdescription pg_seclabel pg_seclabels pg_shseclabel
  pg_statistic_ext pg_partitioned_table pg_event_trigger pg_publication_rel pg_publication_tables pg_aggregate
  check_constraints domain_constraints routines triggers views`;

/** Structure without values: names, numbers, rights, counters. */
const structure = `pg_class pg_attribute pg_type domains columns attributes parameters pg_aios pg_am pg_amop pg_amproc pg_auth_members pg_available_extension_versions
  pg_available_extensions pg_backend_memory_contexts pg_cast pg_collation pg_config pg_conversion pg_database
  pg_default_acl pg_depend pg_enum pg_extension pg_group pg_inherits pg_init_privs pg_language pg_locks pg_namespace
  pg_opclass pg_operator pg_opfamily pg_parameter_acl pg_prepared_xacts pg_publication pg_publication_namespace pg_range
  pg_replication_origin pg_replication_origin_status pg_replication_slots pg_roles pg_sequence pg_sequences pg_settings
  pg_shdepend pg_shmem_allocations pg_shmem_allocations_numa pg_stat_all_indexes pg_stat_all_tables pg_stat_archiver
  pg_stat_bgwriter pg_stat_checkpointer pg_stat_database pg_stat_database_conflicts pg_stat_io
  pg_stat_progress_analyze pg_stat_progress_basebackup pg_stat_progress_cluster pg_stat_progress_copy
  pg_stat_progress_create_index pg_stat_progress_vacuum
  pg_stat_recovery_prefetch pg_stat_replication_slots pg_stat_slru pg_stat_subscription pg_stat_subscription_stats pg_stat_sys_indexes
  pg_stat_sys_tables pg_stat_user_functions pg_stat_user_indexes pg_stat_user_tables pg_stat_wal
  pg_stat_xact_all_tables pg_stat_xact_sys_tables pg_stat_xact_user_functions pg_stat_xact_user_tables
  pg_statio_all_indexes pg_statio_all_sequences pg_statio_all_tables pg_statio_sys_indexes pg_statio_sys_sequences
  pg_statio_sys_tables pg_statio_user_indexes pg_statio_user_sequences pg_statio_user_tables pg_subscription_rel
  pg_tables pg_tablespace pg_timezone_abbrevs pg_timezone_names pg_transform pg_ts_config pg_ts_config_map pg_ts_dict
  pg_ts_parser pg_ts_template pg_user pg_wait_events
  administrable_role_authorizations applicable_roles character_sets check_constraint_routine_usage
  collation_character_set_applicability collations column_column_usage column_domain_usage column_options
  column_privileges column_udt_usage constraint_column_usage constraint_table_usage data_type_privileges
  domain_udt_usage element_types enabled_roles foreign_data_wrappers foreign_servers foreign_tables
  information_schema_catalog_name key_column_usage referential_constraints role_column_grants role_routine_grants
  role_table_grants role_udt_grants role_usage_grants routine_column_usage routine_privileges routine_routine_usage
  routine_sequence_usage routine_table_usage schemata sequences sql_features sql_implementation_info sql_parts
  sql_sizing table_constraints table_privileges tables transforms triggered_update_columns udt_privileges
  usage_privileges user_defined_types view_column_usage view_routine_usage view_table_usage`;

type Verdict = { effect: string | undefined; reveals: string | undefined };

const verdicts = new Map<string, Verdict>([
  ...words(structure).map((name): [string, Verdict] => [name, { effect: undefined, reveals: undefined }]),
  ...words(definitions).map((name): [string, Verdict] => [
    name,
    { effect: "schema-text", reveals: undefined },
  ]),
  ...revealing.flatMap(({ names, effect, reveals }) =>
    words(names).map((name): [string, Verdict] => [name, { effect, reveals }]),
  ),
  ...partly.flatMap(({ names }) =>
    words(names).map((name): [string, Verdict] => [name, { effect: undefined, reveals: undefined }]),
  ),
]);

const partsOf = (name: string): Part[] =>
  partly
    .filter(({ names }) => words(names).includes(name))
    .map(({ columns, effect, reveals }) => ({ columns: words(columns), effect, reveals }));

const known = new Map<string, SystemRelation>(
  systemRelations.map(([qualified = "", ...columns]) => {
    const name = qualified.slice(qualified.indexOf(".") + 1);
    const verdict = verdicts.get(name);
    return [
      qualified,
      {
        columns,
        effect: verdict?.effect,
        reveals: verdict?.reveals,
        parts: partsOf(name),
        reviewed: verdict !== undefined,
      },
    ];
  }),
);

/** A relation of pg_catalog or information_schema; undefined where PostgreSQL has none so named. */
export function systemRelation(schema: string, name: string): SystemRelation | undefined {
  return known.get(`${schema}.${name}`);
}

/** Every system relation with whether somebody reviewed it, and its parts: for the table's test. */
export const reviewedRelations: readonly (Pick<SystemRelation, "reviewed" | "parts"> & { name: string })[] = [
  ...known,
].map(([name, { reviewed, parts }]) => ({ name, reviewed, parts }));

/** All of them, as `schema.name`. */
export const listedSystemRelations: readonly string[] = [...known.keys()];
