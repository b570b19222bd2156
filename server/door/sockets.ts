import type { Duplex } from "node:stream";
import { upgradeWebSocket } from "@hono/node-server";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { WSContext, WSEvents } from "hono/ws";
import { WebSocket } from "ws";
import { can } from "../../shared/can/can.ts";
import { ClientFrame, windowBytes, type ServerFrame } from "../../shared/contract/frames.ts";
import { Refusal } from "../../shared/contract/errors.ts";
import { CommandId, SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import { networkOf } from "../identity/rates.ts";
import { toRefusal } from "./problems.ts";
import type { Env, Rooms } from "./rooms.ts";
import { createTerminalFrames, isTerminalFrame } from "./terminal-frames.ts";
import { createSendWindow } from "./send-window.ts";

/** Close codes: 1000 the end was reached, 1008 not allowed any more, 1011 failed inside, 1012 the gateway stops. */
const close = { end: 1000, refused: 1008, failed: 1011, restart: 1012 };
/** Characters of one frame from the client; a command may be as large as a request's body. */
export const maxFrameBytes = 2 * 1024 * 1024;
/** Frames that wait to be handled, of one socket. */
const maxQueued = 256;

/** Sockets that one actor may have open in one process. */
const maxPerActor = 100;
/** How long a reader may take nothing in while something waits for it. */
const stallMs = 30_000;

/** One open socket: sends within its window, hands on what the client says in order. */
type Socket = {
  send(frame: string | Buffer): Promise<void>;
  /** As the latest ticket describes them. */
  readonly actor: Actor;
  ws: WSContext;
};

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
  const { tickets, blocks, sessions, gate, journal, stopping } = rooms;
  /** Open sockets, by actor. */
  const open = new Map<string, number>();

  /** Whoever fetched the ticket, if they may still come in. */
  const admit = async (ticket: string, { req, env }: Context<Env>): Promise<Actor> => {
    const actor = await tickets.redeem(ticket, req.path, networkOf(env.incoming.socket.remoteAddress));
    await blocks.admit(actor);
    return actor;
  };

  app.get(
    "/api/sessions/:id/stream",
    upgradeWebSocket(async (context) => {
      const actor = await admit(context.req.query("ticket") ?? "", context);
      const id = SessionId.parse(context.req.param("id"));
      const { signal } = await sessions.live(id, actor);
      return socket(actor, context, (opened, until) => {
        const leave = gate.join(id, { show: ({ json }) => opened.send(eventFrame(json)) });
        const ended = () => opened.ws.close(close.end, whyEnded(signal));
        signal.addEventListener("abort", ended, { once: true, signal: until });
        until.addEventListener("abort", leave, { once: true });
        const toTerminal = createTerminalFrames(gate, id, (frame) => opened.send(print(frame)));
        return async (frame) => {
          const { actor: caller } = opened;
          if (isTerminalFrame(frame)) return toTerminal(frame, caller);
          if (frame.type === "cancel")
            return void (await gate.cancel(CommandId.parse(frame.command), caller));
          if (frame.type !== "run") return;
          const { key, input } = frame;
          try {
            const accepted = await gate.submit({ actor: caller, session: id, input, key });
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
      const actor = await admit(context.req.query("ticket") ?? "", context);
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
      return socket(actor, context, (opened, until) => {
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

  /**
   * The life of one socket: it ends with the token, unless a ticket that was fetched with the next one comes in time;
   * with the actor's access; with the gateway; and when its reader leaves, or takes nothing in for too long.
   */
  function socket(
    comer: Actor,
    context: Context<Env>,
    start: (socket: Socket, until: AbortSignal) => (frame: ClientFrame) => Promise<void>,
  ): WSEvents {
    const over = new AbortController();
    const gather = gatherWrites(context.env.incoming.socket);
    let handle: (frame: ClientFrame) => Promise<void> = async () => {};
    /** Keys wait for keys alone: Ctrl-C is one. */
    const queues = { keys: Promise.resolve(), orders: Promise.resolve() };
    let queued = 0;
    let actor = comer;
    let expiry: NodeJS.Timeout | undefined;
    let stalled = () => {};
    const window = createSendWindow({ windowBytes, stallMs, stalled: () => stalled() });
    const end = () => {
      if (over.signal.aborted) return;
      over.abort();
      window.close();
      clearTimeout(expiry);
    };
    const lastAsLongAs = (ws: WSContext, { tokenExpiresAt }: Actor) => {
      clearTimeout(expiry);
      const left = Math.max(0, Math.min(Date.parse(tokenExpiresAt) - rooms.now(), 2 ** 31 - 1));
      expiry = setTimeout(() => ws.close(close.refused, "token expired"), left);
    };
    const renew = async (ws: WSContext, ticket: string) => {
      const next = await admit(ticket, context).catch(() => undefined);
      if (next?.id !== comer.id) return ws.close(close.refused, "the ticket is not valid");
      actor = next;
      lastAsLongAs(ws, next);
    };
    return {
      onOpen(_event, ws) {
        const { raw } = ws;
        if (!(raw instanceof WebSocket)) throw new TypeError("this is no socket of ours");
        if (!enter(open, comer.id, maxPerActor, over.signal))
          return ws.close(close.refused, `${maxPerActor} sockets are open`);
        const opened: Socket = {
          ws,
          get actor() {
            return actor;
          },
          async send(frame) {
            await window.room();
            window.sent(Buffer.byteLength(frame));
            gather();
            raw.send(frame, { binary: false });
          },
        };
        // Whoever takes nothing in takes no farewell either.
        stalled = () => raw.terminate();
        lastAsLongAs(ws, comer);
        blocks.watch(comer, over.signal, () => ws.close(close.refused, "access revoked"));
        const stop = () => ws.close(close.restart, "the gateway is stopping");
        stopping.addEventListener("abort", stop, { once: true, signal: over.signal });
        handle = start(opened, over.signal);
      },
      onMessage(event, ws) {
        const frame = typeof event.data === "string" ? readFrame(event.data) : undefined;
        if (frame === undefined || queued >= maxQueued)
          return ws.close(close.refused, "the frame cannot be read");
        if (frame.type === "ack") return window.acknowledge(frame.bytes);
        queued++;
        const next = () => (frame.type === "renew" ? renew(ws, frame.ticket) : handle(frame));
        const lane = frame.type === "keys" ? "keys" : "orders";
        // A cancel must not wait behind what it cancels.
        const work = frame.type === "cancel" ? next() : queues[lane].then(next);
        const done = work
          .catch((error: unknown) => rooms.log({ error, method: "WS", path: frame.type }))
          .finally(() => queued--);
        if (frame.type !== "cancel") queues[lane] = done.then(() => undefined);
      },
      onClose: end,
      onError: end,
    };
  }
}

/** Counts one more of an actor's until the signal aborts; false where there are as many as may be. */
function enter(open: Map<string, number>, actor: string, most: number, until: AbortSignal): boolean {
  const count = open.get(actor) ?? 0;
  if (count >= most) return false;
  open.set(actor, count + 1);
  const leave = () => {
    const left = (open.get(actor) ?? 1) - 1;
    if (left > 0) open.set(actor, left);
    else open.delete(actor);
  };
  until.addEventListener("abort", leave, { once: true });
  return true;
}

/** The sentence that says why a session has ended: a close frame has room for it. */
const whyEnded = ({ reason }: AbortSignal): string =>
  reason instanceof Refusal ? reason.message.slice(0, 120) : "session closed";

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
