import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Waiting } from "./inbox.ts";

/**
 * Counts what has come of a socket's frame that is not whole yet among what waits of its actor: whoever ends no frame
 * costs as much memory as whoever sends too many. A frame's beginning that comes in one piece with the end of another
 * is counted with its next piece.
 */
export function countHalfFrames(options: {
  connection: Duplex;
  socket: WebSocket;
  waiting: Waiting;
  /** Of all sockets of the actor together. */
  maxBytes: number;
  tooMuch: () => void;
}): void {
  const { connection, socket, waiting, maxBytes, tooMuch } = options;
  let half = 0;
  const whole = () => {
    waiting.bytes -= half;
    half = 0;
  };
  const more = ({ length }: Buffer) => {
    half += length;
    waiting.bytes += length;
    if (waiting.bytes > maxBytes) tooMuch();
  };
  // Before those who handle what has come: a whole frame is counted by them.
  connection.prependListener("data", more);
  for (const event of ["message", "ping", "pong"]) socket.prependListener(event, whole);
  socket.once("close", () => {
    connection.off("data", more);
    whole();
  });
}
