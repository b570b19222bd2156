import { Readable } from "node:stream";
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { errorCodes, Refusal, type ErrorCode } from "../../../shared/contract/errors.ts";
import { CommandId, SessionId } from "../../../shared/ids.ts";
import { Command, FileCommandInput, type FileCommand } from "../../../shared/nouns/command.ts";
import type { Received } from "../../gate/spool.ts";
import { createCollector } from "../collector.ts";
import { answer, waitSeconds, within } from "../command-answer.ts";
import { bodyOf } from "../in-time.ts";
import { createPresences } from "../presence.ts";
import { json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";

const CommandBody = Command.meta({ id: "Command" });
const params = z.object({ id: SessionId });
const path = z.string().min(1).max(4096);
const prefer = z.object({ prefer: z.string().max(200).optional() });
const binary = z.enum(["true", "false"]).default("false");
const bytes = z.string().meta({ format: "binary" });
const content = {
  content: { "text/plain": { schema: z.string() }, "application/octet-stream": { schema: bytes } },
  description:
    "The file: as a text with what is hidden masked, or with `binary=true` its bytes. `Sluice-Command` names the command, `Repr-Digest` the SHA-256 of what is sent (RFC 9530)",
};
const held = json(CommandBody, "`held`, or still `running`; `Location` is where to look");
const common = [
  "not_found",
  "invalid",
  "target_kind",
  "target_unreachable",
  "session_closed",
  "session_busy",
  "rate_limited",
  "blocked",
  "rejected",
  "expired",
  "withdrawn",
  "journal_unavailable",
] as const;
const downloads = [
  "file_not_found",
  "file_refused",
  "not_text",
  "too_large",
  "content_gone",
  "removed",
] as const;

/** Uploads of one actor that may be coming in at once: each holds a file open. */
const maxArriving = 16;

/** Files of SSH targets: each list, download and upload is a command, decided, hashed and recorded. */
export function fileRoutes(app: OpenAPIHono<Env>, { gate }: Pick<Rooms, "gate">): void {
  const presences = createPresences(maxArriving);
  app.openapi(
    signedIn({
      method: "get",
      path: "/api/sessions/{id}/files",
      tags: ["Files"],
      summary: "List a directory",
      description: "A relative path, and one in `~`, begins at the home of the host's user.",
      request: { params, query: z.object({ path: path.default(".") }), headers: prefer },
      responses: {
        200: json(CommandBody, "The command, with `result.entries`; at most 5,000"),
        202: held,
        ...refusals(...common),
      },
    }),
    async (context) => {
      const { id: session } = context.req.valid("param");
      const input = FileCommandInput.parse({ file: "list", ...context.req.valid("query") });
      const { actor } = context.var;
      const viewer = createCollector();
      const accepted = await gate.submit({ actor, session, input, viewer });
      const settled = await within(accepted.settled, waitSeconds(context.req.header("prefer")));
      const command = settled ?? (await gate.command(accepted.id, actor));
      return answer(context, settled ? viewer.fill(command) : command) as never;
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/sessions/{id}/files/content",
      tags: ["Files"],
      summary: "Download a file",
      description:
        "The answer begins once all of the file has been looked at, so that it is whole or a refusal. A caller that leaves before ends the download. One that is held answers 202: `GET /api/commands/{id}/content` gives it once it is approved.",
      request: { params, query: z.object({ path, binary }), headers: prefer },
      responses: { 200: content, 202: held, ...refusals(...common, ...downloads, "cancelled", "timeout") },
    }),
    async (context) => {
      const { id: session } = context.req.valid("param");
      const { path, binary } = context.req.valid("query");
      const input = FileCommandInput.parse({ file: "download", path, binary: binary === "true" });
      const { actor } = context.var;
      const accepted = await gate.submit({ actor, session, input });
      const leave = () => void gate.cancel(accepted.id, actor).catch(() => undefined);
      const { signal } = context.req.raw;
      signal.addEventListener("abort", leave, { once: true });
      await within(accepted.settled, waitSeconds(context.req.header("prefer"))).finally(() =>
        signal.removeEventListener("abort", leave),
      );
      return fetched(context, accepted.id);
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/commands/{id}/content",
      tags: ["Files"],
      summary: "What a download gave, as you were shown it",
      description: "A text for as long as its recording is kept; bytes for 15 minutes after the download.",
      request: { params: z.object({ id: CommandId }) },
      responses: {
        200: content,
        202: held,
        ...refusals("not_found", "blocked", "rejected", "expired", "withdrawn", "cancelled", ...downloads),
      },
    }),
    async (context) => fetched(context, context.req.valid("param").id),
  );

  app.openapi(
    signedIn({
      method: "put",
      path: "/api/sessions/{id}/files/content",
      tags: ["Files"],
      summary: "Upload a file, or ask for its review",
      description:
        "What is decided, and shown to reviewers, is the SHA-256 of the bytes that came; they wait at the gateway, and are written as a whole or not at all. With `Idempotency-Key` the same key, path and bytes answer with the same command. At most 64 MiB.",
      request: {
        params,
        query: z.object({ path }),
        headers: prefer.extend({ "idempotency-key": z.string().min(1).max(200).optional() }),
        body: { content: { "application/octet-stream": { schema: bytes } }, required: true },
      },
      responses: {
        200: json(CommandBody, "It ended: `completed`, or `failed` at the target"),
        202: held,
        ...refusals(...common, "too_large", "file_refused", "idempotency_conflict", "cancelled"),
      },
    }),
    async (context) => {
      const { id: session } = context.req.valid("param");
      const { path } = context.req.valid("query");
      const { actor } = context.var;
      const key = context.req.header("idempotency-key");
      const received = await receive(session, context);
      try {
        const input = FileCommandInput.parse({ file: "upload", path, content: received.content });
        const viewer = createCollector();
        const accepted = await gate.submit({ actor, session, input, key, viewer, content: received });
        const settled = await within(accepted.settled, waitSeconds(context.req.header("prefer")));
        const command = settled ?? (await gate.command(accepted.id, actor));
        return answer(context, settled ? viewer.fill(command) : command) as never;
      } finally {
        await received.drop();
      }
    },
  );

  async function receive(session: SessionId, context: Context<Env>): Promise<Received> {
    const { actor } = context.var;
    const over = new AbortController();
    if (presences.enter(actor.id, over.signal) === undefined)
      throw new Refusal("rate_limited", `${maxArriving} of your uploads are coming in already.`, {
        hint: "Wait for one to have come in.",
        extra: { retryAfterSeconds: 1 },
      });
    try {
      return await gate.receive(session, actor, arriving(context));
    } finally {
      over.abort();
    }
  }

  async function fetched(context: Context<Env>, id: CommandId): Promise<Response> {
    const { command, content } = await gate.content(id, context.var.actor);
    if (content === undefined) return withoutContent(context, command);
    const { about, binary, bytes } = content;
    return context.body(bodyOf(context, bytes), 200, {
      "content-type": binary ? "application/octet-stream" : "text/plain; charset=utf-8",
      "content-length": String(about.bytes),
      "content-disposition": `attachment; filename*=UTF-8''${encodedName(command)}`,
      "repr-digest": `sha-256=:${Buffer.from(about.sha256, "hex").toString("base64")}:`,
      "sluice-command": command.id,
    });
  }
}

