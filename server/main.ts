import { mkdirSync } from "node:fs";
import { pino, type Logger } from "pino";
import { Refusal } from "../shared/contract/errors.ts";
import type { Config, Secrets } from "./config/config.ts";
import { ConfigError, loadConfig } from "./config/load.ts";
import { DemoError } from "./demo/demo-error.ts";
import { taskOf, tell, UsageError } from "./main/command-line.ts";
import { declare, declareDemo } from "./main/declare.ts";
import { logLines } from "./main/log-lines.ts";
import { lay, now } from "./main/foundation.ts";
import { serve } from "./main/serve.ts";
import { undoable } from "./main/undoable.ts";

const version = "0.1.0";

/** What starts gateways kills them half a minute after it asked them to stop, as a rule. */
const stopWithinMs = 28_000;

/** `lost` resolves when something that the gateway cannot live without has ended. */
type Running = { stop: () => Promise<void>; lost: Promise<void> };

/** Starts everything, in the order in which one thing needs another. */
async function start(config: Config, secrets: Secrets, log: Logger): Promise<Running> {
  let lost = new Promise<void>(() => {});
  const stop = await undoable(log, async (undo) => {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    // The demo's issuer is no part of production: it is not even loaded there.
    const { startDemo, issuerPath } =
      config.mode === "demo" ? await import("./demo/demo.ts") : { startDemo: undefined, issuerPath: "" };
    const demo = await startDemo?.({ config, now, log: (line) => console.log(line) });
    if (demo === undefined) {
      const foundation = await lay(config, secrets, log, undo);
      if (config.file !== undefined)
        tell(await declare({ file: config.file, variables: process.env }, foundation), log);
      await foundation.targets.reseal();
      return serve({ config, version, log, beside: undefined }, foundation, undo);
    }
    undo.push(demo.stop);
    lost = demo.ended;
    const foundation = await lay(config, demo, log, undo);
    tell(await declareDemo(demo.declaration, foundation), log);
    const beside = { path: issuerPath, handle: demo.issuer.handle };
    return serve(
      { config: { ...config, issuers: [demo.issuer.config] }, version, log, beside },
      foundation,
      undo,
    );
  });
  return { stop, lost };
}

const log = pino(
  {
    level: process.env["SLUICE_LOG_LEVEL"] ?? "info",
    redact: ["*.password", "*.authorization"],
  },
  logLines(process.stdout),
);
try {
  const task = taskOf(process.argv.slice(2));
  const { config, secrets } = loadConfig(process.env, process.cwd());
  log.level = config.logLevel;
  if (task !== undefined) process.exit(await task(config, secrets, log));
  const { stop, lost } = await start(config, secrets, log);
  const demo = config.mode === "demo" ? " (demo: made-up people and data)" : "";
  console.log(`Sluice is ready on ${config.publicUrl}${demo}`);
  let stopped: Promise<void> | undefined;
  const end = (code: number) => {
    stopped ??= stop().then(() => process.exit(code));
    setTimeout(() => {
      log.fatal("stopping took too long: the gateway ends as it is");
      process.exit(1);
    }, stopWithinMs).unref();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => end(0));
  void lost.then(() => {
    if (stopped === undefined) log.fatal("the embedded PostgreSQL has ended: the gateway stops");
    end(1);
  });
} catch (error) {
  if (error instanceof ConfigError || error instanceof DemoError || error instanceof UsageError)
    console.error(error.message);
  else if (error instanceof Refusal) console.error([error.message, error.hint].filter(Boolean).join(" "));
  else if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
    console.error("The port is taken. Stop what uses it, or choose another: PORT=8090 npm start");
  else log.fatal(error, "the gateway could not start");
  process.exit(error instanceof UsageError ? 2 : 1);
}
