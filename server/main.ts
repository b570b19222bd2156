import { createHmac } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createAdaptorServer } from "@hono/node-server";
import { pino, type Logger } from "pino";
import { WebSocketServer } from "ws";
import { createApprovals } from "./approval/approvals.ts";
import type { Config, Secrets } from "./config/config.ts";
import { ConfigError, loadConfig } from "./config/load.ts";
import { migrate, openDatabase } from "./db/database.ts";
import { createNotifier } from "./db/notify.ts";
import { DemoError } from "./demo/demo-error.ts";
import { startDemo, type Demo } from "./demo/demo.ts";
import { issuerPath } from "./demo/issuer/issuer.ts";
import { createApp } from "./door/app.ts";
import { createMetrics } from "./door/metrics.ts";
import { maxFrameBytes } from "./door/sockets.ts";
import { createGate } from "./gate/gate.ts";
import { createSurvey } from "./gate/survey.ts";
import { createViewers } from "./gate/viewers.ts";
import { createIdentity } from "./identity/identity.ts";
import { createTickets } from "./identity/tickets.ts";
import { createJournal } from "./journal/journal.ts";
import { openRecordingFiles } from "./journal/recording-files.ts";
import { createSigner, keyFile } from "./journal/signer.ts";
import { readBodies } from "./masking/bodies.ts";
import { classify } from "./masking/classify.ts";
import { createPolicyStore } from "./policy/store.ts";
import { defaultBackendLimits } from "./protocols/postgres/connect/settings.ts";
import { createParser } from "./protocols/postgres/parse/parser.ts";
import { createSessions } from "./session/sessions.ts";
import { applyDeclaration } from "./targets/apply.ts";
import { parseDeclaration } from "./targets/declaration.ts";
import { isRefusedAddress } from "./targets/host.ts";
import { createTargets } from "./targets/targets.ts";
import { createVault } from "./vault/vault.ts";

const version = "0.1.0";
const sweepEveryMs = 1_000;
/** How long commands that run may take to end once the gateway is told to stop. */
const drainMs = 10_000;
const now = Date.now;
/** Steps that undo what was started, last first. */
type Undo = (() => unknown)[];

/** `lost` resolves when something that the gateway cannot live without has ended. */
type Running = { stop: () => Promise<void>; lost: Promise<void> };

