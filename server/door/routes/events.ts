import { type OpenAPIHono } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import { can } from "../../../shared/can/can.ts";
import { PortalEvent } from "../../../shared/contract/frames.ts";
import { ReviewId, SessionId, TargetName } from "../../../shared/ids.ts";
import type { Actor } from "../../../shared/nouns/actor.ts";
import { Refusal } from "../../../shared/contract/errors.ts";
import { signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";

/** Kept alive through proxies that drop silent connections. */
const heartbeatMs = 15_000;
/** Events that wait for a slow reader before it is dropped; it re-reads when it comes back. */
const maxWaiting = 1_000;
const maxPerActor = 20;

export function eventRoutes(app: OpenAPIHono<Env>, rooms: Rooms): void {
  const { blocks, rights, notifier, stopping } = rooms;
  const open = new Map<string, number>();

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/events",
      tags: ["Events"],
      summary: "Server-sent events that concern you: ids alone, read what they name",
      responses: {
        200: {
          content: { "text/event-stream": { schema: PortalEvent } },
          description: "Until the token expires",
        },
      },
    }),
    (context) => {
      const { actor } = context.var;
      const count = open.get(actor.id) ?? 0;
      if (count >= maxPerActor) throw new Refusal("rate_limited", `You have ${count} event streams open.`);
      open.set(actor.id, count + 1);
      return streamSSE(context, async (stream) => {
        let waiting: PortalEvent[] = [];
        let wake = () => {};
        const unsubscribe = notifier.subscribe((event) => {
          if (waiting.length >= maxWaiting) stream.abort();
          else waiting.push(event);
          wake();
        });
        const stop = () => stream.abort();
        stopping.addEventListener("abort", stop, { once: true });
        stream.onAbort(() => wake());
        const over = new AbortController();
        blocks.watch(actor, over.signal, stop);
        const expiry = setTimeout(
          stop,
          Math.max(0, Math.min(Date.parse(actor.tokenExpiresAt) - rooms.now(), 2 ** 31 - 1)),
        );
        try {
          await stream.writeSSE({ event: "ready", data: "{}" });
          while (!stream.aborted && !stream.closed) {
            const events = waiting;
            waiting = [];
            for (const event of events)
              if (await concerns(rooms, event, (await rights.of(actor)).actor))
                await stream.writeSSE({ event: event.type, data: JSON.stringify(event) });
            if (waiting.length > 0 || stream.aborted) continue;
            const beat = await new Promise<boolean>((resolve) => {
              const timer = setTimeout(resolve, heartbeatMs, true);
              wake = () => {
                clearTimeout(timer);
                resolve(false);
              };
            });
            if (beat && !stream.aborted) await stream.write(": still here\n\n");
          }
        } finally {
          clearTimeout(expiry);
          over.abort();
          unsubscribe();
          stopping.removeEventListener("abort", stop);
          const left = (open.get(actor.id) ?? 1) - 1;
          if (left > 0) open.set(actor.id, left);
          else open.delete(actor.id);
        }
      });
    },
  );
}

/** Whether an event is this actor's business. What cannot be told is kept back. */
async function concerns(
  { approvals, journal, sessions, targets, gate }: Rooms,
  event: PortalEvent,
  actor: Actor,
): Promise<boolean> {
  switch (event.type) {
    case "review.opened":
    case "review.changed":
    case "review.closed": {
      const review = await approvals.get(ReviewId.parse(event.review)).catch(() => undefined);
      return review !== undefined && approvals.maySee(review, actor);
    }
    case "command.changed":
    case "session.opened":
    case "session.closed": {
      if (can(actor, "recordings.read")) return true;
      // Whoever may end sessions learns that there are some, and not what is done in them.
      if (event.type !== "command.changed" && can(actor, "actors.block")) return true;
      const session = SessionId.safeParse(event.session);
      if (!session.success) return false;
      if (await sessions.get(session.data, actor).catch(() => undefined)) return true;
      return (await journal.recordings.get(session.data))?.actor === actor.id;
    }
    case "command.cancel":
    case "rights.changed":
      return false;
    case "access.changed":
      return can(actor, "actors.block");
    case "evidence.changed":
      return can(actor, "evidence.read");
    case "policies.changed":
      return can(actor, "policies.read");
    case "targets.changed": {
      // As in the list of targets: a name that one may not open is not told.
      const name = TargetName.safeParse(event.target);
      const target = name.success ? await targets.get(name.data) : undefined;
      if (can(actor, "targets.edit")) return true;
      return target !== undefined && (await gate.mayOpen(actor, target)).allowed;
    }
  }
}
