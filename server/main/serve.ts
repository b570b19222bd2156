import { once } from "node:events";
import { existsSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  Server,
  type ServerResponse,
} from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAdaptorServer } from "@hono/node-server";
import type { Logger } from "pino";
import { WebSocketServer } from "ws";
import type { Config } from "../config/config.ts";
import { createApp } from "../door/app.ts";
import { createMetrics } from "../door/metrics.ts";
import { maxFrameBytes } from "../door/sockets.ts";
import { atMost } from "../gate/at-most.ts";
import { createGate } from "../gate/gate.ts";
import { createTerminals } from "../gate/terminals.ts";
import { createViewers } from "../gate/viewers.ts";
import { createRates } from "../identity/rates.ts";
import { createIdentity } from "../identity/identity.ts";
import { createTickets } from "../identity/tickets.ts";
import type { Foundation, Undo } from "./foundation.ts";

const sweepEveryMs = 1_000;
/** Requests of an actor that may come at once, as a multiple of those of a second. */
const burst = 5;
/**
 * How long a sender may take, for its headers and for all of a request (slow loris), how often that is looked at, and
 * how many connections there may be at all. One that nobody uses is kept for longer than proxies keep theirs, a minute:
 * what is sent over it just as the gateway closes it would be lost.
 */
const arrival = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 65_000,
};
const maxConnections = 8_192;
/**
 * Once the gateway is told to stop: how long requests, commands and terminals may go on; and how long what is stopped
 * then may take to say how it ended.
 */
const drainMs = 10_000;
const endMs = 5_000;

/** Something that answers paths of its own beside the door: the demo's issuer. */
export type Beside = {
  path: string;
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
};

/** Opens the gate and the door on a foundation, and listens. */
export async function serve(
  {
    config,
    version,
    log,
    beside,
  }: { config: Config; version: string; log: Logger; beside: Beside | undefined },
  foundation: Foundation,
  undo: Undo,
): Promise<void> {
  const { database, journal, sessions, now, onError } = foundation;
  const gate = createGate({ ...foundation, viewers: createViewers(), terminals: createTerminals() });
  undo.push(gate.close);
  const { badCredentialsPerMinute: bad, requestsPerSecond } = config.limits;
  const refused =
    bad === 0
      ? {}
      : {
          refused: createRates({
            perSecond: bad / 60,
            atOnce: bad,
            what: "tokens and tickets from your network were refused",
            now,
          }),
        };
  const requests = createRates({
    perSecond: requestsPerSecond,
    atOnce: requestsPerSecond * burst,
    what: "requests of yours",
    now,
  });
  const stopping = new AbortController();
  const portal = join(dirname(fileURLToPath(import.meta.url)), "..", "web");
  const app = createApp({
    ...foundation,
    config,
    version,
    gate,
    identity: createIdentity({ issuers: config.issuers, now, ...refused }),
    tickets: createTickets({ database, now, ...refused }),
    requests,
    metrics: createMetrics({
      openSessions: async () => (await sessions.list()).length,
      ledgerHead: async () => (await journal.ledger.head()).seq,
      evidence: journal.evidence.status,
      alarms: journal.evidence.alarms,
    }),
    log: ({ error, method, path }) => log.error({ err: error, method, path }, "request failed"),
    notReady: async () => {
      if (stopping.signal.aborted) return ["the gateway is stopping"];
      return database.pool.query("select 1").then(
        () => [],
        () => ["the store gives no answer"],
      );
    },
    stopping: stopping.signal,
    portal: existsSync(join(portal, "index.html")) ? portal : undefined,
  });

  const server = await listen(config, app.fetch, beside);
  // Each in its time: none waits for one before that puts away what takes long to end.
  const sweeps = new Set<Promise<void>>();
  const sweeping = setInterval(() => {
    const sweep: Promise<void> = gate
      .sweep()
      .catch(onError)
      .finally(() => sweeps.delete(sweep));
    sweeps.add(sweep);
  }, sweepEveryMs);
  const note = (kind: "gateway.started" | "gateway.stopped") =>
    journal.note({ kind, actor: null, session: null, command: null, body: { version, mode: config.mode } });
  undo.push(async () => {
    stopping.abort();
    clearInterval(sweeping);
    const closed = once(server, "close");
    server.close();
    server.closeIdleConnections();
    // Answers of what was stopped are still to be sent.
    const late = setTimeout(() => server.closeAllConnections(), drainMs + 2 * endMs);
    await Promise.all([gate.drain(drainMs, endMs), closed]);
    await atMost(endMs, sweeps);
    clearTimeout(late);
    await note("gateway.stopped");
  });
  await note("gateway.started");
}

async function listen(
  config: Config,
  fetch: (request: Request) => unknown,
  beside: Beside | undefined,
): Promise<Server> {
  const isBeside = (url = "") =>
    beside !== undefined &&
    (url === beside.path || url.startsWith(`${beside.path}/`) || url.startsWith(`${beside.path}?`));
  const create = (options: object, listener: RequestListener) =>
    createServer({ ...options, ...arrival }, (request, response) => {
      if (isBeside(request.url)) void beside?.handle(request, response);
      else listener(request, response);
    });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
  });
  const server = createAdaptorServer({
    fetch,
    websocket: { server: sockets },
    createServer: create as typeof createServer,
  });
  if (!(server instanceof Server)) throw new TypeError("the gateway listens by HTTP/1.1");
  server.maxConnections = maxConnections;
  server.listen(config.listen.port, config.listen.host);
  await once(server, "listening");
  return server;
}
