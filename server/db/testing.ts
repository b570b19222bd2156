import pg from "pg";
import { inject } from "vitest";
import { openDatabase, type Database } from "./database.ts";

/** A fresh database of its own for a test file, on the run's PostgreSQL; `migrate` gives it the store's schema. */
export async function freshDatabase(
  options: { migrate?: boolean } = {},
): Promise<{ url: string; database: Database; drop(): Promise<void> }> {
  const server = inject("postgresUrl");
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  const admin = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await admin(`create database ${name}${options.migrate ? ` template ${inject("storeTemplate")}` : ""}`);
  const address = new URL(server);
  address.pathname = `/${name}`;
  const database = openDatabase(address.href);
  return {
    url: address.href,
    database,
    async drop() {
      await database.close();
      await admin(`drop database if exists ${name} with (force)`);
    },
  };
}
