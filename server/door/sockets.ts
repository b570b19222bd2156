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
import { stallMs } from "./in-time.ts";
import { networkOf } from "../identity/rates.ts";
import { toRefusal } from "./problems.ts";
import type { Env, Rooms } from "./rooms.ts";
import { createTerminalFrames, isTerminalFrame } from "./terminal-frames.ts";
import { countHalfFrames } from "./half-frames.ts";
import { createInbox, type Inbox } from "./inbox.ts";
import { createPresences } from "./presence.ts";
import { createSendWindow } from "./send-window.ts";

/** Close codes: 1000 the end was reached, 1008 not allowed any more, 1011 failed inside, 1012 the gateway stops. */
const close = { end: 1000, refused: 1008, failed: 1011, restart: 1012 };
/** Characters of one frame from the client; a command may be as large as a request's body. */
export const maxFrameBytes = 2 * 1024 * 1024;
/** Frames that wait to be handled, of one socket, and what waits or has half come, of all sockets of one actor. */
const maxWaitingFrames = 256;
const maxWaitingBytes = 16 * 1024 * 1024;
/** Sockets that one actor may have open in one process. */
const maxPerActor = 100;
/** After how long without a byte the network is asked whether the other end is still there. */
const keepAliveMs = 30_000;
const tooMuchWaits = "more came than can wait";
/** How long a farewell may take to those who go on sending. */
const farewellMs = 1_000;

