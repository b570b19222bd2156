import { decodeJwt, importJWK, SignJWT } from "jose";
import { Client as Connection } from "pg";
import { type Client, clientWith } from "../targets/client.ts";
import { listen } from "../targets/events.ts";
import { expect, test } from "../targets/fixtures.ts";
import { issuerKey, type Pair, startPair } from "../targets/pair.ts";
import { openStream, ticketFor, upgradeStatus } from "../targets/socket.ts";

test.describe.configure({ mode: "serial" });
let pair: Pair;
/** The engineer at one gateway; the administrator at the other. */
let mara: Client;
let admin: Client;
test.beforeAll(async ({ gateway }) => {
  pair = await startPair(gateway);
  mara = await pair.as("demo-engineer", pair.here);
  admin = await pair.as("demo-admin", pair.there);
});
test.afterAll(async () => {
  await pair.stop();
});

const streamOf = ({ id }: { id: string }) => `/api/sessions/${id}/stream`;
const connect = async (client: Client, path: string) =>
  openStream(`${client.url}${path}?ticket=${await ticketFor(client, path)}`);

test("an administrator at one gateway ends all that somebody has at another, by its codes and sentences", async () => {
  const { host, port, database, user, password } = pair.target.asTarget;
  const holder = new Connection({ host, port, database, user, password });
  await holder.connect();
  await holder.query("begin; update stock set note = 'held' where id = 1");
  const [working, asking] = [await mara.open("staging", "works"), await mara.open("prod", "asks")];
  const held = await mara.run(asking, "UPDATE stock SET note = 'asked' WHERE id = 2");
  expect(held.state).toBe("held");
  const socket = await connect(mara, streamOf(working));
  const events = await listen(mara);
  const spare = await ticketFor(mara, streamOf(asking));
  socket.send({ type: "run", key: "k", input: { sql: "UPDATE stock SET note = 'mine' WHERE id = 1" } });
  const { command } = await socket.next("accepted");
  const waiting = async () =>
    Number(
      (
        await pair.target.query(
          `select count(*) from pg_stat_activity where application_name = 'sluice/${working.id}' and wait_event_type = 'Lock'`,
        )
      )[0]?.["count"],
    );
  await expect.poll(waiting).toBe(1);

  const blocked = await admin.post("/api/blocks", { subject: "mara.lindqvist", reason: "laptop stolen" });
  expect(blocked).toMatchObject({
    status: 201,
    body: { subject: "mara.lindqvist", reason: "laptop stolen" },
  });

  // Which of the two is first is not said: the session's end, or the end of their access.
  expect(["access revoked", "The session has ended: an administrator has taken the access back."]).toContain(
    (await socket.closed).reason,
  );
  await expect.poll(waiting).toBe(0);
  await expect.poll(() => events.ended).toBe(true);
  for (const [method, path] of [
    ["GET", "/api/me"],
    ["POST", "/api/sessions"],
    ["GET", `/api/commands/${held.id}`],
    ["GET", "/api/events"],
  ] as const)
    expect(
      await mara.call(method, path, method === "POST" ? { target: "staging" } : undefined),
    ).toMatchObject({
      status: 403,
      body: { code: "access_revoked", detail: "An administrator has taken your access back." },
    });
  expect(await upgradeStatus(`${mara.url}${streamOf(asking)}?ticket=${spare}`)).toBe(403);
  // Her agent acts for her no more.
  const agent = await pair.as("demo-agent", pair.here);
  expect((await agent.get("/api/me")).status).toBe(403);

  const id = String(Object(blocked.body).id);
  expect((await admin.get("/api/blocks")).body).toMatchObject({ blocks: [{ id }] });
  expect((await admin.post(`/api/blocks/${id}/lift`, { reason: "found" })).status).toBe(204);
  await expect.poll(async () => (await mara.get("/api/me")).status).toBe(200);
  await expect.poll(() => mara.command(held.id)).toMatchObject({ state: "withdrawn" });
  await expect
    .poll(() => mara.command(command))
    .toMatchObject({
      state: "cancelled",
      error: { code: "session_closed" },
    });
  for (const session of [working, asking])
    expect((await mara.get(`/api/sessions/${session.id}`)).body).toMatchObject({
      state: "closed",
      closedBecause: "revoked",
    });
  const auditor = await pair.as("demo-auditor", pair.there);
  const { entries } = Object((await auditor.get("/api/ledger?limit=500")).body);
  const told = entries.filter(({ kind }: { kind: string }) => kind.startsWith("access."));
  expect(told).toMatchObject([
    { kind: "access.revoked", body: { subject: "mara.lindqvist", reason: "laptop stolen" } },
    { kind: "access.restored", body: { subject: "mara.lindqvist", reason: "found" } },
  ]);
  await holder.query("rollback");
  await holder.end();
});

test("nobody takes their own access back, nor anybody's twice, nor without a reason, nor without the right", async () => {
  const me = Object((await admin.get("/api/me")).body);
  const ask = async (client: Client, subject: string, reason: string) => {
    const { status, body } = await client.post("/api/blocks", { subject, reason });
    return `${status} ${Object(body).code ?? ""}`.trim();
  };
  expect(await ask(admin, me.id, "oops")).toBe("422 invalid");
  expect(await ask(admin, "jonas.weiss", "oops")).toBe("422 invalid");
  expect(await ask(admin, "somebody", "  ")).toBe("422 invalid");
  expect(await ask(mara, "tomas.okafor", "mine")).toBe("403 forbidden");
  expect(await ask(admin, "somebody", "once")).toBe("201");
  expect(await ask(admin, "somebody", "twice")).toBe("409 conflict");
});

test("a socket ends with its token, unless a ticket of the next one comes in time; nobody else's helps", async ({
  gateway,
}) => {
  const { jwk } = issuerKey(gateway);
  const key = await importJWK(jwk, "RS256");
  const lasting = (seconds: number) =>
    new SignJWT({ ...decodeJwt(mara.token), exp: Math.floor(Date.now() / 1000) + seconds })
      .setProtectedHeader({
        alg: "RS256",
        kid: headerOf(mara.token).kid,
        typ: "at+jwt",
      })
      .sign(key);
  const session = await mara.open("staging", "renews");
  const path = streamOf(session);
  const short = clientWith(pair.here.url, await lasting(20));
  const [left, renewed, confused] = await Promise.all([1, 2, 3].map(() => connect(short, path)));
  if (left === undefined || renewed === undefined || confused === undefined)
    throw new Error("three were opened");
  const tomas = await pair.as("demo-reviewer", pair.here);
  renewed.send({ type: "renew", ticket: await ticketFor(mara, path) });
  confused.send({ type: "renew", ticket: await ticketFor(tomas, path) });
  expect(await confused.closed).toEqual({ code: 1008, reason: "the ticket is not valid" });
  expect(await left.closed).toEqual({ code: 1008, reason: "token expired" });
  renewed.send({ type: "run", key: "later", input: { sql: "SELECT 1" } });
  expect(await renewed.next("command")).toMatchObject({ command: { state: "completed" } });
  renewed.close();
});

const headerOf = (token: string): { kid: string } =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString("utf8"));
