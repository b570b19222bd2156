import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FileCommand, type SqlCommand } from "../../shared/nouns/command.ts";
import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { type Client, clientWith, demoClients } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";

/** Reviewed by people: who gets what answer at each endpoint, where everything asked for is the engineer's own. */
const file = join(import.meta.dirname, "matrix.md");
/** Writes the table anew instead of comparing; its difference is then what a reviewer reads. */
const update = process.env["SLUICE_E2E_UPDATE"] === "1";

/** What an engineer has, made for one call so that no call finds what an earlier one left. */
type Owned = {
  session(): Promise<Session>;
  /** On the host. */
  hostSession(): Promise<Session>;
  download(): Promise<FileCommand>;
  command(): Promise<SqlCommand>;
  review(): Promise<ReviewForViewer>;
  /** A target that nothing answers at, added by an administrator. */
  target(): Promise<string>;
  /** A block of nobody's access, by an administrator. */
  block(): Promise<string>;
};
type Probe = { path?: Record<string, string>; body?: unknown; query?: string };
const classes = { classes: [], patterns: [] };
const target = {
  kind: "postgres",
  host: "127.0.0.1",
  port: 1,
  database: "x",
  user: "x",
  password: "x",
  tls: "off",
  tags: {},
};
const hash = "0".repeat(64);

/** One well-formed call of each endpoint. An endpoint that is missing here has no refusal test, and the build is red. */
const probes: Record<string, (mine: Owned) => Promise<Probe> | Probe> = {
  "GET /api/config": () => ({}),
  "GET /api/me": () => ({}),
  "POST /api/tickets": async (mine) => ({
    body: { purpose: `/api/sessions/${(await mine.session()).id}/stream` },
  }),
  "GET /api/targets": () => ({}),
  "GET /api/targets/{name}/schema": () => ({ path: { name: "shop" } }),
  "PUT /api/targets/{name}": async (mine) => ({ path: { name: await mine.target() }, body: target }),
  "DELETE /api/targets/{name}": async (mine) => ({ path: { name: await mine.target() } }),
  "POST /api/targets/{name}/test": async (mine) => ({ path: { name: await mine.target() } }),
  "POST /api/host-keys": async () => ({ body: { host: "127.0.0.1", port: 1 } }),
  "POST /api/targets/{name}/refresh": async (mine) => ({ path: { name: await mine.target() } }),
  "GET /api/targets/{name}/classes": () => ({ path: { name: "shop" } }),
  "PUT /api/targets/{name}/classes": async (mine) => ({ path: { name: await mine.target() }, body: {} }),
  "GET /api/classes": () => ({}),
  "PUT /api/classes": () => ({ body: { ...classes, patterns: [{ column: "x", class: "no-such-class" }] } }),
  "POST /api/targets/{name}/discover": async (mine) => ({
    path: { name: await mine.target() },
    body: {},
  }),
  "GET /api/targets/{name}/drift": () => ({ path: { name: "shop" } }),
  "POST /api/sessions": () => ({ body: { target: "shop" } }),
  "GET /api/sessions": () => ({}),
  "GET /api/sessions/{id}": async (mine) => ({ path: { id: (await mine.session()).id } }),
  "DELETE /api/sessions/{id}": async (mine) => ({ path: { id: (await mine.session()).id } }),
  "POST /api/sessions/{id}/commands": async (mine) => ({
    path: { id: (await mine.session()).id },
    body: { sql: "SELECT 1" },
  }),
  "GET /api/sessions/{id}/commands": async (mine) => ({ path: { id: (await mine.session()).id } }),
  "GET /api/commands/{id}": async (mine) => ({ path: { id: (await mine.command()).id } }),
  "GET /api/commands/{id}/result": async (mine) => ({ path: { id: (await mine.command()).id } }),
  "DELETE /api/commands/{id}": async (mine) => ({ path: { id: (await mine.review()).command } }),
  "GET /api/sessions/{id}/files": async (mine) => ({ path: { id: (await mine.hostSession()).id } }),
  "GET /api/sessions/{id}/files/content": async (mine) => ({
    path: { id: (await mine.hostSession()).id },
    query: "path=notes.md",
  }),
  "PUT /api/sessions/{id}/files/content": async (mine) => ({
    path: { id: (await mine.hostSession()).id },
    query: "path=matrix.txt",
    body: "matrix",
  }),
  "GET /api/commands/{id}/content": async (mine) => ({ path: { id: (await mine.download()).id } }),
  "GET /api/reviews": () => ({}),
  "GET /api/reviews/{id}": async (mine) => ({ path: { id: (await mine.review()).id } }),
  "POST /api/reviews/{id}/votes": async (mine) => {
    const { id, sha256 } = await mine.review();
    return { path: { id }, body: { verdict: "reject", sha256 } };
  },
  "GET /api/recordings": () => ({}),
  "GET /api/recordings/{sessionId}": async (mine) => ({ path: { sessionId: (await mine.session()).id } }),
  "GET /api/recordings/{sessionId}/file": async (mine) => ({
    path: { sessionId: (await mine.session()).id },
  }),
  "GET /api/recordings/{sessionId}/keeping": async (mine) => ({
    path: { sessionId: (await mine.session()).id },
  }),
  "PUT /api/recordings/{sessionId}/hold": async (mine) => ({
    path: { sessionId: (await mine.session()).id },
    body: { held: true, reason: "matrix" },
  }),
  "GET /api/ledger": () => ({}),
  "GET /api/ledger/key": () => ({}),
  "GET /api/ledger/file": () => ({}),
  "POST /api/ledger/keys": () => ({}),
  "GET /api/evidence": () => ({}),
  "GET /api/evidence/archive": () => ({
    query: "from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z",
  }),
  "GET /api/policies": () => ({}),
  "PUT /api/policies": () => ({ body: { text: "permit (", comment: "" } }),
  "GET /api/policies/history": () => ({}),
  "POST /api/policies/validate": () => ({ body: { text: "" } }),
  "POST /api/policies/evaluate": () => ({ body: { target: "shop", command: { sql: "SELECT 1" } } }),
  "GET /api/blocks": () => ({}),
  "GET /api/people": () => ({}),
  "POST /api/blocks": () => ({ body: { subject: `nobody-${randomUUID()}`, reason: "matrix" } }),
  "POST /api/blocks/{id}/lift": async (mine) => ({
    path: { id: await mine.block() },
    body: { reason: "matrix" },
  }),
  "GET /api/events": () => ({}),
};

