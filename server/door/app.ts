import { setMaxListeners } from "node:events";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { Refusal } from "../../shared/contract/errors.ts";
import { networkOf } from "../identity/rates.ts";
import {
  checkOrigin,
  dropUnread,
  limitBody,
  securityHeaders,
  refusePrototypeKeys,
  unlessUpload,
} from "./guard.ts";
import { invalid, onError } from "./problems.ts";
import type { Env, Rooms } from "./rooms.ts";
import { accessRoutes } from "./routes/access.ts";
import { aboutRoutes } from "./routes/about.ts";
import { commandRoutes } from "./routes/commands.ts";
import { discoveryRoutes } from "./routes/discovery.ts";
import { evidenceRoutes } from "./routes/evidence.ts";
import { eventRoutes } from "./routes/events.ts";
import { fileRoutes } from "./routes/files.ts";
import { ledgerRoutes } from "./routes/ledger.ts";
import { policyRoutes } from "./routes/policies.ts";
import { recordingRoutes } from "./routes/recordings.ts";
import { reviewRoutes } from "./routes/reviews.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { targetRoutes } from "./routes/targets.ts";
import { socketRoutes } from "./sockets.ts";
import { servePortal } from "./static.ts";

/** Paths of the API that answer without a token; sockets have tickets. */
const open = /^\/api\/(config|openapi\.json)$|^\/api\/(sessions|recordings)\/[^/]+\/(stream|live)$/;

/** The whole door: API, sockets, probes and the portal's files. */
export function createApp(rooms: Rooms): OpenAPIHono<Env> {
  const { config } = rooms;
  // Every open stream listens to it.
  setMaxListeners(0, rooms.stopping);
  const app = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.error);
    },
  });
  app.onError(onError(rooms.log));
  app.notFound((context) =>
    onError(rooms.log)(new Refusal("not_found", "There is nothing here for you."), context),
  );

  app.use(dropUnread);
  app.use(rooms.metrics.middleware);
  app.use(
    securityHeaders({
      issuerOrigins: config.issuers.map(({ issuer }) => new URL(issuer).origin),
      secure: config.publicUrl.startsWith("https:"),
    }),
  );
  app.use(checkOrigin(config));
  app.use("/api/*", unlessUpload(limitBody(config.limits.maxBodyBytes)));
  app.use("/api/*", authenticate(rooms));
  app.put("/api/*", unlessUpload(refusePrototypeKeys));

  probes(app, rooms);
  aboutRoutes(app, rooms);
  targetRoutes(app, rooms);
  discoveryRoutes(app, rooms);
  sessionRoutes(app, rooms);
  commandRoutes(app, rooms);
  fileRoutes(app, rooms);
  reviewRoutes(app, rooms);
  recordingRoutes(app, rooms);
  ledgerRoutes(app, rooms);
  evidenceRoutes(app, rooms);
  policyRoutes(app, rooms);
  accessRoutes(app, rooms);
  eventRoutes(app, rooms);
  socketRoutes(app, rooms);
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  const description = {
    openapi: "3.1.0",
    info: {
      title: "Sluice",
      version: rooms.version,
      description: "One API for agents, scripts and the portal.",
    },
    servers: [{ url: config.publicUrl }],
  };
  app.get("/api/openapi.json", (context) => context.json(app.getOpenAPI31Document(description)));
  app.all("/api/*", () => {
    throw new Refusal("not_found", "There is nothing here for you.");
  });
  if (rooms.portal !== undefined) servePortal(app, rooms.portal);
  return app;
}

/**
 * Turns the bearer token into an Actor, for every path of the API that is not open. A token lets its actor's sessions
 * go on, whatever it is shown for.
 */
function authenticate({
  identity,
  blocks,
  rights,
  approvals,
  sessions,
  requests,
}: Rooms): MiddlewareHandler<Env> {
  return async function authentication(context, next) {
    if (open.test(context.req.path)) return next();
    const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(context.req.header("authorization") ?? "") ?? [];
    if (token === undefined)
      throw new Refusal("unauthenticated", "This needs a bearer token.", {
        hint: "Send Authorization: Bearer TOKEN; GET /api/config names the issuer.",
      });
    // A request that did not come over a connection of its own has no address.
    const claimed = await identity.authenticate(token, networkOf(context.env.incoming?.socket.remoteAddress));
    requests.check(claimed.id);
    requests.spend(claimed.id);
    await blocks.admit(claimed);
    const { actor, isLatest } = await rights.of(claimed);
    await Promise.all([isLatest && approvals.heard(actor), sessions.renew(actor)]);
    context.set("actor", actor);
    return next();
  };
}

function probes(app: OpenAPIHono<Env>, rooms: Rooms): void {
  app.get("/healthz", (context) => context.json({ status: "alive" }));
  app.get("/readyz", async (context) => {
    const reasons = await rooms.notReady();
    return context.json(
      { status: reasons.length === 0 ? "ready" : "not ready", reasons },
      reasons.length === 0 ? 200 : 503,
    );
  });
  app.get("/metrics", async (context) =>
    context.text(await rooms.metrics.text(), 200, { "content-type": "text/plain; version=0.0.4" }),
  );
}
