import { once } from "node:events";
import { WebSocket } from "ws";
import { z } from "zod";
import { windowBytes, type ClientFrame, type ServerFrame } from "../../shared/contract/frames.ts";
import type { RecordingEvent } from "../../shared/recording/format.ts";
import type { Gateway } from "./gateway.ts";

/** A session on a host with its one socket, as the portal has it: acknowledges what it has taken in. */
export type HostSocket = {
  /** The session's id. */
  readonly session: string;
  /** Called with each event; one listener. */
  onEvent(listener: (event: RecordingEvent) => void): void;
  /** The first event from now on that the look finds something in. */
  next<T>(look: (event: RecordingEvent) => T | undefined): Promise<T>;
  terminal(): Promise<void>;
  keys(text: string): void;
  run(command: string): void;
  close(): Promise<void>;
};

export const screenSize = { columns: 120, rows: 40 };

/** A socket of the gateway's, which acknowledges what it takes in. */
async function openSocket(
  gateway: Gateway,
  token: string,
  path: string,
  listener: (frame: ServerFrame) => void,
): Promise<WebSocket> {
  const { ticket } = z
    .object({ ticket: z.string() })
    .parse(await gateway.call(token, "POST", "/api/tickets", { purpose: path }));
  const socket = new WebSocket(`${gateway.origin.replace("http", "ws")}${path}?ticket=${ticket}`, {
    perMessageDeflate: false,
  });
  let [received, acknowledged] = [0, 0];
  socket.on("message", (data: Buffer) => {
    received += data.length;
    const frame = JSON.parse(data.toString("utf8")) as ServerFrame;
    if (received - acknowledged > windowBytes / 4) {
      const ack: ClientFrame = { type: "ack", bytes: (acknowledged = received) };
      socket.send(JSON.stringify(ack));
    }
    listener(frame);
  });
  await once(socket, "open");
  return socket;
}

/** Watches a session live, as an auditor does. Gives what ends it. */
export async function watchLive(
  gateway: Gateway,
  token: string,
  session: string,
  listener: (event: RecordingEvent) => void,
): Promise<() => void> {
  const socket = await openSocket(gateway, token, `/api/recordings/${session}/live`, (frame) => {
    if (frame.type === "event") listener(frame.event);
  });
  return () => socket.close();
}

export async function openHostSocket(gateway: Gateway, token: string, target: string): Promise<HostSocket> {
  const opened = await gateway.call(token, "POST", "/api/sessions", { target, reason: "bench" });
  const { id } = z.object({ id: z.string() }).parse(opened);
  const send = (frame: ClientFrame) => socket.send(JSON.stringify(frame));
  let keyed = 0;
  let listener: (event: RecordingEvent) => void = () => {};
  let waiting: { look: (frame: ServerFrame) => boolean; fail: (error: Error) => void } | undefined;
  const failed = (why: string) => waiting?.fail(new Error(why));
  const socket = await openSocket(gateway, token, `/api/sessions/${id}/stream`, (frame) => {
    if (frame.type === "refused") failed(JSON.stringify(frame.problem));
    if (frame.type === "event") listener(frame.event);
    if (waiting?.look(frame)) waiting = undefined;
  });
  socket.on("close", (code, reason) => failed(`the socket was closed: ${code} ${reason.toString()}`));
  const nextFrame = <T>(look: (frame: ServerFrame) => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      waiting = {
        fail: reject,
        look(frame) {
          const found = look(frame);
          if (found !== undefined) resolve(found);
          return found !== undefined;
        },
      };
    });
  return {
    session: id,
    onEvent: (next) => (listener = next),
    next: (look) => nextFrame((frame) => (frame.type === "event" ? look(frame.event) : undefined)),
    async terminal() {
      const there = nextFrame((frame) => frame.type === "terminal" || undefined);
      send({ type: "terminal", ...screenSize });
      await there;
    },
    keys: (text) => send({ type: "keys", text }),
    run: (command) =>
      send({
        type: "run",
        key: String(++keyed),
        input: { command, stdin: "", timeoutSeconds: 600 },
      }),
    async close() {
      socket.close();
      await gateway.call(token, "DELETE", `/api/sessions/${id}`);
    },
  };
}

/** The outcome of a command, where this event is one. Throws where it did not complete. */
export function outcomeIn(event: RecordingEvent) {
  if (event.type !== "outcome") return undefined;
  if (event.state !== "completed") throw new Error(`the command ended as ${JSON.stringify(event)}`);
  return event;
}
