import { ServerFrame, type ClientFrame } from "../../shared/contract/frames.ts";
import { createAcknowledgements } from "./acknowledgements.ts";
import { buyTicket, readSession, streamPath } from "./calls.ts";
import type { Client } from "./client.ts";
import { toUserError, type UserError } from "./errors.ts";
import type { Live } from "./events.ts";

const firstRetryMs = 400;
const lastRetryMs = 10_000;
/** How the gateway closes the socket of a session that is over. */
const sessionOverCode = 1000;
/** What no other try would change. */
const finalErrors: readonly string[] = [
  "unauthenticated",
  "access_revoked",
  "session_closed",
  "not_found",
  "forbidden",
];

export type SessionSocket = {
  /** What is sent while there is no connection is dropped. True where it went out. */
  send(frame: ClientFrame): boolean;
  /** Connects until the returned function is called. */
  start(): () => void;
};

type Handlers = {
  /** `taken` says that the frame was taken in: until it is called, the frame counts against the gateway's window. */
  frame: (frame: ServerFrame, taken: () => void) => void;
  /** Called at each change; at `live` frames can be sent. */
  state: (state: Live) => void;
  /** It cannot be connected again: why the session is over (`closed`, `expired`, `killed`...), or what refuses it. */
  ended: (because: string | UserError) => void;
};

/** The WebSocket of a session: single-use tickets, acknowledgements, reconnects, at once when the network is back. */
export function createSessionSocket(api: Client, session: string, handlers: Handlers): SessionSocket {
  const path = streamPath(session);
  let state: Live = "connecting";
  let socket: WebSocket | undefined;
  /** Not to be connected to again, though the store may call the session open a moment longer. */
  let over = false;
  const become = (next: Live) => {
    if (state === next) return;
    state = next;
    handlers.state(next);
  };
  const send = (frame: ClientFrame) => {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  };
  const take = (text: string, taken: () => void) => {
    const frame = ServerFrame.safeParse(JSON.parse(text));
    // A frame of a newer gateway is passed over; what it means for a command also comes as the command's state.
    if (frame.success) handlers.frame(frame.data, taken);
    else taken();
  };
  /** Resolves once the socket has closed, or the network is gone: a dead socket closes minutes later. */
  const connect = async (closing: AbortSignal): Promise<void> => {
    const ticket = await buyTicket(api, path);
    if (closing.aborted) return;
    const url = new URL(`${path}?ticket=${encodeURIComponent(ticket)}`, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    await new Promise<void>((resolve) => {
      const opened = new WebSocket(url);
      const until = new AbortController();
      const { signal } = until;
      socket = opened;
      const acknowledge = createAcknowledgements((bytes) => {
        if (socket === opened) send({ type: "ack", bytes });
      });
      const leave = () => {
        until.abort();
        socket = undefined;
        opened.close(1000);
        resolve();
      };
      closing.addEventListener("abort", leave, { signal });
      window.addEventListener("offline", leave, { signal });
      opened.addEventListener("open", () => become("live"), { signal });
      opened.addEventListener(
        "message",
        ({ data }: MessageEvent<unknown>) => {
          if (typeof data === "string") take(data, () => acknowledge(data));
        },
        { signal },
      );
      opened.addEventListener(
        "close",
        ({ code }) => {
          over = code === sessionOverCode;
          leave();
        },
        { signal },
      );
    });
  };
  /** Why the session is over; undefined where it is not, or where nobody can say now. */
  const closedSession = async (): Promise<string | UserError | undefined> => {
    try {
      const { state, closedBecause } = await readSession(api, session);
      return state === "closed" ? (closedBecause ?? "closed") : undefined;
    } catch (reason) {
      const error = toUserError(reason);
      // Any other cause is met again by the next try.
      return finalErrors.includes(error.code) ? error : undefined;
    }
  };
  const keep = async (closing: AbortSignal): Promise<void> => {
    let waitMs = firstRetryMs;
    while (!closing.aborted) {
      const startedAt = Date.now();
      try {
        if (!over) await connect(closing);
      } catch (reason) {
        const error = toUserError(reason);
        if (finalErrors.includes(error.code)) {
          if (!closing.aborted) handlers.ended(error);
          return;
        }
      }
      if (closing.aborted) return;
      become("lost");
      const closed = await closedSession();
      if (closing.aborted) return;
      if (closed !== undefined) return handlers.ended(closed);
      if (Date.now() - startedAt > lastRetryMs) waitMs = firstRetryMs;
      await rest(waitMs * (0.5 + Math.random() / 2), closing);
      waitMs = Math.min(waitMs * 2, lastRetryMs);
    }
  };
  return {
    send,
    start: () => {
      const closing = new AbortController();
      void keep(closing.signal);
      return () => closing.abort();
    },
  };
}

/** Resolves after the time, or as soon as the network is back or there is nothing more to wait for. */
function rest(milliseconds: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const until = new AbortController();
    const { signal } = until;
    const wake = () => {
      until.abort();
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    window.addEventListener("online", wake, { signal });
    closing.addEventListener("abort", wake, { signal });
  });
}
