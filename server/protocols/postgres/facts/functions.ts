import { immutableFunctions, stableFunctions, volatileFunctions } from "./generated/postgres.ts";

/** What a function of PostgreSQL's own can do outside the query that calls it. */
export type FunctionEffect = {
  /** One word for policies and people; undefined: nothing outside the query, though it may be volatile. */
  effect: string | undefined;
  /** It changes something: data, settings, the server, the world. */
  writes: boolean;
  /** Why its answer cannot be masked at the source, where it can hold column data. */
  reveals?: string;
};

const words = (text: string): string[] => text.trim().split(/\s+/);

type Group = { effect: string | undefined; writes: boolean; reveals?: string; names: string };

/**
 * Functions of pg_catalog with effects outside the query, by effect. Source: PostgreSQL 18, chapter 9.27 to 9.29
 * (administration, triggers, statistics), 35.4 (large objects), 9.15 (XML mapping), 51 (replication), and pg_proc.
 * Every volatile function has an entry, which a test holds; one that lacks it is opaque.
 */
const groups: Group[] = [
  {
    effect: "server-file",
    writes: true,
    reveals: "reads files of the server",
    names: `pg_read_file pg_read_file_old pg_read_binary_file pg_stat_file pg_ls_dir pg_ls_archive_statusdir pg_ls_logdir
      pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir pg_ls_tmpdir pg_ls_waldir
      pg_current_logfile pg_hba_file_rules pg_ident_file_mappings pg_show_all_file_settings lo_import lo_export`,
  },
  {
    effect: "large-object",
    writes: true,
    reveals: "reads or writes large objects, which carry no classes",
    names: `lo_close lo_creat lo_create lo_from_bytea lo_get lo_lseek lo_lseek64 lo_open lo_put lo_tell lo_tell64
      lo_truncate lo_truncate64 lo_unlink loread lowrite`,
  },
  {
    effect: "query-text",
    writes: false,
    reveals: "runs a query or reads a table named by a string",
    names: `query_to_xml query_to_xml_and_xmlschema query_to_xmlschema cursor_to_xml cursor_to_xmlschema table_to_xml
      table_to_xml_and_xmlschema table_to_xmlschema schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema
      database_to_xml database_to_xml_and_xmlschema database_to_xmlschema ts_stat ts_rewrite`,
  },
  {
    effect: "sleep",
    writes: false,
    names: "pg_sleep pg_sleep_for pg_sleep_until",
  },
  {
    effect: "advisory-lock",
    writes: false,
    names: `pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all
      pg_advisory_unlock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock
      pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared`,
  },
  {
    effect: "backend-control",
    writes: true,
    names: `pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old pg_log_backend_memory_contexts
      pg_stop_making_pinned_objects pg_promote pg_import_system_collations`,
  },
  // Cancels or ends what others run, which is what people do in an incident; the server itself goes on.
  { effect: "session-control", writes: true, names: "pg_cancel_backend pg_terminate_backend" },
  { effect: "settings", writes: true, names: "set_config" },
  { effect: "notify", writes: true, names: "pg_notify" },
  { effect: "sequence", writes: true, names: "nextval setval pg_nextoid" },
  {
    effect: "statistics",
    writes: true,
    names: `pg_stat_reset pg_stat_reset_backend_stats pg_stat_reset_replication_slot pg_stat_reset_shared
      pg_stat_reset_single_function_counters pg_stat_reset_single_table_counters pg_stat_reset_slru
      pg_stat_reset_subscription_stats pg_clear_attribute_stats pg_clear_relation_stats pg_restore_attribute_stats
      pg_restore_relation_stats`,
  },
  {
    effect: "column-statistics",
    writes: false,
    reveals: "decodes statistics, which hold column values",
    names: `pg_mcv_list_items pg_mcv_list_recv pg_mcv_list_send pg_dependencies_recv pg_dependencies_send
      pg_ndistinct_recv pg_ndistinct_send`,
  },
  {
    effect: "others-activity",
    writes: false,
    reveals: "shows what other sessions run",
    names: `pg_stat_get_activity pg_stat_get_backend_activity current_query pg_prepared_statement pg_cursor
      pg_listening_channels`,
  },
  {
    effect: "replication",
    writes: true,
    reveals: "reads or moves the write-ahead log, which holds every value",
    names: `pg_logical_slot_get_binary_changes pg_logical_slot_get_changes pg_logical_slot_peek_binary_changes
      pg_logical_slot_peek_changes pg_logical_emit_message pg_create_logical_replication_slot
      pg_create_physical_replication_slot pg_copy_logical_replication_slot pg_copy_physical_replication_slot
      pg_drop_replication_slot pg_replication_slot_advance pg_sync_replication_slots pg_replication_origin_advance
      pg_replication_origin_create pg_replication_origin_drop pg_replication_origin_session_reset
      pg_replication_origin_session_setup pg_replication_origin_xact_reset pg_replication_origin_xact_setup
      pg_backup_start pg_backup_stop pg_create_restore_point pg_switch_wal pg_wal_replay_pause pg_wal_replay_resume
      pg_log_standby_snapshot pg_export_snapshot pg_prepared_xact pg_wal_summary_contents`,
  },
  {
    effect: "schema-text",
    writes: false,
    names: `pg_get_expr pg_get_constraintdef pg_get_indexdef pg_get_viewdef pg_get_ruledef pg_get_triggerdef
      pg_get_functiondef pg_get_function_sqlbody pg_get_function_arg_default pg_get_function_arguments
      pg_get_partition_constraintdef pg_get_partkeydef pg_get_statisticsobjdef pg_get_statisticsobjdef_expressions
      obj_description col_description shobj_description`,
  },
  {
    effect: "maintenance",
    writes: true,
    names: `brin_desummarize_range brin_summarize_new_values brin_summarize_range gin_clean_pending_list
      pg_extension_config_dump`,
  },
  {
    effect: "row-address",
    writes: false,
    reveals: "reads a table named by a string",
    names: "currtid2",
  },
  {
    effect: "server-internals",
    writes: false,
    names: `pg_get_aios pg_get_backend_memory_contexts pg_get_loaded_modules
      pg_get_multixact_members pg_get_shmem_allocations pg_get_shmem_allocations_numa pg_get_wait_events
      pg_get_wal_replay_pause_state pg_get_wal_resource_managers pg_get_wal_summarizer_state pg_available_wal_summaries
      pg_control_checkpoint pg_control_init pg_control_recovery pg_control_system
      pg_isolation_test_session_is_blocked pg_config
      pg_replication_origin_progress pg_replication_origin_session_is_setup pg_replication_origin_session_progress
      pg_show_replication_origin_status pg_get_replication_slots pg_stat_get_wal_senders pg_stat_get_wal_receiver`,
  },
  // Given NULL it keeps a value beyond its row's memory (jsonfuncs.c, jsonb_set_lax), and prints from the second row on
  // whatever stands there by then.
  {
    effect: undefined,
    writes: false,
    reveals: "reads memory that it has given back, which may hold any value",
    names: "jsonb_set_lax",
  },
  // Volatile by nature, without an effect: random numbers, clocks, sizes, transaction ids, counters, and who waits for whom.
  {
    effect: undefined,
    writes: false,
    names: `pg_lock_status pg_blocking_pids pg_safe_snapshot_blocking_pids array_sample array_shuffle bernoulli system clock_timestamp timeofday gen_random_uuid uuidv4 uuidv7 random
      random_normal setseed currval lastval pg_get_sequence_data pg_sequence_last_value pg_collation_actual_version
      pg_database_collation_actual_version pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
      pg_database_size pg_indexes_size pg_relation_size pg_table_size pg_tablespace_size pg_total_relation_size
      pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available pg_last_committed_xact pg_last_wal_receive_lsn
      pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_notification_queue_usage pg_partition_ancestors
      pg_partition_tree pg_stat_clear_snapshot pg_stat_force_next_flush pg_stat_get_backend_io pg_stat_get_backend_wal
      pg_stat_get_io pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit
      pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time
      pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched
      pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated
      pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated pg_stat_have_stats pg_xact_commit_timestamp
      pg_xact_commit_timestamp_origin pg_xact_status txid_status`,
  },
];

