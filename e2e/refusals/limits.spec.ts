import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";
import { type DataFolder, demoFolder, type Gateway, startGateway } from "../targets/gateway.ts";
import { signedIn } from "../targets/client.ts";
import { raw } from "../targets/raw.ts";

const slowSenders = 200;

test.describe("floods", () => {
  let own: Gateway;
  let mara: Client;
  let tomas: Client;
  let folder: DataFolder;
  test.beforeAll(async () => {
    folder = demoFolder();
    own = await startGateway({
      dataDir: folder.path,
      env: { SLUICE_REQUESTS_PER_SECOND: "2", SLUICE_BAD_CREDENTIALS_PER_MINUTE: "30" },
    });
    [mara, tomas] = await Promise.all([
      signedIn(own.url, "demo-engineer"),
      signedIn(own.url, "demo-reviewer"),
    ]);
  });
  test.afterAll(async () => {
    await own.stop();
    folder.remove();
  });

  test("of one actor's requests are refused with when to come again, and others are answered", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => mara.get("/api/me")));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(5);
    expect(refused[0]).toMatchObject({ body: { code: "rate_limited" } });
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await tomas.get("/api/me")).status).toBe(200);
  });

  test("of bad tokens and tickets from an address are looked at no more, and who is known goes on", async () => {
    const ask = (n: number) =>
      n % 2 === 0
        ? raw(own.url, {
            path: "/api/me",
            headers: { authorization: `Bearer ${tomas.token.slice(0, -8)}${n}AAAAAA` },
          })
        : raw(own.url, { path: `/api/me?${n}`, headers: { authorization: "Bearer a.b.c" } });
    const statuses: number[] = [];
    for (let n = 0; n < 60; n++) statuses.push((await ask(n)).status);
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill(401));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    await expect.poll(async () => (await tomas.get("/api/me")).status).toBe(200);
  });

  test("of event streams are bounded for each actor", async () => {
    const over = new AbortController();
    const open = async () =>
      fetch(`${own.url}/api/events`, {
        headers: { authorization: `Bearer ${mara.token}` },
        signal: over.signal,
      });
    let opened = 0;
    // One at a time, as fast as they may come.
    await expect
      .poll(
        async () => {
          const { status } = await open();
          if (status === 200) opened++;
          return status === 429 && opened >= 20;
        },
        { timeout: 150_000, intervals: [250] },
      )
      .toBe(true);
    expect(opened).toBe(20);
    over.abort();
  });
});

test("senders that take their time are closed, and others are answered meanwhile", async ({
  gateway,
  as,
}) => {
  const mara = await as("demo-engineer");
  const heads = [
    "GET /api/me HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    `POST /api/sessions HTTP/1.1\r\nHost: localhost:${gateway.port}\r\nAuthorization: Bearer ${mara.token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
  ];
  const slow = await Promise.all(
    Array.from({ length: slowSenders }, async (_, n) => {
      const socket = connect(gateway.port, "127.0.0.1");
      socket.on("error", () => undefined);
      await once(socket, "connect");
      socket.write(heads[n % heads.length] ?? "");
      socket.resume();
      return socket;
    }),
  );
  const open = () => slow.filter((socket: Socket) => !socket.closed).length;
  expect((await mara.get("/api/me")).status).toBe(200);
  // None is closed for being one of many.
  expect(open()).toBeGreaterThan(0);
  await expect.poll(open, { timeout: 100_000 }).toBe(0);
  expect((await mara.get("/api/me")).status).toBe(200);
});

test("a giant cell and the widest row end or arrive as such, and the session goes on", async ({ as }) => {
  const mara = await as("demo-engineer");
  const session = await mara.open("shop", "giants");
  const giant = await mara.send(session, "SELECT repeat('x', 100000000) AS giant");
  expect(giant.status).toBe(200);
  expect(giant.body).toMatchObject({ state: "failed", error: { code: "too_large" } });
  const columns = Array.from({ length: 1_600 }, (_, n) => `${n} AS c${n}`);
  const wide = await mara.run(session, `SELECT ${columns.join(", ")}`);
  expect(wide.state).toBe("completed");
  const { result } = wide;
  expect(result?.columns).toHaveLength(1_600);
  expect(result).toMatchObject({ truncated: false });
  expect((await mara.run(session, "SELECT 1 AS one")).state).toBe("completed");
  await mara.delete(`/api/sessions/${session.id}`);
});

test("uploads of one actor that come in at once are bounded, and one that has left makes room", async ({
  gateway,
  as,
}) => {
  const mara = await as("demo-engineer");
  const session = await mara.open("bastion", "many files");
  const path = `/api/sessions/${session.id}/files/content?path=/tmp/one-of-many`;
  const slow = await Promise.all(
    Array.from({ length: 16 }, async () => {
      const socket = connect(gateway.port, "127.0.0.1");
      socket.on("error", () => undefined);
      await once(socket, "connect");
      socket.write(
        `PUT ${path} HTTP/1.1\r\nHost: localhost:${gateway.port}\r\nAuthorization: Bearer ${mara.token}\r\nContent-Type: application/octet-stream\r\nContent-Length: 100\r\n\r\nhalf`,
      );
      return socket;
    }),
  );
  const upload = async () => {
    const { status, body } = await mara.call("PUT", path, "whole", {
      "content-type": "application/octet-stream",
      prefer: "wait=0",
    });
    return `${status} ${String(Object(body).code ?? "")}`.trim();
  };
  await expect.poll(upload).toBe("429 rate_limited");
  for (const socket of slow) socket.destroy();
  await expect.poll(upload).not.toBe("429 rate_limited");
  await mara.delete(`/api/sessions/${session.id}`);
});
