import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { decodeJwt, importJWK, SignJWT } from "jose";
import { WebSocket } from "ws";
import type { Session } from "../../shared/nouns/session.ts";
import { type Client, clientWith } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";
import { issuerKey } from "../targets/pair.ts";
import { openStream, ticketFor, upgradeStatus } from "../targets/socket.ts";

let mara: Client;
let tomas: Client;
let elif: Client;
let session: Session;
test.beforeAll(async ({ as }) => {
  [mara, tomas, elif] = await Promise.all([as("demo-engineer"), as("demo-reviewer"), as("demo-auditor")]);
});
test.beforeEach(async () => {
  session = await mara.open("shop", "a socket of ill will");
});
test.afterEach(async () => {
  // Whatever came over a socket, the gateway answers others, and this one.
  expect((await tomas.get("/api/me")).status).toBe(200);
  await mara.delete(`/api/sessions/${session.id}`);
});

const streamOf = ({ id }: Session) => `/api/sessions/${id}/stream`;
const liveOf = ({ id }: Session) => `/api/recordings/${id}/live`;

/** A socket that says and takes what it likes, and how it ended. */
async function connect(client: Client, path: string) {
  const url = `${client.url.replace(/^http/, "ws")}${path}?ticket=${await ticketFor(client, path)}`;
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const closed = once(socket, "close").then(([code, reason]) => `${String(code)} ${String(reason)}`);
  socket.on("error", () => undefined);
  await once(socket, "open");
  return { socket, closed };
}
const commandsOf = async (client: Client, { id }: Session) =>
  Object((await client.get(`/api/sessions/${id}/commands`)).body).commands;

test.describe("a frame that is none ends the socket", () => {
  const deep = "[".repeat(500_000);
  for (const [what, frame] of [
    ["bytes", Buffer.from([0, 255, 254, 7])],
    ["no JSON", "{"],
    ["a value", "null"],
    ["a list", "[]"],
    ["an unknown type", '{"type":"sudo"}'],
    ["a prototype", '{"__proto__":{"type":"keys","text":"x"}}'],
    ["deep nesting", deep],
    ["deep nesting in a run", `{"type":"run","key":"k","input":${deep}${"]".repeat(deep.length)}}`],
    ["keys that are too many", JSON.stringify({ type: "keys", text: "x".repeat(64 * 1024 + 1) })],
    ["a size of nothing", '{"type":"resize","columns":0,"rows":0}'],
    ["a size below nothing", '{"type":"resize","columns":-80,"rows":24}'],
    ["a size beyond measure", '{"type":"resize","columns":1000000000,"rows":24}'],
    ["a size that is no number", '{"type":"terminal","columns":"80","rows":null}'],
    ["a size that is no whole number", '{"type":"resize","columns":80.5,"rows":24}'],
    ["an acknowledgement below nothing", '{"type":"ack","bytes":-1}'],
    ["an acknowledgement without end", '{"type":"ack","bytes":1e999}'],
  ] as const)
    test(what, async () => {
      const { socket, closed } = await connect(mara, streamOf(session));
      socket.send(frame);
      expect(await closed).toBe("1008 the frame cannot be read");
    });

  test("more than a frame may be", async () => {
    const { socket, closed } = await connect(mara, streamOf(session));
    socket.send("x".repeat(2 * 1024 * 1024 + 1));
    expect(await closed).toMatch(/^1009/);
  });
});

test("what comes behind the frame that ended the socket is not handled", async () => {
  const { socket, closed } = await connect(mara, streamOf(session));
  socket.send("{");
  for (let n = 0; n < 20; n++)
    socket.send(JSON.stringify({ type: "run", key: `late-${n}`, input: { sql: "SELECT 1" } }));
  expect(await closed).toBe("1008 the frame cannot be read");
  // It waits its turn behind whatever came before it.
  const { id } = await mara.run(session, "SELECT 2");
  expect(await commandsOf(mara, session)).toMatchObject([{ id }]);
});

test("whoever asks for more than may wait loses the socket, and nothing of the rest is done", async () => {
  const { socket, closed } = await connect(mara, streamOf(session));
  // None of what is answered is acknowledged, so that what is asked waits behind it.
  const sql = `SELECT 1 -- ${"x".repeat(1024 * 1024)}`;
  for (let n = 0; n < 64; n++) socket.send(JSON.stringify({ type: "run", key: `many-${n}`, input: { sql } }));
  expect(await closed).toBe("1008 more came than can wait");
  expect((await commandsOf(mara, session)).length).toBeLessThan(100);
});

