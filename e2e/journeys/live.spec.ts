import { randomUUID } from "node:crypto";
import type { Session } from "../../shared/nouns/session.ts";
import type { Client } from "../targets/client.ts";
import { listen } from "../targets/events.ts";
import { expect, test } from "../targets/fixtures.ts";
import { openStream, ticketFor, upgradeStatus } from "../targets/socket.ts";

let mara: Client;
let tomas: Client;
let elif: Client;
let session: Session;
let stream: string;
test.beforeAll(async ({ as }) => {
  [mara, tomas, elif] = await Promise.all([as("demo-engineer"), as("demo-reviewer"), as("demo-auditor")]);
});
test.beforeEach(async () => {
  session = await mara.open("shop", "live");
  stream = `/api/sessions/${session.id}/stream`;
});
test.afterEach(async () => {
  await mara.delete(`/api/sessions/${session.id}`);
});

test.describe("a WebSocket", () => {
  test("carries commands and their events, and tells a run that is none", async ({ gateway }) => {
    const socket = await openStream(`${gateway.url}${stream}?ticket=${await ticketFor(mara, stream)}`);
    const key = randomUUID();
    socket.send({ type: "run", key, input: { sql: "SELECT 1 AS one" } });
    const { command } = await socket.next("accepted", (frame) => frame.key === key);
    const rows = await socket.next(
      "event",
      ({ event }) => event.type === "rows" && event.command === command,
    );
    expect(rows.event).toMatchObject({ rows: [["1"]] });
    expect(await socket.next("command", (frame) => frame.command.id === command)).toMatchObject({
      command: { state: "completed" },
    });

    socket.send({ type: "run", key: "bad", input: { sql: "SELEC" } });
    expect(await socket.next("refused", (frame) => frame.key === "bad")).toMatchObject({
      problem: { code: "sql_unparseable" },
    });
    socket.close();
  });

  test("shows the owner what their REST calls and their reviewers do", async ({ gateway }) => {
    const socket = await openStream(`${gateway.url}${stream}?ticket=${await ticketFor(mara, stream)}`);
    const held = await mara.run(session, "UPDATE orders SET note = 'watched' WHERE id = 31");
    await socket.next("event", ({ event }) => event.type === "held" && event.command === held.id);
    const { sha256 } = await tomas.review(held.review?.id ?? "");
    await tomas.vote(held.review?.id ?? "", "approve", sha256);
    await socket.next("event", ({ event }) => event.type === "vote" && event.name === "Tomas Okafor");
    const end = await socket.next(
      "event",
      ({ event }) => event.type === "outcome" && event.command === held.id,
    );
    expect(end.event).toMatchObject({ state: "completed" });
    socket.close();
  });

  test("cancels what it runs", async ({ gateway }) => {
    const socket = await openStream(`${gateway.url}${stream}?ticket=${await ticketFor(mara, stream)}`);
    const sql =
      "SELECT count(*) FROM order_items a, order_items b, order_items c WHERE a.quantity + b.quantity + c.quantity < 0";
    socket.send({ type: "run", key: "long", input: { sql } });
    const { command } = await socket.next("accepted");
    await socket.next("event", ({ event }) => event.type === "state" && event.state === "running");
    socket.send({ type: "cancel", command });
    expect(await socket.next("command")).toMatchObject({ command: { state: "cancelled" } });
    socket.close();
  });

  test("ends with its session", async ({ gateway }) => {
    const socket = await openStream(`${gateway.url}${stream}?ticket=${await ticketFor(mara, stream)}`);
    await elif.delete(`/api/sessions/${session.id}`);
    expect(await socket.closed).toMatchObject({ code: 1000 });
  });

  test("closes on a frame that it cannot read", async ({ gateway }) => {
    const socket = await openStream(`${gateway.url}${stream}?ticket=${await ticketFor(mara, stream)}`);
    socket.send({ type: "run", input: { sql: 1 } });
    expect(await socket.closed).toMatchObject({ code: 1008 });
  });

  test("takes a ticket once, and no wrong one: 401 and never 101", async ({ gateway, as }) => {
    const at = (ticket: string, path = stream) => upgradeStatus(`${gateway.url}${path}?ticket=${ticket}`);
    const once = await ticketFor(mara, stream);
    expect(await at(once)).toBe(101);
    expect(await at(once)).toBe(401);
    expect(await at("")).toBe(401);
    expect(await at("x".repeat(43))).toBe(401);
    expect(await upgradeStatus(gateway.url + stream)).toBe(401);
    expect(await upgradeStatus(gateway.url + stream, { authorization: `Bearer ${mara.token}` })).toBe(401);
    // A ticket for a path is for no other, and a stranger's ticket opens nothing of mine.
    const other = await mara.open("shop");
    expect(await at(await ticketFor(mara, `/api/sessions/${other.id}/stream`))).toBe(401);
    expect(await at(await ticketFor(mara, `/api/recordings/${session.id}/live`))).toBe(401);
    expect(await at(await ticketFor(await as("demo-admin"), stream))).toBe(404);
    await mara.delete(`/api/sessions/${other.id}`);
  });

  test("refuses a foreign Origin and Host, also with a good ticket", async ({ gateway }) => {
    const at = async (headers: Record<string, string>) =>
      upgradeStatus(`${gateway.url}${stream}?ticket=${await ticketFor(mara, stream)}`, headers);
    for (const origin of [
      "https://evil.example",
      "null",
      `http://localhost:${gateway.port + 1}`,
      `${gateway.url}.evil.example`,
      gateway.url.toUpperCase(),
    ])
      expect(await at({ origin }), origin).toBe(403);
    expect(await at({ host: "evil.example" })).toBe(421);
    expect(await at({ origin: gateway.url })).toBe(101);
  });

  test("lets an auditor watch, from the beginning, and nobody else", async ({ gateway, as }) => {
    const live = `/api/recordings/${session.id}/live`;
    await mara.run(session, "SELECT 'before' AS said");
    const watch = await openStream(`${gateway.url}${live}?ticket=${await ticketFor(elif, live)}`);
    await watch.next("event", ({ event }) => event.type === "opened");
    await watch.next("event", ({ event }) => event.type === "rows" && event.rows[0]?.[0] === "before");
    await mara.run(session, "SELECT 'after' AS said");
    await watch.next("event", ({ event }) => event.type === "rows" && event.rows[0]?.[0] === "after");
    await mara.delete(`/api/sessions/${session.id}`);
    await watch.next("event", ({ event }) => event.type === "closed");
    expect(await watch.closed).toMatchObject({ code: 1000 });
    for (const who of ["demo-reviewer", "demo-admin", "demo-agent"] as const)
      expect(
        await upgradeStatus(`${gateway.url}${live}?ticket=${await ticketFor(await as(who), live)}`),
      ).toBe(404);
  });
});

