import type { OpenAPIHono } from "@hono/zod-openapi";
import { EvidenceStatus } from "../../../shared/nouns/evidence.ts";
import { json, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";

export function evidenceRoutes(app: OpenAPIHono<Env>, { journal }: Rooms): void {
  app.openapi(
    signedIn(
      {
        method: "get",
        path: "/api/evidence",
        tags: ["Evidence"],
        summary: "Whether the evidence is whole, as the check in the background has found it",
        responses: {
          200: json(EvidenceStatus.meta({ id: "EvidenceStatus" }), "At most 20 findings, the first ones"),
        },
      },
      "evidence.read",
    ),
    async (context) => context.json(await journal.evidence.status(), 200),
  );
}
