import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { EvidenceStatus } from "../../../shared/nouns/evidence.ts";
import { bodyOf } from "../in-time.ts";
import { json, refusals, signedIn } from "../route.ts";
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

  app.openapi(
    signedIn(
      {
        method: "get",
        path: "/api/evidence/archive",
        tags: ["Evidence"],
        summary: "All evidence of a period as one tar file: `npm run verify -- FILE`",
        request: { query: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }) },
        responses: {
          200: {
            content: { "application/x-tar": { schema: z.string() } },
            description: "Keys, ledger, recordings, a summary for people and a signed manifest",
          },
          ...refusals("invalid", "too_large", "rate_limited", "journal_unavailable"),
        },
      },
      "evidence.export",
    ),
    async (context) => {
      const { from, to } = context.req.valid("query");
      const period = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
      const archive = await journal.evidence.archive(period, context.var.actor.id);
      return context.body(bodyOf(context, archive), 200, {
        "content-type": "application/x-tar",
        "content-disposition": `attachment; filename="evidence-${from.slice(0, 10)}-${to.slice(0, 10)}.tar"`,
      }) as never;
    },
  );
}
