import { randomUUID } from "node:crypto";
import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";
import { bytes, raw } from "../targets/raw.ts";

let mara: Client;
let elif: Client;
test.beforeAll(async ({ as }) => {
  [mara, elif] = await Promise.all([as("demo-engineer"), as("demo-auditor")]);
});

test("other hosts are not served, so that a rebound name reaches nothing", async ({ gateway }) => {
  const at = (host: string, path = "/api/me") =>
    raw(gateway.url, { path, headers: { host, authorization: `Bearer ${mara.token}` } });
  expect((await at(`localhost:${gateway.port}`)).status).toBe(200);
  for (const host of [
    "evil.example",
    `evil.example:${gateway.port}`,
    "localhost",
    `localhost.evil.example:${gateway.port}`,
    `localhost:${gateway.port}.evil.example`,
    `169.254.169.254:${gateway.port}`,
  ])
    for (const path of ["/api/me", "/api/config", "/", "/oidc/.well-known/openid-configuration"]) {
      const { status } = await at(host, path);
      expect([400, 403, 421], `${host}${path}`).toContain(status);
    }
});

test("other origins may call nothing, not even with a token", async ({ gateway }) => {
  for (const origin of [
    "https://evil.example",
    "null",
    "",
    `https://localhost:${gateway.port}`,
    `http://localhost:${gateway.port + 1}`,
    `${gateway.url}.evil.example`,
    gateway.url.replace("localhost", "LOCALHOST"),
    `${gateway.url}/`,
  ])
    for (const [method, path] of [
      ["GET", "/api/me"],
      ["POST", "/api/sessions"],
      ["OPTIONS", "/api/sessions"],
    ] as const) {
      const answer = await raw(gateway.url, {
        method,
        path,
        headers: {
          origin,
          authorization: `Bearer ${mara.token}`,
          "content-type": "application/json",
          host: `localhost:${gateway.port}`,
        },
        ...(method === "POST" && { body: '{"target":"shop"}' }),
      });
      expect(answer.status, `${method} ${path} from ${origin}`).toBe(403);
      expect(answer.text).toContain("origin_refused");
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    }
});

test("what a form of another site can send does nothing", async ({ gateway }) => {
  const body = JSON.stringify({ target: "shop" });
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "",
  ]) {
    const headers = { authorization: `Bearer ${mara.token}`, ...(type !== "" && { "content-type": type }) };
    const { status } = await raw(gateway.url, { method: "POST", path: "/api/sessions", headers, body });
    expect([400, 415, 422], type).toContain(status);
  }
});

test("bodies that cannot be read, do not fit or are too large are refused as such", async ({ gateway }) => {
  const session = await mara.open("shop", "bodies");
  const at = `/api/sessions/${session.id}/commands`;
  const refused = async (body: string, status: number, code: string, headers: Record<string, string> = {}) =>
    expect(await mara.call("POST", at, body, headers), body.slice(0, 60)).toMatchObject({
      status,
      body: { code },
    });
  await refused("{", 400, "malformed");
  await refused("", 400, "malformed");
  await refused("\u0000", 400, "malformed");
  await refused("null", 422, "invalid");
  await refused("[]", 422, "invalid");
  await refused('"SELECT 1"', 422, "invalid");
  await refused('{"sql": 1}', 422, "invalid");
  await refused('{"sql": "SELECT 1", "extra": true}', 422, "invalid");
  await refused('{"sql": "SELECT 1", "maxRows": -1}', 422, "invalid");
  await refused('{"sql": "SELECT 1", "maxRows": 1.5}', 422, "invalid");
  await refused('{"sql": "SELECT 1", "parameters": [{}]}', 422, "invalid");
  await refused('{"sql": ""}', 422, "invalid");
  await refused('{"sql": "  -- nothing"}', 400, "sql_empty");
  await refused('{"sql": "SELECT \\u0000 1"}', 400, "sql_unparseable");
  await refused(JSON.stringify({ sql: `SELECT '${"x".repeat(2 * 1024 * 1024)}'` }), 413, "too_large");
  // Deep enough to end a recursive parser; the gateway says so and lives.
  await refused(
    JSON.stringify({ sql: `SELECT ${"(".repeat(20_000)}1${")".repeat(20_000)}` }),
    413,
    "sql_too_large",
  );
  const sums = await mara.call("POST", at, JSON.stringify({ sql: `SELECT ${"1+".repeat(20_000)}1` }));
  expect([200, 400, 413, 503]).toContain(sums.status);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  expect((await mara.send(session, "SELECT 1")).status).toBe(200);
  await mara.delete(`/api/sessions/${session.id}`);
});