/** One open socket: sends within its window, hands on what the client says in order. */
type Socket = {
  send(frame: string | Buffer): Promise<void>;
  /** As the latest ticket describes them. */
  readonly actor: Actor;
  /** Ends it at once, whether or not the other end agrees. */
  close(code: number, why: string): void;
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
  const { tickets, blocks, rights, notifier, sessions, gate, journal, requests, stopping } = rooms;
  const presences = createPresences(maxPerActor);

  /** Whoever fetched the ticket, if they may still come in. */
  const admit = async (ticket: string, { req, env }: Context<Env>): Promise<Actor> => {
    const actor = await tickets.redeem(ticket, req.path, networkOf(env.incoming.socket.remoteAddress));
    await blocks.admit(actor);
    return (await rights.of(actor)).actor;
  };

  app.get(
    "/api/sessions/:id/stream",
    upgradeWebSocket(async (context) => {
      const actor = await admit(context.req.query("ticket") ?? "", context);
      const id = SessionId.parse(context.req.param("id"));
      const { signal } = await sessions.live(id, actor);
      return socket(actor, context, always, (opened, until) => {
        const leave = gate.join(id, { show: ({ json }) => opened.send(eventFrame(json)) });
        const ended = () => opened.close(close.end, whyEnded(signal));
        if (signal.aborted) ended();
        signal.addEventListener("abort", ended, { once: true, signal: until });
        until.addEventListener("abort", leave, { once: true });
        const toTerminal = createTerminalFrames(gate, id, (frame) => opened.send(print(frame)));
        return async (frame) => {
          const { actor: caller } = await rights.of(opened.actor);
          if (isTerminalFrame(frame)) return toTerminal(frame, caller);
          if (frame.type === "cancel") return cancel(frame.command, caller);
          if (frame.type !== "run") return;
          const { key, input } = frame;
          try {
            spend(caller);
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
      const maySee = (viewer: Actor) => info?.actor === viewer.id || can(viewer, "recordings.watch");
      if (!info || !maySee(actor)) throw new Refusal("not_found", "There is no such recording.");
      if (info.actor !== actor.id)
        await journal.note({
          kind: "recording.viewed",
          actor: actor.id,
          session: id,
          command: null,
          body: { how: "live" },
        });
      return socket(actor, context, maySee, (opened, until) => {
        const watch = async () => {
          for await (const json of journal.recordings.follow(id, { signal: until }))
            await opened.send(eventFrame(Buffer.from(json)));
          opened.close(close.end, "the recording has ended");
        };
        watch().catch(() => opened.close(close.failed, "the recording cannot be read"));
        return async () => {};
      });
    }),
  );

  /** What has ended meanwhile, or never was, needs no cancel. */
  async function cancel(command: string, actor: Actor): Promise<void> {
    const { data: id } = CommandId.safeParse(command);
    if (id === undefined) return;
    await gate.cancel(id, actor).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
  }

  /**
   * The life of one socket: it ends with the token, unless a ticket that was fetched with the next one comes in time and
   * its actor may still see what is shown; with the actor's access; with the gateway; and when its reader leaves, or
   * takes nothing in for too long. From then on nothing is handled that comes or that waits.
   */
  function socket(
    comer: Actor,
    context: Context<Env>,
    maySee: (actor: Actor) => boolean,
    start: (socket: Socket, until: AbortSignal) => (frame: ClientFrame) => Promise<void>,
  ): WSEvents {
    const over = new AbortController();
    const gone = new AbortController();
    const connection = context.env.incoming.socket;
    const gather = gatherWrites(connection);
    let handle: (frame: ClientFrame) => Promise<void> = async () => {};
    let actor = comer;
    let expiry: NodeJS.Timeout | undefined;
    let stalled = () => {};
    /** Bytes of frames that have left the gateway: nobody can have taken in more. */
    let left = 0;
    const window = createSendWindow({ windowBytes, stallMs, stalled: () => stalled() });
    let inbox: Inbox | undefined;
    const end = () => {
      if (over.signal.aborted) return;
      over.abort();
      window.close();
      clearTimeout(expiry);
    };
    const leave = (ws: WSContext, code: number, why: string) => {
      end();
      ws.close(code, why);
    };
    const lastAsLongAs = (ws: WSContext, { tokenExpiresAt }: Actor) => {
      clearTimeout(expiry);
      const ms = Math.max(0, Math.min(Date.parse(tokenExpiresAt) - rooms.now(), 2 ** 31 - 1));
      expiry = setTimeout(() => leave(ws, close.refused, "token expired"), ms);
    };
    const renew = async (ws: WSContext, ticket: string) => {
      const next = await admit(ticket, context).catch(() => undefined);
      if (over.signal.aborted) return;
      if (next?.id !== comer.id || !maySee(next)) return leave(ws, close.refused, "the ticket is not valid");
      actor = next;
      lastAsLongAs(ws, next);
    };
    /** A later token may have lost what this one shows. */
    const lookAgain = async (ws: WSContext) => {
      const left = await rights.of(actor).catch(() => undefined);
      if (over.signal.aborted) return;
      if (left === undefined || !maySee(left.actor)) leave(ws, close.refused, "rights changed");
    };
    const closed = () => {
      end();
      gone.abort();
    };
    return {
      onOpen(_event, ws) {
        const { raw } = ws;
        if (!(raw instanceof WebSocket)) throw new TypeError("this is no socket of ours");
        const waiting = presences.enter(comer.id, gone.signal);
        if (waiting === undefined) return leave(ws, close.refused, `${maxPerActor} sockets are open`);
        inbox = createInbox({
          ...{ maxFrames: maxWaitingFrames, maxBytes: maxWaitingBytes },
          ...{ waiting, until: over.signal },
          // Whoever has left is told nothing any more, which is no failure.
          failed: (error) =>
            over.signal.aborted || rooms.log({ error, method: "WS", path: context.req.path }),
        });
        // Nothing more is taken in, an answer to the farewell neither.
        const tooMuch = () => {
          leave(ws, close.refused, tooMuchWaits);
          raw.pause();
          setTimeout(() => raw.terminate(), farewellMs).unref();
        };
        countHalfFrames({ ...{ connection, socket: raw, waiting }, maxBytes: maxWaitingBytes, tooMuch });
        connection.setKeepAlive(true, keepAliveMs);
        const opened: Socket = {
          close: (code, why) => leave(ws, code, why),
          get actor() {
            return actor;
          },
          async send(frame) {
            await window.room();
            const bytes = Buffer.byteLength(frame);
            window.sent(bytes);
            gather();
            raw.send(frame, { binary: false }, () => (left += bytes));
          },
        };
        // Whoever takes nothing in takes no farewell either.
        stalled = () => raw.terminate();
        lastAsLongAs(ws, comer);
        const unsubscribe = notifier.subscribe((event) => {
          if (event.type === "rights.changed" && event.actor === comer.id) void lookAgain(ws);
        });
        over.signal.addEventListener("abort", unsubscribe, { once: true });
        blocks.watch(comer, over.signal, () => leave(ws, close.refused, "access revoked"));
        const stop = () => leave(ws, close.restart, "the gateway is stopping");
        stopping.addEventListener("abort", stop, { once: true, signal: over.signal });
        handle = start(opened, over.signal);
      },
      onMessage({ data }, ws) {
        if (over.signal.aborted) return;
        const frame = typeof data === "string" ? readFrame(data) : undefined;
        if (typeof data !== "string" || frame === undefined)
          return leave(ws, close.refused, "the frame cannot be read");
        if (frame.type === "ack") return window.acknowledge(Math.min(frame.bytes, left));
        if (asksStore(frame) && !maySpend(actor))
          return leave(ws, close.refused, "more requests came than may");
        const work = () => (frame.type === "renew" ? renew(ws, frame.ticket) : handle(frame));
        if (!inbox?.take({ lane: laneOf(frame), bytes: data.length, work }))
          leave(ws, close.refused, tooMuchWaits);
      },
      onClose: closed,
      onError: closed,
    };
  }

  /** Counts as a request of the actor's. Throws `rate_limited`. */
  function spend({ id }: Actor): void {
    requests.check(id);
    requests.spend(id);
  }
  const maySpend = (actor: Actor): boolean => {
    try {
      spend(actor);
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  };
}

const always = () => true;

/** The store is asked, as it is for a call. */
const asksStore = ({ type }: ClientFrame): boolean =>
  type === "cancel" || type === "terminal" || type === "renew";

/**
 * Keys wait for keys alone: Ctrl-C is one. A cancel does not wait behind what it cancels, nor a renewal behind a
 * terminal that people have to approve.
 */
const laneOf = ({ type }: ClientFrame): string =>
  type === "keys" || type === "cancel" || type === "renew" ? type : "orders";

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
