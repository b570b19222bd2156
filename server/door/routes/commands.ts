import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { stream } from "hono/streaming";
import type { StreamingApi } from "hono/utils/stream";
import { CommandId, SessionId } from "../../../shared/ids.ts";
import { Command, CommandInput, ResultColumn, Row } from "../../../shared/nouns/command.ts";
import { can } from "../../../shared/can/can.ts";
import { createCollector } from "../collector.ts";
import { answer, maxWaitSeconds, waitSeconds, within } from "../command-answer.ts";
import { inTime, stallMs } from "../in-time.ts";
import { toRefusal } from "../problems.ts";
import { body, json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";

const CommandBody = Command.meta({ id: "Command" });
const params = z.object({ id: CommandId });
const sessionParams = z.object({ id: SessionId });
/** Rows of a result page. */
const pageRows = 1_000;

const ResultPage = z
  .object({ columns: z.array(ResultColumn), rows: z.array(Row), cursor: z.string().optional() })
  .meta({ id: "ResultPage" });

export function commandRoutes(
  app: OpenAPIHono<Env>,
  { gate, sessions, journal, stopping, log }: Rooms,
): void {
  app.openapi(
    signedIn({
      method: "post",
      path: "/api/sessions/{id}/commands",
      tags: ["Commands"],
      summary: "Run a command, or ask for its review",
      description:
        "With `Idempotency-Key` the same key and body answer with the same command, never a second run. `Prefer: wait=N` waits at most N seconds (60). With `Accept: application/x-ndjson` the recording's events are streamed, one a line, as they come; a last line `refused` carries the problem where the gateway could not end it well.",
      request: {
        params: sessionParams,
        headers: z.object({
          "idempotency-key": z.string().min(1).max(200).optional(),
          prefer: z.string().max(200).optional(),
        }),
        body: body(CommandInput.meta({ id: "CommandInput" })),
      },
      responses: {
        200: json(CommandBody, "It ran: `completed`, `failed` at the target, `cancelled`, or `unknown`"),
        202: json(CommandBody, "`held`, or still `running`; `Location` is where to look"),
        ...refusals(
          "not_found",
          "blocked",
          "masking_refused",
          "rejected",
          "expired",
          "withdrawn",
          "sql_unparseable",
          "sql_empty",
          "sql_too_large",
          "shell_unparseable",
          "shell_too_large",
          "target_kind",
          "parameters_mismatch",
          "runs_alone",
          "invalid",
          "idempotency_conflict",
          "session_closed",
          "session_busy",
          "rate_limited",
          "journal_unavailable",
          "parser_unavailable",
        ),
      },
    }),
    async (context) => {
      const { id: session } = context.req.valid("param");
      const { actor } = context.var;
      const input = context.req.valid("json");
      const key = context.req.header("idempotency-key");
      const collector = createCollector();
      const accepted = await gate.submit({ actor, session, input, key, viewer: collector });
      if (context.req.header("accept")?.includes("application/x-ndjson")) {
        context.header("content-type", "application/x-ndjson; charset=utf-8");
        context.header("location", `/api/commands/${accepted.id}`);
        const run = async (out: StreamingApi) => {
          // Whoever leaves, or takes nothing in for long, has no use for the rest.
          out.onAbort(() => void gate.cancel(accepted.id, actor).catch(() => undefined));
          const { socket } = context.env.incoming;
          // A body that just ended would look like a whole answer.
          collector.pass((line) => inTime(out.write(line), stallMs, () => socket.destroy()));
          await accepted.settled;
        };
        // The answer has begun: what ended it is its last line, as it would be a frame on a socket.
        return stream(context, run, async (error, out) => {
          const refusal = toRefusal(error);
          if (refusal.code === "internal") log({ error, method: "POST", path: context.req.path });
          await out.write(`${JSON.stringify({ type: "refused", problem: refusal.toProblem() })}\n`);
        }) as never;
      }
      const settled = await within(accepted.settled, waitSeconds(context.req.header("prefer")));
      const command = settled ?? (await gate.command(accepted.id, actor));
      return answer(context, settled ? collector.fill(command) : command) as never;
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/sessions/{id}/commands",
      tags: ["Commands"],
      summary: "A session's commands, newest first, without rows",
      request: { params: sessionParams, query: z.object({ before: CommandId.optional() }) },
      responses: {
        200: json(z.object({ commands: z.array(CommandBody) }), "At most 100"),
        ...refusals("not_found"),
      },
    }),
    async (context) => {
      const session = await sessions.get(context.req.valid("param").id, context.var.actor);
      const found = await journal.commands.list(session.id, { ...context.req.valid("query"), limit: 100 });
      return context.json({ commands: found.map(({ command }) => command) }, 200);
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/commands/{id}",
      tags: ["Commands"],
      summary: "A command as it stands; waits for a change with `waitSeconds`",
      request: {
        params,
        query: z.object({ waitSeconds: z.coerce.number().int().min(0).max(maxWaitSeconds).default(0) }),
      },
      responses: {
        200: json(CommandBody, "The command, with the first page of its result"),
        ...refusals("not_found"),
      },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const wait = context.req.valid("query").waitSeconds * 1_000;
      // Whoever waits while the gateway stops is told how it stands, and waits on at another.
      const over = new AbortController();
      const { signal } = over;
      for (const end of [context.req.raw.signal, stopping])
        end.addEventListener("abort", () => over.abort(), { once: true, signal });
      if (stopping.aborted) over.abort();
      const command = await gate.command(id, context.var.actor, wait, signal).finally(() => over.abort());
      return context.json(command, 200);
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/commands/{id}/result",
      tags: ["Commands"],
      summary: "A page of a command's rows, as they were shown to you",
      request: {
        params,
        query: z.object({
          cursor: z.string().max(40).optional(),
          statement: z.coerce.number().int().min(0).default(0),
          limit: z.coerce.number().int().min(1).max(10_000).default(pageRows),
        }),
      },
      responses: {
        200: json(ResultPage, "Rows, and the cursor of the next page where there is one"),
        ...refusals("not_found", "malformed"),
      },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const { cursor, statement, limit } = context.req.valid("query");
      await gate.own(id, context.var.actor);
      return context.json(await journal.resultPage(id, statement, cursor, limit), 200);
    },
  );

  app.openapi(
    signedIn({
      method: "delete",
      path: "/api/commands/{id}",
      tags: ["Commands"],
      summary: "Cancel at the target, or withdraw what is held",
      request: { params },
      responses: {
        202: json(CommandBody, "The command as it stands"),
        204: { description: "Somebody else's was told to end" },
        ...refusals("not_found", "already_decided"),
      },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const { actor } = context.var;
      const own = await gate.cancel(id, actor, can(actor, "sessions.kill"));
      return own ? context.json(await gate.command(id, actor), 202) : context.body(null, 204);
    },
  );
}
