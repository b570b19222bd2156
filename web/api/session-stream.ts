import { ClientFrame, ServerFrame } from "../../shared/contract/frames.ts";
import type { SqlCommandInput } from "../../shared/nouns/command.ts";
import { buyTicket, readSession, streamPath } from "./calls.ts";
import type { Client } from "./client.ts";
import { toUserError, type UserError } from "./errors.ts";
import type { Live } from "./events.ts";

/** Taken-in bytes are told to the gateway each time that this many have come. */
const ackBytes = 256 * 1024;
const firstRetryMs = 400;
const lastRetryMs = 10_000;
/** How the gateway closes the socket of a session that is over. */
const sessionOverCode = 1000;

export type SessionStream = {
  readonly state: Live;
  /** Sends a command; until it is accepted or refused it is sent again after a reconnect, under the same key. */
  run(key: string, input: SqlCommandInput): void;
  cancel(command: string): void;
  /** Connects until the returned function is called. */
  start(): () => void;
};

type Handlers = {
  frame: (frame: ServerFrame) => void;
  state: (state: Live) => void;
  /** It cannot be connected again: why the session is over (`closed`, `expired`, `killed`...), or what refuses it. */
  ended: (because: string | UserError) => void;
};

/** The WebSocket of a session: single-use tickets, acknowledgements, reconnects. */
export function createSessionStream(api: Client, session: string, handlers: Handlers): SessionStream {
  const unaccepted = new Map<string, SqlCommandInput>();
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
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const take = (data: string) => {
    const parsed = ServerFrame.safeParse(JSON.parse(data));
    // A frame of a newer gateway is passed over; what it means for a command also comes as the command's state.
    if (!parsed.success) return;
    if ((parsed.data.type === "accepted" || parsed.data.type === "refused") && parsed.data.key !== undefined)
      unaccepted.delete(parsed.data.key);
    handlers.frame(parsed.data);
  };
  /** Resolves once the socket has closed. */
  const connect = async (closing: AbortSignal): Promise<void> => {
    const ticket = await buyTicket(api, path);
    if (closing.aborted) return;
    const url = new URL(`${path}?ticket=${encodeURIComponent(ticket)}`, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    await new Promise<void>((resolve) => {
      const opened = new WebSocket(url);
      socket = opened;
      let bytes = 0;
      let acknowledged = 0;
      const close = () => opened.close(1000);
      closing.addEventListener("abort", close);
      opened.addEventListener("open", () => {
        become("live");
        for (const [key, input] of unaccepted) send({ type: "run", key, input });
      });
      opened.addEventListener("message", (message: MessageEvent<unknown>) => {
        if (typeof message.data !== "string") return;
        take(message.data);
        bytes += utf8Length(message.data);
        if (bytes - acknowledged < ackBytes) return;
        acknowledged = bytes;
        send({ type: "ack", bytes });
      });
      opened.addEventListener("close", ({ code }) => {
        over = code === sessionOverCode;
        closing.removeEventListener("abort", close);
        resolve();
      });
    });
  };
  /** Why the session is over; undefined where it is not, or where nobody can say now. */
  const closedSession = async (): Promise<string | undefined> => {
    try {
      const { state, closedBecause } = await readSession(api, session);
      return state === "closed" ? (closedBecause ?? "closed") : undefined;
    } catch {
      // The next try to connect meets the same cause, and ends on it or waits.
      return undefined;
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
        if (["unauthenticated", "session_closed", "not_found", "forbidden"].includes(error.code)) {
          if (!closing.aborted) handlers.ended(error);
          return;
        }
      }
      if (closing.aborted) return;
      become("lost");
      const closed = await closedSession();
      if (closed !== undefined) return handlers.ended(closed);
      if (Date.now() - startedAt > lastRetryMs) waitMs = firstRetryMs;
      const jitteredMs = waitMs * (0.5 + Math.random() / 2);
      await new Promise((resolve) => setTimeout(resolve, jitteredMs));
      waitMs = Math.min(waitMs * 2, lastRetryMs);
    }
  };
  return {
    get state() {
      return state;
    },
    run: (key, input) => {
      unaccepted.set(key, input);
      send({ type: "run", key, input });
    },
    cancel: (command) => send({ type: "cancel", command }),
    start: () => {
      const closing = new AbortController();
      void keep(closing.signal);
      return () => closing.abort();
    },
  };
}

/** Bytes of a text in UTF-8, without making them. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      index++;
    } else bytes += 3;
  }
  return bytes;
}
