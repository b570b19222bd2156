import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { can } from "../../../shared/can/can.ts";
import { Refusal } from "../../../shared/contract/errors.ts";
import { SessionId } from "../../../shared/ids.ts";
import type { Actor } from "../../../shared/nouns/actor.ts";
import { FoundRecording, Keeping } from "../../../shared/nouns/recording.ts";
import { toAsciicast } from "../../../shared/recording/asciicast.ts";
import { createDecoder } from "../../../shared/recording/decode.ts";
import { RecordingEvent } from "../../../shared/recording/format.ts";
import { eventPage } from "../event-page.ts";
import { bodyOf } from "../in-time.ts";
import { body, json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";
import { words } from "../words.ts";

const params = z.object({ sessionId: SessionId });

const Found = FoundRecording.meta({ id: "FoundRecording" });

const Kept = Keeping.meta({ id: "Keeping" });

export function recordingRoutes(app: OpenAPIHono<Env>, { journal }: Rooms): void {
  /** The recording's row, where it is the caller's own or they may read all. Each look by another is in the ledger. */
  const readable = async (session: SessionId, actor: Actor, how: string) => {
    const info = await journal.recordings.get(session);
    if (!info || (info.actor !== actor.id && !can(actor, "recordings.read")))
      throw new Refusal("not_found", "There is no such recording.");
    if (info.actor !== actor.id)
      await journal.note({
        kind: "recording.viewed",
        actor: actor.id,
        session,
        command: null,
        body: { how },
      });
    if (info.removed)
      throw new Refusal(
        "removed",
        `The recording was removed by retention on ${info.removed.at}, rule ${info.removed.rule}.`,
        { hint: "The ledger still shows what ran, and when the recording went." },
      );
    return info;
  };

  /** Its first event says of what kind it is; the rest is read as it goes out. */
  const asciicastOf = async (session: SessionId): Promise<AsyncIterable<string>> => {
    const events = recorded(session);
    const first = await events.next();
    if (first.done || first.value.type !== "opened" || first.value.kind !== "ssh") {
      await events.return(undefined);
      throw new Refusal("target_kind", "Only the sessions of hosts have a screen to export.", {
        hint: "Leave `format` out: the verifiable file is there for every session.",
      });
    }
    const opened = first.value;
    async function* all() {
      yield opened;
      yield* events;
    }
    return toAsciicast(all());
  };

  /** The events that there are by now, in order. */
  async function* recorded(session: SessionId): AsyncGenerator<RecordingEvent, void, undefined> {
    const decode = createDecoder();
    const stop = new AbortController();
    let left = await journal.recordings.length(session);
    if (left === 0) return;
    try {
      for await (const event of journal.recordings.follow(session, { signal: stop.signal })) {
        yield decode(event);
        if (--left === 0) return;
      }
    } finally {
      stop.abort();
    }
  }

  const keepingOf = async (session: SessionId) => {
    const info = await journal.recordings.get(session);
    if (!info) throw new Refusal("not_found", "There is no such recording.");
    const { hold, removed, textsRemoved } = info;
    const [removal, textsRemoval] = hold
      ? []
      : await Promise.all([
          removed ? undefined : journal.retention.removalOf("recordings", info),
          textsRemoved ? undefined : journal.retention.removalOf("texts", info),
        ]);
    return {
      ...(hold && { hold }),
      ...(removed && { removed }),
      ...(removal && { removal }),
      ...(textsRemoved && { textsRemoved }),
      ...(textsRemoval && { textsRemoval }),
    };
  };

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/recordings",
      tags: ["Recordings"],
      summary: "Search in commands, newest first: your own sessions, or all with the right `recordings.read`",
      request: {
        query: z.object({
          q: z.string().max(200).optional(),
          actor: z.string().max(512).optional(),
          target: z.string().max(63).optional(),
          from: z.iso.datetime().optional(),
          to: z.iso.datetime().optional(),
          verdict: z.enum(["allow", "review", "block"]).optional(),
          cursor: SessionId.optional(),
          limit: z.coerce.number().int().min(1).max(100).default(50),
        }),
      },
      responses: {
        200: json(z.object({ recordings: z.array(Found), cursor: z.string().optional() }), "A page"),
      },
    }),
    async (context) => {
      const { actor } = context.var;
      const owner = can(actor, "recordings.read") ? undefined : actor.id;
      return context.json(await journal.recordings.search({ ...context.req.valid("query"), owner }), 200);
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/recordings/{sessionId}",
      tags: ["Recordings"],
      summary: "What the session's viewer saw, event by event",
      request: { params, query: z.object({ from: z.coerce.number().int().min(0).default(0) }) },
      responses: {
        200: json(
          z.object({
            session: SessionId,
            live: z.boolean(),
            ledgerSeq: z.int(),
            events: z.array(RecordingEvent),
            next: z.int().optional(),
          }),
          "At most 2,000 events, fewer where they are large; `next` is where to read on",
        ),
        ...refusals("not_found", "removed"),
      },
    }),
    async (context) => {
      const { sessionId } = context.req.valid("param");
      const { from } = context.req.valid("query");
      const info = await readable(sessionId, context.var.actor, "events");
      const until = info.endedAt === undefined ? await journal.recordings.length(sessionId) : Infinity;
      const stop = new AbortController();
      const { events, isFull } =
        from < until
          ? await eventPage(
              journal.recordings.follow(sessionId, { from, signal: stop.signal }),
              until - from,
            ).finally(() => stop.abort())
          : { events: [], isFull: false };
      const next = isFull ? `,"next":${from + events.length}` : "";
      // The events are JSON already, exactly as they were recorded.
      const head = JSON.stringify({
        session: sessionId,
        live: info.endedAt === undefined,
        ledgerSeq: info.ledgerSeq,
      });
      return context.body(`${head.slice(0, -1)},"events":[${events.join(",")}]${next}}`, 200, {
        "content-type": "application/json",
      }) as never;
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/recordings/{sessionId}/keeping",
      tags: ["Recordings"],
      summary: "How long the recording is kept: a legal hold, when it goes, or when it went",
      request: { params },
      responses: { 200: json(Kept, "What holds now"), ...refusals("not_found") },
    }),
    async (context) => {
      const { sessionId } = context.req.valid("param");
      const { actor } = context.var;
      const info = await journal.recordings.get(sessionId);
      const may = can(actor, "recordings.read") || can(actor, "recordings.hold");
      if (!info || (info.actor !== actor.id && !may))
        throw new Refusal("not_found", "There is no such recording.");
      return context.json(await keepingOf(sessionId), 200);
    },
  );

  app.openapi(
    signedIn(
      {
        method: "put",
        path: "/api/recordings/{sessionId}/hold",
        tags: ["Recordings"],
        summary: "Places a legal hold on the session, or lifts it; both are in the ledger, with the reason",
        request: {
          params,
          body: body(z.strictObject({ held: z.boolean(), reason: words(500).trim().min(1) })),
        },
        responses: {
          200: json(Kept, "What holds now"),
          ...refusals("not_found", "conflict", "removed", "journal_unavailable"),
        },
      },
      "recordings.hold",
    ),
    async (context) => {
      const { sessionId } = context.req.valid("param");
      const { held, reason } = context.req.valid("json");
      const by = { actor: context.var.actor.id, reason };
      await (held ? journal.holds.place(sessionId, by) : journal.holds.lift(sessionId, by));
      return context.json(await keepingOf(sessionId), 200);
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/recordings/{sessionId}/file",
      tags: ["Recordings"],
      summary:
        "The verifiable file: `npm run verify -- FILE`; or what a host's screen showed, as asciicast v2",
      request: { params, query: z.object({ format: z.enum(["recording", "asciicast"]).optional() }) },
      responses: {
        200: {
          content: {
            "text/plain": { schema: z.string() },
            "application/x-asciicast": { schema: z.string() },
          },
          description: "Hash-chained lines and a signed seal; an asciicast carries neither",
        },
        ...refusals("not_found", "removed", "target_kind", "journal_unavailable"),
      },
    }),
    async (context) => {
      const { sessionId } = context.req.valid("param");
      const { format = "recording" } = context.req.valid("query");
      await readable(sessionId, context.var.actor, format === "recording" ? "file" : format);
      if (format === "asciicast") {
        const file = await asciicastOf(sessionId);
        return context.body(bodyOf(context, file), 200, {
          "content-type": "application/x-asciicast",
          "content-disposition": `attachment; filename="${sessionId}.cast"`,
        }) as never;
      }
      return context.body(bodyOf(context, journal.recordings.export(sessionId)), 200, {
        "content-type": "text/plain; charset=utf-8",
        "content-disposition": `attachment; filename="${sessionId}.rec"`,
      }) as never;
    },
  );
}
