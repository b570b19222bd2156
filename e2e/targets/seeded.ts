import { appendFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { dataFolder, seededFolder, startGateway } from "./gateway.ts";

/**
 * The run's set-up: a demo starts once in an empty folder, and makes its shop, which takes more than most tests. The
 * gateways of the tests begin with copies of it.
 */
export default async function seed(): Promise<() => void> {
  const folder = dataFolder();
  const gateway = await startGateway({ dataDir: folder.path });
  await gateway.stop();
  const cluster = join(folder.path, "postgres", "cluster");
  if (existsSync(join(cluster, "postmaster.pid")))
    throw new Error(`PostgreSQL still runs:\n${gateway.log()}`);
  // It tells a server to start again at its last port, which only one of the copies could have.
  rmSync(join(cluster, "postmaster.opts"));
  // A copy's first commits would wait until all of it is on the disk. No test takes the power away.
  appendFileSync(join(cluster, "postgresql.auto.conf"), "fsync = off\n");
  process.env[seededFolder] = folder.path;
  return () => folder.remove();
}
