import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** A gateway process as production runs it, that dies and comes back. */
export type Gateway = {
  origin: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** As SIGTERM. */
  stop(): Promise<void>;
  /** How often it ended though nobody ended it. */
  lost(): number;
  /** The end of what it said. */
  log(): string;
};

const startWithinMs = 60_000;
const keptLog = 20_000;
/** The same for all gateways of a run, as for all replicas of an installation. */
const sealingKey = randomBytes(32).toString("base64");

export function createGateway(options: {
  program: string;
  port: number;
  settings: Record<string, string>;
}): Gateway {
  const { program, port, settings } = options;
  const origin = `http://localhost:${port}`;
  let child: ChildProcess | undefined;
  let isWanted = false;
  let lost = 0;
  let said = "";

  const isReady = () =>
    fetch(`${origin}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const launch = () => {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(SLUICE_|PG)|^(PORT|NODE_OPTIONS)$/.test(name),
    );
    const started = spawn(process.execPath, [program], {
      env: {
        ...Object.fromEntries(inherited),
        SLUICE_MODE: "production",
        SLUICE_PUBLIC_URL: origin,
        SLUICE_HOST: "127.0.0.1",
        SLUICE_SEALING_KEY: sealingKey,
        SLUICE_LOG_LEVEL: "error",
        PORT: String(port),
        ...settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [started.stdout, started.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-keptLog)));
    return started;
  };
  const end = async (signal: NodeJS.Signals) => {
    isWanted = false;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
  };

  return {
    origin,
    async start() {
      const deadline = Date.now() + startWithinMs;
      while (!(await isReady())) {
        if (Date.now() > deadline) throw new Error(`a gateway did not become ready:\n${said}`);
        // Without its store it refuses to start, and is started again, as any supervisor would.
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
          child = launch();
          child.once("close", () => {
            if (isWanted) lost++;
          });
        }
        await sleep(50);
      }
      isWanted = true;
    },
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    lost: () => lost,
    log: () => said,
  };
}
