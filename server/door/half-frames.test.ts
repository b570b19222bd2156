import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { countHalfFrames } from "./half-frames.ts";

const maxBytes = 10_000;
let server: WebSocketServer;
let waiting: { bytes: number };

beforeEach(async () => {
  waiting = { bytes: 0 };
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket, { socket: connection }) =>
    countHalfFrames({ connection, socket, waiting, maxBytes, tooMuch: () => socket.terminate() }),
  );
  await once(server, "listening");
});
afterEach(async () => {
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

async function connect() {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it listens on a port");
  const socket = new WebSocket(`ws://127.0.0.1:${address.port}`, { perMessageDeflate: false });
  socket.on("error", () => undefined);
  await once(socket, "open");
  const send = (bytes: number, fin: boolean) => socket.send("x".repeat(bytes), { fin });
  return { socket, send };
}
/** What waits, without what frames are wrapped in. */
const waits = () => Math.floor(waiting.bytes / 1_000);

test("frames that never end are bounded, of all sockets together, and others go on", async () => {
  const [one, two, three] = [await connect(), await connect(), await connect()];
  one.send(6_000, false);
  await expect.poll(waits).toBe(6);
  two.send(3_000, false);
  await expect.poll(waits).toBe(9);
  two.send(0, true);
  await expect.poll(waits).toBe(6);
  const over = once(three.socket, "close");
  three.send(6_000, false);
  await over;
  await expect.poll(waits).toBe(6);
  expect([one, two].map(({ socket }) => socket.readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
  one.socket.close();
  await expect.poll(() => waiting.bytes).toBe(0);
});

test("what is whole, and what keeps a connection alive, does not add up", async () => {
  const { socket, send } = await connect();
  for (let round = 0; round < 20; round++) {
    send(1_000, true);
    socket.ping("x".repeat(100));
    await once(socket, "pong");
  }
  await expect.poll(() => waiting.bytes).toBe(0);
  expect(socket.readyState).toBe(WebSocket.OPEN);
});