/** The same call with each of its ids replaced by one that never was. */
const unknownIds: Record<string, string> = {
  sessions: "ses_00000000000000000000000000",
  recordings: "ses_00000000000000000000000000",
  commands: "cmd_00000000000000000000000000",
  reviews: "rev_00000000000000000000000000",
  targets: "never-was",
};

const fill = (path: string, values: Record<string, string> = {}) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");

/** The status, and the refusal's code. Events have no end, so the answer's head is all that is read. */
async function answerOf(client: Client, method: string, path: string, body: unknown): Promise<string> {
  const over = new AbortController();
  const response = await fetch(client.url + path, {
    method,
    headers: {
      ...(client.token !== "" && { authorization: `Bearer ${client.token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: over.signal,
  });
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
  const code = isProblem ? ` ${Object(await response.json()).code}` : "";
  over.abort();
  return `${response.status}${code}`;
}

test("every endpoint answers each role as the reviewed table says", async ({ gateway, as }) => {
  const description = Object((await (await as("demo-admin")).get("/api/openapi.json")).body).paths;
  const endpoints = Object.entries(description).flatMap(([path, methods]) =>
    Object.keys(Object(methods)).map((method) => ({ method: method.toUpperCase(), path })),
  );
  expect(endpoints.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
    Object.keys(probes).toSorted(),
  );

  const [mara, admin] = await Promise.all([as("demo-engineer"), as("demo-admin")]);
  const session = await mara.open("shop", "matrix");
  const opened: Session[] = [];
  const mine: Owned = {
    async session() {
      const made = await mara.open("shop", "matrix");
      opened.push(made);
      return made;
    },
    async hostSession() {
      const made = await mara.open("bastion", "matrix");
      opened.push(made);
      return made;
    },
    async download() {
      const { id } = await mine.hostSession();
      const { body } = await mara.post(`/api/sessions/${id}/commands`, {
        file: "download",
        path: "notes.md",
      });
      return FileCommand.parse(body);
    },
    command: () => mara.run(session, "SELECT 1"),
    async review() {
      const { review } = await mara.run(session, "UPDATE orders SET note = 'matrix' WHERE id = 1");
      return mara.review(review?.id ?? "");
    },
    async block() {
      const { body } = await admin.post("/api/blocks", {
        subject: `nobody-${randomUUID()}`,
        reason: "matrix",
      });
      return String(Object(body).id);
    },
    async target() {
      const name = `m${randomUUID().slice(0, 8)}`;
      await admin.put(`/api/targets/${name}`, target);
      return name;
    },
  };
  const callers = [
    { name: "nobody", client: clientWith(gateway.url, "") },
    ...(await Promise.all(
      demoClients.map(async (who) => ({ name: who.replace("demo-", ""), client: await as(who) })),
    )),
  ].filter(({ name }) => name !== "reviewer-2");

  const rows: string[][] = [];
  for (const { method, path } of endpoints) {
    const row: string[] = [];
    for (const { client } of callers) {
      const probe = (await probes[`${method} ${path}`]?.(mine)) ?? {};
      const query = probe.query === undefined ? "" : `?${probe.query}`;
      row.push(await answerOf(client, method, fill(path, probe.path) + query, probe.body));
      for (const one of opened.splice(0)) await mara.delete(`/api/sessions/${one.id}`);
    }
    rows.push([`\`${method} ${path}\``, ...row]);
  }
  for (const { name } of Object((await admin.get("/api/targets")).body).targets)
    if (/^m[0-9a-f]{8}$/.test(name)) await admin.delete(`/api/targets/${name}`);
  await mara.delete(`/api/sessions/${session.id}`);

  const lines = [
    ["endpoint", ...callers.map(({ name }) => name)],
    ["---", ...callers.map(() => "---")],
    ...rows,
  ];
  const table = `${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
  if (update) writeFileSync(file, table);
  expect(table).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
});

test("nobody gets in anywhere without a token, whatever the method", async ({ gateway }) => {
  const paths = Object.keys(probes)
    .map((endpoint) => endpoint.split(" ")[1] ?? "")
    .filter((path) => path !== "/api/config");
  for (const path of [...paths, "/api/", "/api/nothing", "/api/openapi.json/x", "/api//me", "/api/config/.."])
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const { status } = await fetch(gateway.url + fill(path, { id: "x", name: "x", sessionId: "x" }), {
        method,
      });
      expect(status, `${method} ${path}`).toBe(401);
    }
});

test("what is somebody else's and what never was look alike", async ({ as }) => {
  const [mara, agent] = await Promise.all([as("demo-engineer"), as("demo-agent")]);
  const session = await mara.open("shop", "foreign");
  const command = await mara.run(session, "SELECT 1");
  const held = await mara.run(session, "UPDATE orders SET note = 'foreign' WHERE id = 2");
  const foreign: Record<string, string> = {
    sessions: session.id,
    recordings: session.id,
    commands: command.id,
    reviews: held.review?.id ?? "",
    // The demo's only target is everybody's; one that an actor may not open is told apart in the matrix.
  };
  for (const endpoint of Object.keys(probes)) {
    const [method = "", path = ""] = endpoint.split(" ");
    const room = path.split("/")[2] ?? "";
    const id = foreign[room];
    if (id === undefined || !path.includes("{")) continue;
    const body = path.endsWith("/votes")
      ? { verdict: "approve", sha256: hash }
      : path.endsWith("/commands") && method === "POST"
        ? { sql: "SELECT 1" }
        : undefined;
    const query = path.endsWith("/files/content") ? "?path=x" : "";
    const ask = async (value: string) => {
      const { status, text } = await agent.call(method, path.replace(/\{\w+\}/, value) + query, body);
      return { status, text };
    };
    expect(await ask(id), endpoint).toEqual(await ask(unknownIds[room] ?? ""));
    // An agent is no reviewer of anything, so it is told that before a review is looked for.
    expect((await ask(id)).status, endpoint).toBe(/\/(votes|hold)$/.test(path) ? 403 : 404);
  }
  await mara.delete(`/api/sessions/${session.id}`);
});
