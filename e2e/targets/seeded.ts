import { rmSync } from "node:fs";
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
  // It tells a server to start again at its last port, which only one of the copies could have.
  rmSync(join(folder.path, "postgres", "cluster", "postmaster.opts"));
  process.env[seededFolder] = folder.path;
  return () => folder.remove();
}
