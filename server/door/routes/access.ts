import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { BlockId } from "../../../shared/ids.ts";
import { Block, PresentActor } from "../../../shared/nouns/block.ts";
import { body, json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";
import { words } from "../words.ts";

const BlockBody = Block.meta({ id: "Block" });
const PresentActorBody = PresentActor.meta({ id: "PresentActor" });
const reason = words(2_000).trim().min(1);

export function accessRoutes(app: OpenAPIHono<Env>, { blocks, gate, sessions }: Rooms): void {
  app.openapi(
    signedIn(
      {
        method: "get",
        path: "/api/blocks",
        tags: ["Access"],
        summary: "Whose access is taken back, the latest first",
        responses: { 200: json(z.object({ blocks: z.array(BlockBody) }), "Those in force") },
      },
      "actors.block",
    ),
    async (context) => context.json({ blocks: await blocks.list() }, 200),
  );

  app.openapi(
    signedIn(
      {
        method: "get",
        path: "/api/people",
        tags: ["Access"],
        summary: "Who has open sessions, whoever opened one last first",
        responses: { 200: json(z.object({ people: z.array(PresentActorBody) }), "At most 500") },
      },
      "actors.block",
    ),
    async (context) => context.json({ people: await sessions.present() }, 200),
  );

  app.openapi(
    signedIn(
      {
        method: "post",
        path: "/api/blocks",
        tags: ["Access"],
        summary: "Take somebody's access back",
        description:
          "Their sockets, sessions, running commands and waiting reviews end within two seconds, in every process, and no token of theirs is taken any more. `subject` is an actor's id, as the audit shows it, or a person, as reviews show it. An actor whose sessions are known is blocked as the person that they are: under every login, with the workloads that they own.",
        request: { body: body(z.strictObject({ subject: words(512).min(1), reason })) },
        responses: { 201: json(BlockBody, "The block"), ...refusals("invalid", "conflict") },
      },
      "actors.block",
    ),
    async (context) => {
      const asked = context.req.valid("json");
      return context.json(await gate.revoke(asked.subject, asked.reason, context.var.actor), 201);
    },
  );

  app.openapi(
    signedIn(
      {
        method: "post",
        path: "/api/blocks/{id}/lift",
        tags: ["Access"],
        summary: "Give access again; what was ended stays so",
        request: { params: z.object({ id: BlockId }), body: body(z.strictObject({ reason })) },
        responses: { 204: { description: "Lifted" }, ...refusals("not_found", "invalid") },
      },
      "actors.block",
    ),
    async (context) => {
      const { id } = context.req.valid("param");
      await gate.restore(id, context.req.valid("json").reason, context.var.actor);
      return context.body(null, 204);
    },
  );
}