test("a body whose length is not said is bounded all the same", async ({ gateway }) => {
  const chunk = `10000\r\n${"x".repeat(64 * 1024)}\r\n`;
  const request = [
    "POST /api/sessions HTTP/1.1",
    `Host: localhost:${gateway.port}`,
    `Authorization: Bearer ${mara.token}`,
    "Content-Type: application/json",
    "Transfer-Encoding: chunked",
    `\r\n${chunk.repeat(64)}0\r\n\r\n`,
  ].join("\r\n");
  // The answer may be lost where the gateway closes while we still write; it has taken no more than its bound.
  expect(await bytes(gateway.url, request).catch(() => "")).toMatch(/^(HTTP\/1\.1 413|$)/);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
});

test("two readings of one request are refused before either is believed", async ({ gateway }) => {
  const head = (extra: string) =>
    `POST /api/sessions HTTP/1.1\r\nHost: localhost:${gateway.port}\r\nAuthorization: Bearer ${mara.token}\r\nContent-Type: application/json\r\n${extra}`;
  for (const request of [
    head("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    head("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"),
    head("Transfer-Encoding: identity, chunked, x\r\n\r\n0\r\n\r\n"),
    `GET /api/me HTTP/1.1\r\nHost: localhost:${gateway.port}\r\nAuthorization : Bearer ${mara.token}\r\n\r\n`,
    "GET /api/me HTTP/1.1\r\n\r\n",
  ])
    expect(await bytes(gateway.url, request)).toMatch(/^HTTP\/1\.1 (400|421|413)/);
});

test("names that JavaScript treats as its own are data", async ({ as }) => {
  const admin = await as("demo-admin");
  const session = await mara.open("shop", "pollution");
  const polluted = '{"sql": "SELECT 1", "__proto__": {"maxRows": 99, "roles": ["administrator"]}}';
  for (const body of [polluted, '{"sql": "SELECT 1", "constructor": {"prototype": {"x": 1}}}'])
    expect([200, 422]).toContain(
      (await mara.call("POST", `/api/sessions/${session.id}/commands`, body)).status,
    );
  const classes = "/api/targets/shop/classes";
  const before = (await admin.get(classes)).body;
  const emptied = '{"__proto__": {"email": "none"}}';
  expect(await admin.call("PUT", classes, emptied)).toMatchObject({
    status: 400,
    body: { code: "malformed" },
  });
  expect((await admin.get(classes)).body).toEqual(before);
  expect((await mara.put("/api/targets/__proto__", {})).status).toBeGreaterThanOrEqual(403);
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const { status } = await mara.call("POST", "/api/sessions", JSON.stringify({ target: name }));
    expect([404, 422], name).toContain(status);
    expect([404, 422], name).toContain((await admin.get(`/api/targets/${name}/schema`)).status);
  }
  const { result } = await mara.run(session, {
    sql: `SELECT $1::text AS "__proto__", $2::text AS "constructor"`,
    parameters: ["__proto__", "constructor.prototype"],
  });
  expect(result?.rows).toEqual([["__proto__", "constructor.prototype"]]);
  expect((await mara.get("/api/me?__proto__[roles]=administrator")).body).toMatchObject({
    roles: ["engineer"],
  });
  expect(await mara.call("GET", "/api/recordings?q=__proto__&constructor=1")).toMatchObject({ status: 200 });
  await mara.delete(`/api/sessions/${session.id}`);
});

