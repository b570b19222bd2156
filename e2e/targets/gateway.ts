import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "dist", "server", "main.js");
/** Seeding the demo's shop on a machine that does other work too. */
const startWithinMs = 120_000;
const stopWithinMs = 30_000;

/** The built gateway as a process of its own, in demo mode, on loopback. */
export type Gateway = {
  url: string;
  port: number;
  dataDir: string;
  pid: number;
  /** Everything that it has said so far, on both streams. */
  log(): string;
  /** As SIGTERM: drains, then ends. The data folder stays. */
  stop(): Promise<void>;
  /** As a crash: nothing is put away. */
  kill(): Promise<void>;
};

/** How a start ended that was not to succeed. */
export type Refused = { code: number | null; log: string };

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}

export type DataFolder = { path: string; remove(): void };

/** An empty data folder of its own, and what removes it. */
export function dataFolder(): DataFolder {
  const path = mkdtempSync(join(tmpdir(), "sluice-e2e-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Where `seeded.ts` says what it has made. */
export const seededFolder = "SLUICE_E2E_SEEDED";

/** A data folder of its own in which a demo has started before: its PostgreSQL and its shop are there. */
export function demoFolder(): DataFolder {
  const seeded = process.env[seededFolder];
  if (seeded === undefined) throw new Error(`${seededFolder} is set by the run's set-up`);
  const folder = dataFolder();
  // With owners: PostgreSQL takes no data of another account's.
  execFileSync("cp", ["-a", `${seeded}/.`, folder.path]);
  return folder;
}

/** The environment without what steers a gateway of the person's own. */
function environment(settings: Record<string, string>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(SLUICE_|PG)|^(PORT|NODE_OPTIONS)$/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...settings };
}

function launch(settings: Record<string, string>): {
  child: ChildProcess;
  log: () => string;
  ended: Promise<number | null>;
} {
  if (!existsSync(program)) throw new Error("dist/server is missing: npm run build");
  const child = spawn(process.execPath, [program], {
    cwd: tmpdir(),
    env: environment(settings),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const ended = once(child, "close").then(() => child.exitCode);
  return { child, log: () => said.join(""), ended };
}

/** Runs a gateway that refuses to start, with exactly these settings. */
export async function startRefused(settings: Record<string, string>): Promise<Refused> {
  const { child, log, ended } = launch(settings);
  const late = setTimeout(() => child.kill("SIGKILL"), startWithinMs);
  const code = await ended;
  clearTimeout(late);
  return { code, log: log() };
}

/** Starts a gateway in demo mode and waits until it is ready. The same folder and port continue an earlier one. */
export async function startGateway(options: {
  dataDir: string;
  port?: number;
  env?: Record<string, string>;
}): Promise<Gateway> {
  const port = options.port ?? (await freePort());
  const { child, log, ended } = launch({
    SLUICE_MODE: "demo",
    SLUICE_DATA: options.dataDir,
    PORT: String(port),
    ...options.env,
  });
  let running = true;
  void ended.then(() => (running = false));
  const url = `http://localhost:${port}`;
  const end = async (signal: NodeJS.Signals) => {
    if (!running) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
    await ended;
    clearTimeout(late);
  };
  const deadline = Date.now() + startWithinMs;
  while (!(await isReady(url))) {
    if (!running || Date.now() > deadline) {
      await end("SIGKILL");
      throw new Error(`the gateway did not become ready:\n${log()}`);
    }
    await sleep(100);
  }
  return {
    url,
    port,
    dataDir: options.dataDir,
    pid: child.pid ?? 0,
    log,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** Asked as often at once as it has connections to its store: the first calls of a test open none. */
const isReady = async (url: string) => {
  const asked = Array.from({ length: 10 }, () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return (await Promise.all(asked)).every(Boolean);
};