test.describe("server-sent events", () => {
  test("tell a reviewer of a review, its people of its end, and strangers nothing", async ({ as }) => {
    const [atTomas, atMara, atAdmin, atAgent] = await Promise.all([
      listen(tomas),
      listen(mara),
      listen(await as("demo-admin")),
      listen(await as("demo-agent")),
    ]);
    const held = await mara.run(session, "UPDATE orders SET note = 'heard' WHERE id = 32");
    const id = held.review?.id ?? "";
    expect(JSON.parse(await atTomas.until("review.opened", id))).toEqual({
      type: "review.opened",
      review: id,
      target: "shop",
    });
    const { sha256 } = await tomas.review(id);
    await tomas.vote(id, "reject", sha256);
    await Promise.all([atTomas.until("review.closed", id), atMara.until("review.closed", id)]);
    await atMara.until("command.changed", held.id);
    // What comes after it has come to all: whatever strangers were told, they have been told by now.
    const admin = await as("demo-admin");
    const target = { kind: "postgres", host: "127.0.0.1", database: "x", user: "x", tls: "off" };
    await admin.put("/api/targets/hidden", { ...target, tags: { env: "none" } });
    await admin.put("/api/targets/echo", { ...target, tags: { env: "staging" } });
    await Promise.all([atAdmin.until("targets.changed", "echo"), atAgent.until("targets.changed", "echo")]);
    expect(JSON.stringify(atAdmin.seen)).toContain("hidden");
    expect(JSON.stringify(atAgent.seen)).not.toContain("hidden");
    for (const stranger of [atAdmin, atAgent])
      expect(JSON.stringify(stranger.seen)).not.toMatch(new RegExp(`${id}|${held.id}|${session.id}`));
    for (const name of ["echo", "hidden"]) await admin.delete(`/api/targets/${name}`);
    for (const events of [atTomas, atMara, atAdmin, atAgent]) events.close();
  });
});