/** Starts everything, in the order in which one thing needs another. */
async function start(config: Config, secrets: Secrets, log: Logger): Promise<Running> {
  const undo: Undo = [];
  const stop = async () => {
    for (const step of undo.splice(0).toReversed())
      try {
        await step();
      } catch (error) {
        log.error(error, "stopping");
      }
  };
  try {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    const demo =
      config.mode === "demo" ? await startDemo({ config, now, log: (line) => console.log(line) }) : undefined;
    if (demo) undo.push(demo.stop);
    await compose(demo ? { ...config, issuers: [demo.issuer.config] } : config, secrets, demo, log, undo);
    return { stop, lost: demo?.ended ?? new Promise<void>(() => {}) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function compose(
  config: Config,
  secrets: Secrets,
  demo: Demo | undefined,
  log: Logger,
  undo: Undo,
): Promise<void> {
  const onError = (error: unknown) => log.error(error);
  const sealingKeys = demo?.sealingKeys ?? secrets.sealingKeys;
  const database = openDatabase(demo?.storeUrl ?? secrets.storeUrl ?? "", {
    max: config.limits.storeConnections,
  });
  undo.push(database.close);
  await migrate(database);
  const notifier = await createNotifier(database);
  undo.push(notifier.close);

  const vault = createVault({ keys: sealingKeys, now });
  const approvals = createApprovals({ database, notifier, now });
  const policies = createPolicyStore({ database, notifier, now });
  undo.push(policies.close);
  const parser = createParser({ workers: config.limits.parserWorkers });
  undo.push(parser.close);
  const recordings = join(config.dataDir, "recordings");
  mkdirSync(recordings, { recursive: true, mode: 0o700 });
  const journal = await createJournal({
    database,
    notifier,
    recordings: await openRecordingFiles(recordings),
    signer: await createSigner(keyFile(config.dataDir)),
    now,
    onRecorderFailure: (session, error) => {
      log.error(error, "recording failed: the session ends");
      void sessions
        .close(session, "recorder")
        .then(() => journal.close(session, "recorder"))
        .catch(onError);
    },
    onError,
  });
  undo.push(journal.stop);
  const targets = createTargets({
    database,
    notifier,
    now,
    vault,
    readCatalog: (target) => survey.catalog(target),
    classifyRaw: async (raw, map, patterns) => classify(raw, map, patterns, await readBodies(raw, parser)),
  });
  undo.push(targets.close);
  const backendLimits = {
    ...defaultBackendLimits,
    statementTimeoutMs: config.limits.statementTimeoutMs,
    isRefusedAddress,
  };
  const survey = createSurvey({ approvals, vault, journal, backendLimits, now, sealed: targets.sealed });
  const sessions = createSessions({ database, notifier, now, limits: config.limits, onError });
  undo.push(sessions.stop);

  await declare(config, demo, { targets, policies }, log);
  await targets.reseal();

  const [{ key: secret }] = sealingKeys as [Secrets["sealingKeys"][number]];
  const tokenKey = (of: string) =>
    createHmac("sha256", secret).update(`mask token\0${of}`).digest("base64url");
  const viewers = createViewers();
  const gate = createGate({
    targets,
    parser,
    policies,
    approvals,
    journal,
    vault,
    sessions,
    viewers,
    notifier,
    survey,
    tokenKey,
    backendLimits,
    now,
    onError,
  });
  undo.push(gate.close);

  const stopping = new AbortController();
  const metrics = createMetrics({
    openSessions: async () => (await sessions.list()).length,
    ledgerHead: async () => (await journal.ledger.head()).seq,
  });
  const portal = join(dirname(fileURLToPath(import.meta.url)), "..", "web");
  const app = createApp({
    config,
    version,
    identity: createIdentity({ issuers: config.issuers, now }),
    tickets: createTickets({ database, now }),
    gate,
    targets,
    sessions,
    policies,
    approvals,
    journal,
    notifier,
    now,
    log: ({ error, method, path }) => log.error({ err: error, method, path }, "request failed"),
    notReady: async () => {
      if (stopping.signal.aborted) return ["the gateway is stopping"];
      return database.pool.query("select 1").then(
        () => [],
        () => ["the store gives no answer"],
      );
    },
    metrics,
    stopping: stopping.signal,
    portal: existsSync(join(portal, "index.html")) ? portal : undefined,
  });

  const server = await listen(config, app.fetch, demo);
  const sweeping = setInterval(() => void gate.sweep().catch(onError), sweepEveryMs);
  undo.push(async () => {
    stopping.abort();
    clearInterval(sweeping);
    server.close();
    const late = setTimeout(() => server.closeAllConnections(), drainMs);
    server.closeIdleConnections();
    await once(server, "close");
    clearTimeout(late);
    await journal.note({
      kind: "gateway.stopped",
      actor: null,
      session: null,
      command: null,
      body: { version },
    });
  });
  await journal.note({
    kind: "gateway.started",
    actor: null,
    session: null,
    command: null,
    body: { version, mode: config.mode },
  });
}

/** Applies the declarative file. The demo's is put there once: what people change in the portal stays. */
async function declare(
  config: Config,
  demo: Demo | undefined,
  {
    targets,
    policies,
  }: { targets: ReturnType<typeof createTargets>; policies: ReturnType<typeof createPolicyStore> },
  log: Logger,
): Promise<void> {
  const file = demo?.declaration.file ?? config.file;
  if (file === undefined) return;
  const readText = (path: string) => readFileSync(resolve(dirname(file), path), "utf8");
  const declaration = parseDeclaration(readText(file), {
    variables: demo?.declaration.variables ?? process.env,
    readText,
  });
  const managed = { managed: demo === undefined };
  if (demo !== undefined && (await policies.latest()) !== undefined) {
    for (const { name, input } of declaration.targets)
      if (await targets.get(name)) await targets.put(name, input, managed);
    return;
  }
  const putPolicies = (text: string) =>
    policies.put(text, { by: "declaration", comment: `From ${file.split("/").at(-1)}`, ...managed });
  for (const { part, refusal } of await applyDeclaration(declaration, { targets, putPolicies, managed }))
    log.error({ part, ...refusal.toProblem() }, "the declarative file could not be applied in full");
}

/** Listens. In the demo, paths of the issuer are its own; everything else is the door's. */
async function listen(
  config: Config,
  fetch: (request: Request) => unknown,
  demo: Demo | undefined,
): Promise<Server> {
  const isIssuers = (url = "") =>
    url === issuerPath || url.startsWith(`${issuerPath}/`) || url.startsWith(`${issuerPath}?`);
  const server = createAdaptorServer({
    fetch,
    websocket: {
      server: new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false }),
    },
    createServer: ((options: object, listener: RequestListener) =>
      createServer(options, (request: IncomingMessage, response) => {
        if (demo && isIssuers(request.url)) void demo.issuer.handle(request, response);
        else listener(request, response);
      })) as typeof createServer,
  }) as Server;
  server.listen(config.listen.port, config.listen.host);
  await once(server, "listening");
  return server;
}

const log = pino({
  level: process.env["SLUICE_LOG_LEVEL"] ?? "info",
  redact: ["*.password", "*.authorization"],
});
try {
  const { config, secrets } = loadConfig(process.env, process.cwd());
  log.level = config.logLevel;
  const { stop, lost } = await start(config, secrets, log);
  console.log(
    `Sluice is ready on ${config.publicUrl}${config.mode === "demo" ? " (demo: made-up people and data)" : ""}`,
  );
  let stopped: Promise<void> | undefined;
  const end = (code: number) => {
    stopped ??= stop().then(() => process.exit(code));
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => end(0));
  void lost.then(() => {
    if (stopped === undefined) log.fatal("the embedded PostgreSQL has ended: the gateway stops");
    end(1);
  });
} catch (error) {
  if (error instanceof ConfigError || error instanceof DemoError) console.error(error.message);
  else if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
    console.error("The port is taken. Stop what uses it, or choose another: PORT=8090 npm start");
  else log.fatal(error, "the gateway could not start");
  process.exit(1);
}