test("no path leads out of the recordings or the portal's files", async ({ gateway }) => {
  const outs = [
    "..%2f..%2fledger-key.pem",
    "..%2F..%2F..%2F..%2Fetc%2Fpasswd",
    "%2e%2e%2fledger-key.pem",
    "....//ledger-key.pem",
    "..\\..\\ledger-key.pem",
    "%252e%252e%252fledger-key.pem",
    "/etc/passwd",
    "ses_..%2f..%2fledger-key",
    "%00",
    "ses_00000000000000000000000000%00.rec",
  ];
  for (const out of outs)
    for (const path of [
      `/api/recordings/${out}`,
      `/api/recordings/${out}/file`,
      `/assets/${out}`,
      `/${out}`,
    ]) {
      const { status, text } = await raw(gateway.url, {
        path,
        headers: { authorization: `Bearer ${elif.token}` },
      });
      expect(text, path).not.toMatch(/PRIVATE KEY|root:x:/);
      if (path.startsWith("/api/")) expect([400, 404, 422], path).toContain(status);
    }
});

test("a page can be framed nowhere, runs no script but ours, and nothing of the API is kept", async ({
  gateway,
}) => {
  const page = await fetch(`${gateway.url}/`);
  const policy = page.headers.get("content-security-policy") ?? "";
  for (const directive of [
    "default-src 'none'",
    "script-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ])
    expect(policy.split("; ")).toContain(directive);
  // A proxy in front closes idle connections first: what it sends meets none that the gateway is closing.
  expect(page.headers.get("keep-alive")).toBe("timeout=65");
  const api = await mara.get("/api/me");
  expect(api.headers.get("cache-control")).toBe("no-store");
  expect(api.headers.get("x-content-type-options")).toBe("nosniff");
  const problem = await mara.get(`/api/commands/${randomUUID()}`);
  expect(problem.headers.get("x-content-type-options")).toBe("nosniff");
});

test("a planted cookie is nobody, and none is ever set", async ({ gateway }) => {
  for (const path of ["/", "/api/config", "/api/me", "/sign-in", "/auth/callback?code=planted&state=planted"])
    for (const authorization of [undefined, `Bearer ${mara.token}`]) {
      const response = await fetch(gateway.url + path, {
        headers: {
          cookie: "session=planted; token=planted; connect.sid=planted",
          ...(authorization !== undefined && { authorization }),
        },
      });
      expect(response.headers.get("set-cookie"), path).toBeNull();
      if (path === "/api/me") expect(response.status).toBe(authorization === undefined ? 401 : 200);
    }
});

test("no link that is followed or fetched ahead decides a review", async ({ as }) => {
  const tomas = await as("demo-reviewer");
  const session = await mara.open("shop", "links");
  const { review } = await mara.run(session, "UPDATE orders SET note = 'linked' WHERE id = 41");
  const id = review?.id ?? "";
  const { sha256 } = await tomas.review(id);
  const query = `?verdict=approve&sha256=${sha256}`;
  for (const method of ["GET", "HEAD", "OPTIONS"])
    for (const path of [
      `/api/reviews/${id}/votes${query}`,
      `/api/reviews/${id}/approve`,
      `/api/reviews/${id}${query}`,
    ])
      await tomas.call(method, path);
  // What a button in a chat would send: no token, or a form.
  for (const headers of [{}, { "content-type": "application/x-www-form-urlencoded" }])
    expect(
      (
        await fetch(`${tomas.url}/api/reviews/${id}/votes`, {
          method: "POST",
          headers: new Headers(Object.entries(headers)),
          body: query.slice(1),
        })
      ).status,
    ).toBe(401);
  expect(await tomas.review(id)).toMatchObject({ state: "pending", votes: [] });
  await mara.delete(`/api/sessions/${session.id}`);
});
