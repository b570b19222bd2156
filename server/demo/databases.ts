import { Client } from "pg";
import type { EmbeddedPostgres } from "./embedded-postgres.ts";

/** The gateway's store, and the demo's target. */
export const storeDatabase = "sluice";
export const shopDatabase = "shop";
/** Owns the store and nothing else. */
export const storeRole = "sluice";
/** Owns the shop's objects; nobody signs in with it but the seed. */
export const shopOwner = "shop_owner";
/** The target's user. It inherits the owner's rights, so that an approved schema change runs, but cannot become it. */
export const shopUser = "shop_app";

const owners = { [storeDatabase]: storeRole, [shopDatabase]: shopOwner };

/**
 * Makes roles and databases that are not there, and gives each role its password again. No role may connect to
 * a database that is not its own, and none is a superuser.
 */
export async function prepareDatabases(postgres: EmbeddedPostgres): Promise<void> {
  const client = new Client({ connectionString: postgres.urlFor("postgres") });
  await client.connect();
  try {
    const roles = new Set(await names(client, "select rolname as name from pg_roles"));
    for (const role of [storeRole, shopOwner, shopUser]) {
      const verb = roles.has(role) ? "alter" : "create";
      await client.query(
        `${verb} role ${role} login password ${client.escapeLiteral(postgres.passwordOf(role))}`,
      );
    }
    await client.query(`grant ${shopOwner} to ${shopUser} with inherit true, set false`);
    const databases = new Set(await names(client, "select datname as name from pg_database"));
    for (const [database, owner] of Object.entries(owners))
      if (!databases.has(database)) await client.query(`create database ${database} owner ${owner}`);
    for (const database of ["postgres", ...Object.keys(owners)])
      await client.query(`revoke all on database ${database} from public`);
    await client.query(`grant connect, temporary on database ${shopDatabase} to ${shopUser}`);
  } finally {
    await client.end();
  }
}

async function names(client: Client, sql: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(sql);
  return rows.map(({ name }) => name);
}