/** Entry points of the server's own machinery (handlers, triggers, upgrade): nobody calls them in a query. */
const internals =
  /^(RI_FKey_|binary_upgrade_)|(_handler|handler|_validator|_inline_handler)$|^(amvalidate|dsnowball_init|dsnowball_lexize|suppress_redundant_updates_trigger|tsvector_update_trigger|tsvector_update_trigger_column|unique_key_recheck)$/;

const effects = new Map<string, FunctionEffect>(
  groups.flatMap(({ names, ...effect }) =>
    words(names).map((name): [string, FunctionEffect] => [name, effect]),
  ),
);

const volatility = new Map<string, "volatile" | "stable" | "immutable">([
  ...immutableFunctions.map((name): [string, "immutable"] => [name, "immutable"]),
  ...stableFunctions.map((name): [string, "stable"] => [name, "stable"]),
  ...volatileFunctions.map((name): [string, "volatile"] => [name, "volatile"]),
]);

/** A function of pg_catalog or information_schema: its worst variant; undefined where PostgreSQL has none so named. */
export function systemFunction(
  name: string,
):
  | { volatility: "immutable" | "stable" | "volatile"; known: boolean; effect: FunctionEffect | undefined }
  | undefined {
  const worst = volatility.get(name);
  if (worst === undefined) return undefined;
  const effect =
    effects.get(name) ?? (internals.test(name) ? { effect: "internal", writes: true } : undefined);
  return { volatility: worst, known: worst !== "volatile" || effect !== undefined, effect };
}

/** Every function of PostgreSQL's own, by name. */
export const listedSystemFunctions: readonly string[] = [...volatility.keys()];

/** Names that the table speaks of: for its test. */
export const listedFunctions: readonly string[] = [...effects.keys()];

/**
 * Functions of well-known extensions that act outside the query, by name: dblink, postgres_fdw, adminpack, file_fdw,
 * pg_stat_statements, pageinspect, pgrowlocks, pg_cron, aws_s3, pg_net and the untrusted languages' own.
 */
export function extensionEffect(extension: string | undefined, name: string): FunctionEffect | undefined {
  const network = { effect: "network", writes: true, reveals: "speaks with other servers" };
  if (
    /^dblink|^postgres_fdw/.test(name) ||
    /^(dblink|postgres_fdw|http|pg_net|aws_s3|aws_lambda|azure_storage|azure_ai)$/.test(extension ?? "")
  )
    return network;
  if (/^pg_file_|^pg_logdir_ls$/.test(name) || /^(adminpack|file_fdw|orafce)$/.test(extension ?? ""))
    return { effect: "server-file", writes: true, reveals: "reads or writes files of the server" };
  if (
    /^(pageinspect|pg_walinspect|pg_visibility|pgstattuple|pg_buffercache|pg_surgery)$/.test(extension ?? "")
  )
    return { effect: "raw-pages", writes: true, reveals: "reads stored pages past every mask" };
  if (extension === "pg_stat_statements")
    return { effect: "others-activity", writes: true, reveals: "shows what other sessions run" };
  if (/^(pg_cron|pgagent)$/.test(extension ?? "")) return { effect: "schedule", writes: true };
  return undefined;
}