test("keys and sizes by the hundred thousand, where there is no terminal, harm nobody", async () => {
  const { socket } = await connect(mara, streamOf(session));
  for (let n = 0; n < 100_000; n++) socket.send('{"type":"keys","text":"x"}');
  for (let n = 0; n < 10_000; n++) socket.send('{"type":"resize","columns":80,"rows":24}');
  for (let n = 0; n < 10_000; n++) socket.ping("x".repeat(100));
  expect((await tomas.get("/api/me")).status).toBe(200);
  socket.terminate();
});

test("a reader who acknowledges what was never read is sent no more than the window, and is let go", async ({
  gateway,
}) => {
  const { socket, closed } = await connect(mara, streamOf(session));
  // From here on nothing is taken out of the network.
  socket.pause();
  const sql = "SELECT n, repeat('x', 1000) FROM generate_series(1, 2000000) n";
  socket.send(JSON.stringify({ type: "run", key: "flood", input: { sql, maxRows: 10_000_000 } }));
  let over = false;
  void closed.then(() => (over = true));
  const recorded = () =>
    Math.max(
      0,
      ...readdirSync(join(gateway.dataDir, "recordings"), { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile() && file.name.includes(session.id))
        .map((file) => statSync(join(file.parentPath, file.name)).size),
    );
  let most = 0;
  // Guesses, upwards again and again: those above what was sent count for nothing.
  for (let bytes = 0; !over; bytes = bytes > 400_000_000 ? 0 : bytes + 65_536) {
    socket.send(JSON.stringify({ type: "ack", bytes }));
    if (bytes % (65_536 * 16) !== 0) continue;
    most = Math.max(most, recorded());
    expect(most).toBeLessThan(64 * 1024 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(most).toBeGreaterThan(0);
});

test("a stream is its owner's alone, whoever may watch it, and a ticket is for one of them", async () => {
  const upgrade = async (client: Client, purpose: string, path = purpose) =>
    upgradeStatus(`${client.url}${path}?ticket=${await ticketFor(client, purpose)}`);
  expect(await upgrade(tomas, streamOf(session))).toBe(404);
  expect(await upgrade(elif, streamOf(session))).toBe(404);
  expect(await upgrade(tomas, liveOf(session))).toBe(404);
  expect(await upgrade(elif, liveOf(session), streamOf(session))).toBe(401);
  expect(await upgrade(mara, liveOf(session), streamOf(session))).toBe(401);
});

test("a watch shows, and takes no keys, commands or cancels", async () => {
  const { socket, closed } = await connect(elif, liveOf(session));
  const held = await mara.run(session, "UPDATE orders SET note = 'watched' WHERE id = 32");
  for (const frame of [
    { type: "terminal", columns: 80, rows: 24 },
    { type: "keys", text: "rm -rf /\r" },
    { type: "run", key: "k", input: { sql: "SELECT 1" } },
    { type: "cancel", command: held.id },
    { type: "resize", columns: 80, rows: 24 },
  ])
    socket.send(JSON.stringify(frame));
  socket.send("{");
  expect(await closed).toBe("1008 the frame cannot be read");
  expect(await commandsOf(mara, session)).toMatchObject([{ id: held.id, state: "held" }]);
});

test("a watch ends with the right to it, though the token is renewed", async ({ gateway }) => {
  const { jwk } = issuerKey(gateway);
  const key = await importJWK(jwk, "RS256");
  const header = JSON.parse(Buffer.from(elif.token.split(".")[0] ?? "", "base64url").toString("utf8"));
  const claims = decodeJwt(elif.token);
  const sign = (changed: object) =>
    new SignJWT({ ...claims, ...changed })
      .setProtectedHeader({ alg: "RS256", kid: header.kid, typ: "at+jwt" })
      .sign(key);
  const path = liveOf(session);
  const open = () =>
    ticketFor(elif, path).then((ticket) => openStream(`${elif.url}${path}?ticket=${ticket}`));
  const [still, demoted] = [await open(), await open()];
  still.send({
    type: "renew",
    ticket: await ticketFor(clientWith(elif.url, await sign({ jti: "next" })), path),
  });
  // Of a second before, so that it takes nothing from the token that the others use.
  const before = Number(claims.iat) - 1;
  const less = clientWith(elif.url, await sign({ roles: [], groups: [], iat: before }));
  demoted.send({ type: "renew", ticket: await ticketFor(less, path) });
  expect(await demoted.closed).toEqual({ code: 1008, reason: "the ticket is not valid" });
  await mara.run(session, "SELECT 42");
  await still.next("event", ({ event }) => event.type === "outcome");
  still.close();
});

test("of what is asked over sockets so much may come as over calls", async () => {
  const { socket, closed } = await connect(mara, streamOf(session));
  for (let n = 0; n < 5_000; n++) socket.send('{"type":"cancel","command":"cmd_none"}');
  expect(["1008 more requests came than may", "1008 more came than can wait"]).toContain(await closed);
});
