import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { connect, type Place, stopServer } from "./cluster.ts";
import { DemoError } from "./demo-error.ts";

/** `SLUI` in ASCII: the advisory lock that a living gateway holds in the database `postgres`. */
export const gatewayLock = 0x53_4c_55_49;
/** A server younger than this may belong to a gateway that is just about to lock it. */
const youngMs = 3_000;
const pollMs = 50;

/**
 * Ends the server of this folder that still runs without a gateway. Throws DemoError where its gateway lives.
 * A server that is still starting or stopping is waited for.
 */
export async function endOrphan(place: Place, deadline: number): Promise<void> {
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
