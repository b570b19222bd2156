import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { SessionId, TargetName } from "../../../shared/ids.ts";
import { Session } from "../../../shared/nouns/session.ts";
import { body, json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";
import { words } from "../words.ts";

const SessionBody = Session.meta({ id: "Session" });
const params = z.object({ id: SessionId });

export function sessionRoutes(app: OpenAPIHono<Env>, { gate, sessions }: Rooms): void {
  app.openapi(
    signedIn({
      method: "post",
      path: "/api/sessions",
      tags: ["Sessions"],
      summary: "Open a session on a target",
      request: {
        body: body(z.strictObject({ target: TargetName, reason: words(2_000).default("") })),
      },
      responses: {
        201: json(SessionBody, "The session"),
        ...refusals(
          "not_found",
          "invalid",
          "session_limit",
          "target_disabled",
          "blocked",
          "journal_unavailable",
        ),
      },
    }),
    async (context) => {
      const { target, reason } = context.req.valid("json");
      return context.json(await gate.open(context.var.actor, target, reason), 201);
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/sessions",
      tags: ["Sessions"],
      summary: "Your sessions, newest first",
      responses: { 200: json(z.object({ sessions: z.array(SessionBody) }), "At most 100") },
    }),
    async (context) => context.json({ sessions: await sessions.list(context.var.actor) }, 200),
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/sessions/{id}",
      tags: ["Sessions"],
      summary: "One of your sessions",
      request: { params },
      responses: { 200: json(SessionBody, "The session"), ...refusals("not_found") },
    }),
    async (context) =>
      context.json(await sessions.get(context.req.valid("param").id, context.var.actor), 200),
  );

  app.openapi(
    signedIn({
      method: "delete",
      path: "/api/sessions/{id}",
      tags: ["Sessions"],
      summary: "Close a session; whoever has the right `sessions.kill` ends anybody's",
      request: { params },
      responses: { 204: { description: "Closed: what ran in it was cancelled" }, ...refusals("not_found") },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const { actor } = context.var;
      await gate.end(id, actor);
      return context.body(null, 204);
    },
  );
}
