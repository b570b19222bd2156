import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import { ActorId } from "../../../shared/ids.ts";
import { rightsOf } from "../../../shared/can/can.ts";
import { Role } from "../../../shared/nouns/actor.ts";
import { body, json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";

const PublicConfig = z
  .object({
    version: z.string(),
    mode: z.enum(["demo", "production"]),
    issuer: z.string(),
    clientId: z.string(),
    scopes: z.array(z.string()),
    audience: z.string(),
    /** How the portal signs in: Entra ID's library, or any OpenID Connect provider. */
    kind: z.enum(["entra", "oidc"]),
    /** A session that nobody uses for this long ends. */
    sessionIdleMs: z.int(),
  })
  .meta({ id: "Config" });

const Me = z
  .object({
    id: ActorId,
    kind: z.enum(["human", "workload"]),
    name: z.string(),
    groups: z.array(z.string()),
    roles: z.array(Role),
    rights: z.array(z.string()),
    tokenExpiresAt: z.iso.datetime(),
  })
  .meta({ id: "Me" });

/** A WebSocket's path, without query: what a ticket is for. */
const Purpose = z.string().regex(/^\/api\/(sessions|recordings)\/ses_[0-9a-z]{26}\/(stream|live)$/);

const isEntra = (issuer: string) =>
  /^https:\/\/(login\.microsoftonline\.(com|us)|[^/]+\.ciamlogin\.com)\//.test(issuer);

export function aboutRoutes(app: OpenAPIHono<Env>, { config, version, tickets }: Rooms): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/api/config",
      tags: ["About"],
      summary: "How to sign in here",
      responses: { 200: json(PublicConfig, "Issuer, client and scopes") },
    }),
    (context) => {
      const [issuer] = config.issuers;
      return context.json(
        {
          version,
          mode: config.mode,
          issuer: issuer?.issuer ?? "",
          clientId: issuer?.clientId ?? "",
          scopes: issuer?.scopes ?? [],
          audience: issuer?.audience ?? "",
          kind: isEntra(issuer?.issuer ?? "") ? ("entra" as const) : ("oidc" as const),
          sessionIdleMs: config.limits.sessionIdleMs,
        },
        200,
      );
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/me",
      tags: ["About"],
      summary: "Who you are and what you may do in the portal",
      responses: { 200: json(Me, "The actor") },
    }),
    (context) => {
      const { id, kind, name, groups, roles, tokenExpiresAt } = context.var.actor;
      return context.json(
        { id, kind, name, groups, roles, rights: rightsOf(context.var.actor), tokenExpiresAt },
        200,
      );
    },
  );

  app.openapi(
    signedIn({
      method: "post",
      path: "/api/tickets",
      tags: ["About"],
      summary: "A single-use ticket for one WebSocket, good for 30 seconds",
      request: { body: body(z.strictObject({ purpose: Purpose })) },
      responses: {
        201: json(
          z.object({ ticket: z.string(), expiresAt: z.iso.datetime() }),
          "The ticket, for `?ticket=`",
        ),
        ...refusals("invalid", "rate_limited"),
      },
    }),
    async (context) =>
      context.json(await tickets.issue(context.var.actor, context.req.valid("json").purpose), 201),
  );
}
