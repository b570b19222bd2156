import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { Checkpoint, Entry, LedgerKeys } from "../../../shared/nouns/entry.ts";
import { bodyOf } from "../in-time.ts";
import { json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";

const pageEntries = 200;
/** The API's description cannot spell out "any JSON", which is a schema that names itself. */
const EntryBody = Entry.extend({ body: z.record(z.string(), z.unknown()).nullable() }).meta({ id: "Entry" });

export function ledgerRoutes(app: OpenAPIHono<Env>, { journal }: Rooms): void {
  app.openapi(
    signedIn(
      {
        method: "get",
        path: "/api/ledger",
        tags: ["Ledger"],
        summary: "Entries with their hashes, oldest first, and the checkpoints that sign them",
        request: {
          query: z.object({
            after: z.coerce.number().int().min(0).default(0),
            limit: z.coerce.number().int().min(1).max(1_000).default(pageEntries),
          }),
        },
        responses: {
          200: json(
            z.object({
              entries: z.array(EntryBody),
              checkpoints: z.array(Checkpoint.meta({ id: "Checkpoint" })),
              head: z.object({ seq: z.int(), hash: z.string() }),
            }),
            "A page",
          ),
        },
      },
      "ledger.read",
    ),
    async (context) => {
      const { after, limit } = context.req.valid("query");
      const [entries, checkpoints, head] = await Promise.all([
        journal.ledger.page(after, limit),
        journal.ledger.checkpoints(after, limit),
        journal.ledger.head(),
      ]);
      return context.json({ entries, checkpoints, head }, 200);
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/ledger/key",
      tags: ["Ledger"],
      summary: "Public keys of the ledger: keep them apart from what they verify",
      responses: { 200: json(LedgerKeys.meta({ id: "LedgerKeys" }), "All keys there were") },
    }),
    async (context) => context.json(await journal.ledger.keys(), 200),
  );

  app.openapi(
    signedIn(
      {
        method: "post",
        path: "/api/ledger/keys",
        tags: ["Ledger"],
        summary: "Puts a new signing key in force; the one before signs it into the ledger",
        responses: {
          201: json(
            z.object({ keyId: z.string(), seq: z.int() }),
            "The new key, and the entry that names it",
          ),
          ...refusals("journal_unavailable"),
        },
      },
      "ledger.rotate",
    ),
    async (context) => context.json(await journal.ledger.rotateKey(context.var.actor.id), 201),
  );

  app.openapi(
    signedIn(
      {
        method: "get",
        path: "/api/ledger/file",
        tags: ["Ledger"],
        summary: "The verifiable export: `npm run verify -- FILE`",
        request: { query: z.object({ after: z.coerce.number().int().min(0).default(0) }) },
        responses: {
          200: {
            content: { "application/x-ndjson": { schema: z.string() } },
            description: "Keys, entries and checkpoints",
          },
        },
      },
      "ledger.read",
    ),
    (context) => {
      const lines = journal.ledger.export({ after: context.req.valid("query").after });
      return context.body(bodyOf(context, lines), 200, {
        "content-type": "application/x-ndjson; charset=utf-8",
        "content-disposition": 'attachment; filename="ledger.jsonl"',
      }) as never;
    },
  );
}