/** The body as it comes. Whoever sends it may leave in the middle. */
async function* arriving(context: Context<Env>): AsyncGenerator<Uint8Array> {
  const { body } = context.req.raw;
  if (body === null) return;
  try {
    for await (const piece of Readable.fromWeb(body as never) as AsyncIterable<Uint8Array>) yield piece;
  } catch (cause) {
    throw new Refusal("cancelled", "The upload was cut off. Nothing of it was kept.", { cause });
  }
}

/** A download that gave nothing is no success, however well it was recorded. */
function withoutContent(context: Context<Env>, command: FileCommand): Response {
  const { state, error } = command;
  if (state !== "failed" && state !== "cancelled" && state !== "unknown") return answer(context, command);
  const code = error?.code;
  throw new Refusal(
    isErrorCode(code) ? code : state === "cancelled" ? "cancelled" : "target_refused",
    error?.message ?? "The download came to nothing.",
    { ...(error?.hint !== undefined && { hint: error.hint }), extra: { state, command: command.id } },
  );
}

const isErrorCode = (code: string | undefined): code is ErrorCode =>
  code !== undefined && Object.hasOwn(errorCodes, code);

/** RFC 8187, 3.2.1. */
const encodedName = ({ resolved }: FileCommand): string =>
  encodeURIComponent(resolved.slice(resolved.lastIndexOf("/") + 1)).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
