import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { Refusal } from "../../../shared/contract/errors.ts";
import { TargetName } from "../../../shared/ids.ts";
import { DiscoverInput, Discovery, Drift } from "../../../shared/nouns/discovery.ts";
import type { Target } from "../../../shared/nouns/target.ts";
import { body, json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";

const params = z.object({ name: TargetName });

export function discoveryRoutes(app: OpenAPIHono<Env>, { targets, discover }: Rooms): void {
  const known = async (name: string): Promise<Target> => {
    const target = await targets.get(name);
    if (!target) throw new Refusal("not_found", "There is no such target.");
    return target;
  };

  app.openapi(
    signedIn(
      {
        method: "post",
        path: "/api/targets/{name}/discover",
        tags: ["Classes"],
        summary: "Look at a sample of the columns without a class, and propose one where it is needed",
        request: { params, body: body(DiscoverInput.meta({ id: "DiscoverInput" })) },
        responses: {
          200: json(
            Discovery.meta({ id: "Discovery" }),
            "Proposals with counts and shapes, never with values",
          ),
          ...refusals(
            "not_found",
            "conflict",
            "catalog_unavailable",
            "target_unreachable",
            "target_refused",
            "timeout",
          ),
        },
      },
      "classes.edit",
    ),
    async (context) => {
      const target = await known(context.req.valid("param").name);
      return context.json(await discover(target, context.var.actor, context.req.valid("json")), 200);
    },
  );

  app.openapi(
    signedIn(
      {
        method: "get",
        path: "/api/targets/{name}/drift",
        tags: ["Classes"],
        summary:
          "Columns that appeared since somebody decided about their relation, and decisions whose column is gone",
        request: { params },
        responses: {
          200: json(Drift.meta({ id: "Drift" }), "By the catalog as read last"),
          ...refusals("not_found", "catalog_unavailable", "target_unreachable"),
        },
      },
      "classes.edit",
    ),
    async (context) => context.json(await targets.drift(await known(context.req.valid("param").name)), 200),
  );
}
