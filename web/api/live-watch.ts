import { windowBytes } from "../../shared/contract/frames.ts";
import { buyTicket } from "./calls.ts";
import type { Client } from "./client.ts";
import { toUserError, UserError } from "./errors.ts";
import { livePath } from "./recordings.ts";

/** Taken-in bytes are told to the gateway each time that this many have come, well inside its window. */
const ackBytes = windowBytes / 4;
const closedAtEnd = 1000;

export type LiveHandlers = {
  connected(): void;
  /** One frame, as text. */
  frame(text: string): void;
  /** The recording has ended. */
  ended(): void;
  failed(error: UserError): void;
};

/** Watches a running session's recording from its beginning. Returns what stops it. */
export function watchRecording(api: Client, session: string, handlers: LiveHandlers): () => void {
  const path = livePath(session);
  const stopped = new AbortController();
  const connect = async () => {
    const ticket = await buyTicket(api, path);
    if (stopped.signal.aborted) return;
    const url = new URL(`${path}?ticket=${encodeURIComponent(ticket)}`, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    stopped.signal.addEventListener("abort", () => socket.close(closedAtEnd));
    const encoder = new TextEncoder();
    let bytes = 0;
    let acknowledged = 0;
    socket.addEventListener("open", () => handlers.connected());
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== "string") return;
      handlers.frame(data);
      bytes += encoder.encode(data).length;
      if (bytes - acknowledged < ackBytes) return;
      acknowledged = bytes;
      socket.send(JSON.stringify({ type: "ack", bytes }));
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (stopped.signal.aborted) return;
      if (code === closedAtEnd) handlers.ended();
      else
        handlers.failed(
          new UserError(
            "network",
            reason === "" ? "The live connection was lost." : `The live connection was closed: ${reason}.`,
            "Watch again: it starts over from the beginning of the recording.",
          ),
        );
    });
  };
  connect().catch((error: unknown) => {
    if (!stopped.signal.aborted) handlers.failed(toUserError(error));
  });
  return () => stopped.abort();
}
