import type { Duplex } from "node:stream";
import { upgradeWebSocket } from "@hono/node-server";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { WSContext, WSEvents } from "hono/ws";
import { WebSocket } from "ws";
import { can } from "../../shared/can/can.ts";
import { ClientFrame, windowBytes, type ServerFrame } from "../../shared/contract/frames.ts";
import { Refusal } from "../../shared/contract/errors.ts";
import { CommandId, SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import { toRefusal } from "./problems.ts";
import type { Env, Rooms } from "./rooms.ts";
import { createSendWindow, type SendWindow } from "./send-window.ts";

/** Close codes: 1000 the end was reached, 1008 not allowed any more, 1011 failed inside, 1012 the gateway stops. */
const close = { end: 1000, refused: 1008, failed: 1011, restart: 1012 };
/** Characters of one frame from the client; a command may be as large as a request's body. */
export const maxFrameBytes = 2 * 1024 * 1024;
/** Frames that wait to be handled, of one socket. */
const maxQueued = 64;

/** One open socket: sends within its window, hands on what the client says in order. */
type Socket = { send(frame: string | Buffer): Promise<void>; window: SendWindow; ws: WSContext };

/** Gives the function to call before each frame: frames of the same turn leave in one write. */
function gatherWrites(connection: Duplex): () => void {
  let gathering = false;
  const release = () => {
    gathering = false;
    connection.uncork();
  };
  return () => {
    if (gathering) return;
    gathering = true;
    connection.cork();
    process.nextTick(release);
  };
}

export function socketRoutes(app: OpenAPIHono<Env>, rooms: Rooms): void {
  const { tickets, sessions, gate, journal, stopping } = rooms;

  app.get(
    "/api/sessions/:id/stream",
    upgradeWebSocket(async (context) => {
      const actor = await tickets.redeem(context.req.query("ticket") ?? "", context.req.path);
      const id = SessionId.parse(context.req.param("id"));
      const { signal } = await sessions.live(id, actor);
      return socket(actor, context.env.incoming.socket, (opened, until) => {
        const leave = gate.join(id, { show: ({ json }) => opened.send(eventFrame(json)) });
        const ended = () => opened.ws.close(close.end, "session closed");
        signal.addEventListener("abort", ended, { once: true, signal: until });
        until.addEventListener("abort", leave, { once: true });
        return async (frame) => {
          if (frame.type === "cancel") return void (await gate.cancel(CommandId.parse(frame.command), actor));
          if (frame.type !== "run") return;
          const { key, input } = frame;
          try {
            const accepted = await gate.submit({ actor, session: id, input, key });
            await opened.send(print({ type: "accepted", key, command: accepted.id }));
            accepted.settled
              .then(
                (command) => opened.send(print({ type: "command", command })),
                (error: unknown) => opened.send(print({ type: "refused", key, problem: problemOf(error) })),
              )
              .catch(() => undefined);
          } catch (error) {
            await opened.send(print({ type: "refused", key, problem: problemOf(error) }));
          }
        };
      });
    }),
  );

  app.get(
    "/api/recordings/:id/live",
    upgradeWebSocket(async (context) => {
      const actor = await tickets.redeem(context.req.query("ticket") ?? "", context.req.path);
      const id = SessionId.parse(context.req.param("id"));
      const info = await journal.recordings.get(id);
      if (!info || (info.actor !== actor.id && !can(actor, "recordings.watch")))
        throw new Refusal("not_found", "There is no such recording.");
      if (info.actor !== actor.id)
        await journal.note({
          kind: "recording.viewed",
          actor: actor.id,
          session: id,
          command: null,
          body: { how: "live" },
        });
      return socket(actor, context.env.incoming.socket, (opened, until) => {
        const watch = async () => {
          for await (const json of journal.recordings.follow(id, { signal: until }))
            await opened.send(eventFrame(Buffer.from(json)));
          opened.ws.close(close.end, "the recording has ended");
        };
        watch().catch(() => opened.ws.close(close.failed, "the recording cannot be read"));
        return async () => {};
      });
    }),
  );

  /** The life of one socket: it ends with the token, with the gateway, and when its reader leaves. */
  function socket(
    actor: Actor,
    connection: Duplex,
    start: (socket: Socket, until: AbortSignal) => (frame: ClientFrame) => Promise<void>,
  ): WSEvents {
    const over = new AbortController();
    const window = createSendWindow(windowBytes);
    const gather = gatherWrites(connection);
    let handle: (frame: ClientFrame) => Promise<void> = async () => {};
    let queue = Promise.resolve();
    let queued = 0;
    const end = () => {
      over.abort();
      window.close();
    };
    return {
      onOpen(_event, ws) {
        const { raw } = ws;
        if (!(raw instanceof WebSocket)) throw new TypeError("this is no socket of ours");
        const opened: Socket = {
          ws,
          window,
          async send(frame) {
            await window.room();
            window.sent(Buffer.byteLength(frame));
            gather();
            raw.send(frame, { binary: false });
          },
        };
        const expires = Math.max(0, Math.min(Date.parse(actor.tokenExpiresAt) - rooms.now(), 2 ** 31 - 1));
        const timer = setTimeout(() => ws.close(close.refused, "token expired"), expires);
        const stop = () => ws.close(close.restart, "the gateway is stopping");
        stopping.addEventListener("abort", stop, { once: true, signal: over.signal });
        over.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
        handle = start(opened, over.signal);
      },
      onMessage(event, ws) {
        const frame = typeof event.data === "string" ? readFrame(event.data) : undefined;
        if (frame === undefined || queued >= maxQueued)
          return ws.close(close.refused, "the frame cannot be read");
        if (frame.type === "ack") return window.acknowledge(frame.bytes);
        queued++;
        // A cancel must not wait behind what it cancels.
        const work = frame.type === "cancel" ? handle(frame) : queue.then(() => handle(frame));
        const done = work
          .catch((error: unknown) => rooms.log({ error, method: "WS", path: frame.type }))
          .finally(() => queued--);
        if (frame.type !== "cancel") queue = done.then(() => undefined);
      },
      onClose: end,
      onError: end,
    };
  }
}

const [eventHead, eventTail] = [Buffer.from('{"type":"event","event":'), Buffer.from("}")];
const eventFrame = (json: Uint8Array): Buffer => Buffer.concat([eventHead, json, eventTail]);
const print = (frame: ServerFrame): string => JSON.stringify(frame);

const problemOf = (error: unknown) => JSON.parse(JSON.stringify(toRefusal(error).toProblem()));

function readFrame(text: string): ClientFrame | undefined {
  try {
    return ClientFrame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
