import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { migrations } from "./migrations/all.ts";

/**
 * The store's connections. Each table has one owner, the room whose `store.ts` names its row type and uses
 * `kysely.withTables<...>()`; this file knows none of them.
 */
export type Database = {
  kysely: Kysely<unknown>;
  pool: pg.Pool;
  url: string;
  close(): Promise<void>;
};

/** One step of the store's schema. Names sort in the order in which they are applied, and never change. */
export type Migration = { name: string; up: string };

/** Connections that one gateway holds to its store, unless told otherwise. */
const defaultMaxConnections = 10;
const connectTimeoutMs = 5_000;
const statementTimeoutMs = 15_000;

/**
 * The store is asked the same few questions over and over, with arrays whose length the planner would otherwise look
 * at each time: planned once, they take a third of the time. None is large enough for compiling to pay.
 */
const storeSettings = "-c plan_cache_mode=force_generic_plan -c jit=off";

/** Opens a pool on the store. Connects lazily: a store that is down shows at the first query. */
export function openDatabase(url: string, options: { max?: number } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? defaultMaxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    application_name: "sluice",
    options: storeSettings,
  });
  // A lost connection is replaced by the pool, and a query that it breaks rejects. Without these listeners, one that is
  // lost while nobody asks it anything, in the pool or between two statements, would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return {
    kysely: new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }),
    pool,
    url,
    close: () => pool.end(),
  };
}

/** Any constant that no other program uses on this database: gateways that start together migrate one by one. */
const migrationLock = 0x51_01_ce;

/** Brings the store's schema up to date, in one transaction, under an advisory lock. */
export async function migrate(database: Database): Promise<void> {
  await database.kysely.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(transaction);
    await sql`create table if not exists migrations (name text primary key, at timestamptz not null default now())`.execute(
      transaction,
    );
    const done = await sql<{ name: string }>`select name from migrations`.execute(transaction);
    const applied = new Set(done.rows.map((row) => row.name));
    for (const migration of migrations) {
      if (applied.has(migration.name)) continue;
      await sql.raw(migration.up).execute(transaction);
      await sql`insert into migrations (name) values (${migration.name})`.execute(transaction);
    }
  });
}
