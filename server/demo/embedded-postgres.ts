import type { ChildProcess } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  connect,
  failed,
  findPrograms,
  host,
  initialise,
  logTail,
  type Place,
  serverEnvironment,
  stopServer,
  superuser,
} from "./cluster.ts";
import { DemoError } from "./demo-error.ts";
import { kept } from "./kept.ts";
import { endOrphan, gatewayLock } from "./orphan.ts";
import { unprivileged } from "./unprivileged.ts";

/** A PostgreSQL of our own on loopback: the demo's store and its target. */
export type EmbeddedPostgres = {
  readonly host: string;
  readonly port: number;
  /** Connection string with the role's password. Default role: the superuser. */
  urlFor(database: string, role?: string): string;
  /** Each role's password follows from the kept secret; nobody needs to store it. */
  passwordOf: (role: string) => string;
  /** Resolves when the server has ended, asked or not. */
  readonly ended: Promise<void>;
  /** Fast shutdown: connections end, everything committed is on disk. */
  stop: () => Promise<void>;
};

const startWithinMs = 120_000;
const pollMs = 50;

const serverSettings = {
  listen_addresses: host,
  unix_socket_directories: "",
  max_connections: "150",
  shared_buffers: "128MB",
  effective_cache_size: "512MB",
  work_mem: "16MB",
  maintenance_work_mem: "128MB",
  // Durable, but without what replicas need: loading a new table then skips the log.
  wal_level: "minimal",
  max_wal_senders: "0",
  timezone: "UTC",
  log_timezone: "UTC",
  // An error's message and the statement it is about may hold personal data: neither is written down.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  jit: "off",
} as const;

/**
 * Starts the PostgreSQL of a data folder, made on first use. One gateway at a time: the living one holds an
 * advisory lock in it, which ends with the process however it dies; the server that a killed gateway left
 * behind is ended first. Throws DemoError where another gateway lives or the server does not start.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  log: (line: string) => void;
}): Promise<EmbeddedPostgres> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = realpathSync(options.dataDir);
  const folder = join(dataDir, "postgres");
  const programs = findPrograms();
  const account = unprivileged(folder, programs.postgres);
  const secret = kept(join(dataDir, "secrets", "postgres"), () => randomBytes(32).toString("hex"));
  const passwordOf = (role: string) => createHmac("sha256", secret).update(role).digest("base64url");
  const place: Place = {
    dataDir,
    cluster: join(folder, "cluster"),
    logFile: join(folder, "server.log"),
    programs,
    account,
    passwordOf,
    log: options.log,
  };

  const deadline = Date.now() + startWithinMs;
  for (;;) {
    await endOrphan(place, deadline);
    if (!existsSync(place.cluster)) await initialise(place, folder);
    const started = await launch(place, deadline);
    if (started !== undefined) return started;
    if (Date.now() > deadline) throw failed(place, "PostgreSQL did not start");
    await sleep(pollMs * 5);
  }
}

/** Starts the server and locks it. Undefined: something was in the way that may be gone at the next try. */
async function launch(place: Place, deadline: number): Promise<EmbeddedPostgres | undefined> {
  const port = await choosePort(place);
  const server = spawnServer(place, port);
  const state = { running: true };
  const ended = once(server, "close").then(
    () => void (state.running = false),
    () => void (state.running = false),
  );
  while (state.running && Date.now() < deadline) {
    const client = await connect(place, port);
    if (typeof client === "string") {
      await sleep(pollMs);
      continue;
    }
    try {
      await client.query("select pg_advisory_lock($1)", [gatewayLock]);
    } catch {
      // It was ended under us; the next try sees why.
      await client.end().catch(() => undefined);
      continue;
    }
    return {
      host,
      port,
      ended,
      passwordOf: place.passwordOf,
      urlFor: (database, role = superuser) =>
        `postgres://${role}:${place.passwordOf(role)}@${host}:${port}/${database}`,
      stop: async () => {
        await client.end().catch(() => undefined);
        if (state.running) await stopServer(place);
        await ended;
      },
    };
  }
  if (state.running) {
    await stopServer(place);
    throw failed(place, "PostgreSQL did not become ready in time");
  }
  const said = logTail(place);
  if (/lock file "postmaster.pid"|shared memory block|could not bind|address already in use/i.test(said))
    return undefined;
  throw failed(place, "PostgreSQL ended while it was starting");
}

/** A session of its own: the terminal's Ctrl-C is for the gateway, which ends the server when it has drained. */
function spawnServer(place: Place, port: number): ChildProcess {
  if (existsSync(place.logFile)) renameSync(place.logFile, `${place.logFile}.previous`);
  const log = openSync(place.logFile, "a", 0o600);
  const settings = Object.entries(serverSettings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  try {
    return place.account.spawn(
      place.programs.postgres,
      ["-D", place.cluster, "-p", String(port), ...settings],
      { detached: true, stdio: ["ignore", log, log], windowsHide: true, env: serverEnvironment() },
    );
  } finally {
    closeSync(log);
  }
}

/**
 * The port of the last start where it is free, else any: what was approved for a target is bound to its address, and
 * a restart should not change it. PostgreSQL keeps its last command line beside its data.
 */
async function choosePort(place: Place): Promise<number> {
  const options = join(place.cluster, "postmaster.opts");
  const [, last] = (existsSync(options) && /"-p" "(\d+)"/.exec(readFileSync(options, "utf8"))) || [];
  const port = (last !== undefined && (await freePort(Number(last)))) || (await freePort(0));
  if (port === undefined) throw new DemoError("There is no free port on 127.0.0.1");
  return port;
}

/** The port wanted, or for 0 any; undefined where it is taken. */
async function freePort(wanted: number): Promise<number | undefined> {
  const probe = createServer();
  try {
    await once(probe.listen(wanted, host), "listening");
  } catch {
    return undefined;
  }
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return address === null || typeof address === "string" ? undefined : address.port;
}
