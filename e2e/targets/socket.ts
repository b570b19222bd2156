import { request } from "node:http";
import { WebSocket } from "ws";
import { ServerFrame } from "../../shared/contract/frames.ts";
import type { Client } from "./client.ts";

/** A ticket for one WebSocket's path. */
export async function ticketFor(client: Client, purpose: string): Promise<string> {
  const { status, body, text } = await client.post("/api/tickets", { purpose });
  if (status !== 201) throw new Error(`no ticket: ${text}`);
  return String(Object(body).ticket);
}

/** The HTTP status that an upgrade ends with: 101 where it becomes a socket, which is closed at once. */
export function upgradeStatus(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...headers,
      },
    });
    asked.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", reject).end();
  });
}

/** An open stream whose frames are taken in and acknowledged as they come. */
export type Stream = {
  send(frame: unknown): void;
  /** The next frame, from the first on, that fits. */
  next<T extends ServerFrame["type"]>(
    type: T,
    fits?: (frame: Extract<ServerFrame, { type: T }>) => boolean,
  ): Promise<Extract<ServerFrame, { type: T }>>;
  closed: Promise<{ code: number; reason: string }>;
  close(): void;
};

export async function openStream(url: string, options: { acknowledge?: boolean } = {}): Promise<Stream> {
  const { acknowledge = true } = options;
  const socket = new WebSocket(url.replace(/^http/, "ws"), { perMessageDeflate: false });
  const frames: ServerFrame[] = [];
  const listeners = new Set<() => void>();
  let bytes = 0;
  socket.on("message", (data: Buffer) => {
    bytes += data.byteLength;
    frames.push(ServerFrame.parse(JSON.parse(data.toString("utf8"))));
    if (acknowledge) socket.send(JSON.stringify({ type: "ack", bytes }));
    for (const listener of listeners) listener();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on("close", (code, reason) => {
      resolve({ code, reason: reason.toString() });
      for (const listener of listeners) listener();
    }),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    closed,
    close: () => socket.close(),
    next: (type, fits = () => true) =>
      new Promise((resolve, reject) => {
        let at = 0;
        const look = () => {
          for (; at < frames.length; at++) {
            const frame = frames[at];
            if (frame !== undefined && isA(frame, type) && fits(frame)) {
              listeners.delete(look);
              return resolve(frame);
            }
          }
          if (socket.readyState === WebSocket.CLOSED) reject(new Error(`closed without a frame ${type}`));
        };
        listeners.add(look);
        look();
      }),
  };
}

const isA = <T extends ServerFrame["type"]>(
  frame: ServerFrame,
  type: T,
): frame is Extract<ServerFrame, { type: T }> => frame.type === type;
