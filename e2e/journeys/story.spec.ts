import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";
import { SqlCommand } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";

/** The story that must work, always, as the README tells it with curl: over REST alone. */
test.describe("the story", () => {
  let mara: Client;
  let tomas: Client;
  let priya: Client;
  let session: Session;
  test.beforeAll(async ({ as }) => {
    [mara, tomas, priya] = await Promise.all([
      as("demo-engineer"),
      as("demo-reviewer"),
      as("demo-reviewer-2"),
    ]);
    session = await mara.open("shop", "INC-2291 repair stuck orders");
  });
  test.afterAll(async () => {
    await mara.delete(`/api/sessions/${session.id}`);
  });

  test("an engineer is told who they are and what they reach", async () => {
    const me = await mara.get("/api/me");
    expect(me.body).toMatchObject({ kind: "human", name: "Mara Lindqvist", groups: ["engineers"] });
    const { body } = await mara.get("/api/targets");
    expect(body).toMatchObject({
      targets: [
        { name: "bastion", kind: "ssh", tags: { env: "prod" }, mayOpen: true },
        { name: "shop", kind: "postgres", tags: { env: "prod" }, mayOpen: true },
      ],
    });
    expect(session).toMatchObject({ target: "shop", kind: "postgres", state: "open" });
    expect(Date.parse(session.expiresAt)).toBeGreaterThan(Date.parse(session.openedAt));
  });

  test("a SELECT gives rows, with cards and e-mails masked and the rule that masked them", async () => {
    const { state, result, masked, decision, timing } = await mara.run(
      session,
      "SELECT * FROM customers ORDER BY id LIMIT 20",
    );
    expect(state).toBe("completed");
    expect(decision).toMatchObject({ effect: "allow", policies: ["read-prod"] });
    expect(result?.rows).toHaveLength(20);
    const column = (name: string) => {
      const at = result?.columns.findIndex((one) => one.name === name) ?? -1;
      return (result?.rows ?? []).map((row) => row[at]);
    };
    for (const email of column("email")) expect(email).toMatch(/^•+@[\w.-]+$/);
    for (const card of column("card_number").filter((value) => value !== null))
      expect(card).toMatch(/^•+\d{4}$/);
    expect(masked).toContainEqual({ field: "email", class: "email", by: "source", rule: "email-domain" });
    expect(masked).toContainEqual({ field: "card_number", class: "card", by: "source", rule: "last" });
    expect(result?.columns.find(({ name }) => name === "email")).toMatchObject({
      class: "email",
      masked: true,
    });
    expect(timing?.totalMs).toBeGreaterThan(0);
  });

  test("a known e-mail finds its customer, and is still masked", async () => {
    const email = `${"x".repeat(12)}@nowhere.example`;
    const { state, result } = await mara.run(session, {
      sql: "SELECT id, email FROM customers WHERE email = $1",
      parameters: [email],
    });
    expect(state).toBe("completed");
    expect(result?.rows).toEqual([]);
  });

  test("a DELETE of everything is blocked before it reaches the database, with rule and hint", async () => {
    const before = await mara.run(session, "SELECT count(*) FROM orders");
    const { status, headers, body } = await mara.send(session, "DELETE FROM orders");
    expect(status).toBe(403);
    expect(headers.get("content-type")).toContain("application/problem+json");
    expect(body).toMatchObject({
      type: "urn:sluice:error:blocked",
      code: "blocked",
      state: "blocked",
      decision: { effect: "block", policies: ["no-unbounded-writes"] },
      hint: expect.stringContaining("WHERE"),
    });
    const after = await mara.run(session, "SELECT count(*) FROM orders");
    expect(after.result?.rows).toEqual(before.result?.rows);
  });

  test("an UPDATE is held; a reviewer sees exactly what it is; approved, it runs once and tells its rows", async () => {
    const [first, last] = await pendingOrders(mara, session, 3);
    const audited = async () => {
      const { result } = await mara.run(
        session,
        `SELECT count(*) FROM order_audit WHERE order_id BETWEEN ${first} AND ${last}`,
      );
      return Number(result?.rows[0]?.[0]);
    };
    const before = await audited();
    const sql = `UPDATE orders SET note = 'checked' WHERE id BETWEEN ${first} AND ${last} AND status = 'pending'`;
    const answer = await mara.send(session, sql);
    expect(answer.status).toBe(202);
    const held = SqlCommand.parse(answer.body);
    expect(answer.headers.get("location")).toBe(`/api/commands/${held.id}`);
    expect(held).toMatchObject({
      state: "held",
      review: { reviewers: [{ group: "shop-reviewers", quorum: 1 }] },
    });
    const id = held.review?.id ?? "";

    const { body } = await tomas.get("/api/reviews?state=pending");
    expect(body).toMatchObject({ reviews: expect.arrayContaining([expect.objectContaining({ id })]) });
    const review = await tomas.review(id);
    expect(review).toMatchObject({
      original: sql,
      sql,
      visible: sql,
      reason: "INC-2291 repair stuck orders",
      requestedBy: { name: "Mara Lindqvist", kind: "human" },
      mayVote: true,
      impact: { countedRows: 3, countCapped: false, triggers: [expect.stringContaining("orders_audit")] },
    });
    expect(review.decision.facts).toMatchObject({ bounded: true, writes: true });
    expect(review.decision.obligations.maxAffectedRows).toBe(3);

    const waiting = mara.until(held.id, ["held", "running"]);
    expect((await tomas.vote(id, "approve", review.sha256, "as agreed")).status).toBe(200);
    const done = await waiting;
    expect(done).toMatchObject({
      state: "completed",
      result: { command: "UPDATE", rowCount: 3 },
      review: { votes: [{ name: "Tomas Okafor", verdict: "approve", comment: "as agreed" }] },
    });
    expect((await audited()) - before).toBe(3);
    expect((await tomas.get(`/api/reviews/${id}`)).body).toMatchObject({
      outcome: { state: "completed", rowCount: 3 },
    });
  });

  test("a write that would touch more rows than its reviewers were shown is rolled back", async () => {
    const [first, last] = await pendingOrders(mara, session, 4);
    const narrow = await mara.run(
      session,
      `UPDATE orders SET note = 'few' WHERE id BETWEEN ${first} AND ${last} AND note = 'rare' AND status = 'pending'`,
    );
    const review = await tomas.review(narrow.review?.id ?? "");
    expect(review.impact?.countedRows).toBe(0);
    // Meanwhile the same rows come to match what was approved for none.
    const grown = await mara.run(
      session,
      `UPDATE orders SET note = 'rare' WHERE id BETWEEN ${first} AND ${last} AND status = 'pending'`,
    );
    await approve(tomas, grown);
    expect(await mara.until(grown.id, ["held", "running"])).toMatchObject({ state: "completed" });
    await approve(tomas, narrow);
    expect(await mara.until(narrow.id, ["held", "running"])).toMatchObject({
      state: "failed",
      error: { code: "too_many_rows" },
    });
    const after = await mara.run(
      session,
      `SELECT DISTINCT note FROM orders WHERE id BETWEEN ${first} AND ${last} AND status = 'pending'`,
    );
    expect(after.result?.rows).toEqual([["rare"]]);
  });

  test("a rejected write does not run, and says by whom and why", async () => {
    const held = await mara.run(session, "UPDATE orders SET note = 'no' WHERE id = 1");
    const { sha256 } = await tomas.review(held.review?.id ?? "");
    await tomas.vote(held.review?.id ?? "", "reject", sha256, "not this one");
    expect(await mara.until(held.id, ["held"])).toMatchObject({
      state: "rejected",
      review: { votes: [{ name: "Tomas Okafor", verdict: "reject", comment: "not this one" }] },
    });
    const after = await mara.run(session, "SELECT count(*) FROM orders WHERE note = 'no'");
    expect(after.result?.rows).toEqual([["0"]]);
  });

  test("a schema change needs two people", async () => {
    const held = await mara.run(session, "CREATE INDEX orders_note ON orders (note)");
    expect(held).toMatchObject({
      state: "held",
      review: { reviewers: [{ group: "shop-reviewers", quorum: 2 }] },
    });
    const id = held.review?.id ?? "";
    const { sha256 } = await tomas.review(id);
    expect((await tomas.vote(id, "approve", sha256)).body).toMatchObject({ state: "pending" });
    expect((await tomas.vote(id, "approve", sha256)).body).toMatchObject({ code: "already_voted" });
    expect(await mara.command(held.id)).toMatchObject({ state: "held" });
    expect((await priya.vote(id, "approve", sha256)).body).toMatchObject({ state: "approved" });
    expect(await mara.until(held.id, ["held", "running"])).toMatchObject({ state: "completed" });
    const { body } = await mara.get("/api/targets/shop/schema");
    expect(JSON.stringify(body)).toContain("orders_note");
  });
});

test.describe("an agent", () => {
  test("reads a little, is told what it may not do, and waits for a person to write", async ({ as }) => {
    const [agent, tomas] = await Promise.all([as("demo-agent"), as("demo-reviewer")]);
    expect((await agent.get("/api/me")).body).toMatchObject({ kind: "workload", name: "order-repair-agent" });
    const session = await agent.open("shop", "nightly repair");
    const all = await agent.run(session, { sql: "SELECT id FROM orders", maxRows: 5_000 });
    expect(all.result).toMatchObject({ truncated: true });
    expect(all.decision?.obligations.maxRows).toBe(1_000);

    const ddl = await agent.send(session, "ALTER TABLE orders ADD COLUMN x int");
    expect(ddl).toMatchObject({
      status: 403,
      body: { code: "blocked", decision: { policies: ["workloads-keep-the-schema"] } },
    });

    const held = await agent.run(session, "UPDATE orders SET note = 'by agent' WHERE id = 7", {
      waitSeconds: 0,
    });
    // It may still be finding out what the write would touch.
    const waiting = await agent.until(held.id, ["running"]);
    expect(waiting).toMatchObject({ state: "held" });
    await approve(tomas, waiting);
    expect(await agent.until(held.id, ["held", "running"])).toMatchObject({
      state: "completed",
      result: { rowCount: 1 },
    });
    await agent.delete(`/api/sessions/${session.id}`);
  });
});

/** The first and the last id of a run of `count` pending orders. */
async function pendingOrders(client: Client, session: Session, count: number): Promise<[string, string]> {
  const { result } = await client.run(
    session,
    `SELECT id FROM orders WHERE status = 'pending' AND note IS DISTINCT FROM 'checked' AND note IS DISTINCT FROM 'rare' ORDER BY id LIMIT ${count}`,
  );
  const ids = (result?.rows ?? []).map(([id]) => id ?? "");
  expect(ids).toHaveLength(count);
  return [ids[0] ?? "", ids.at(-1) ?? ""];
}

async function approve(reviewer: Client, { review }: SqlCommand): Promise<void> {
  const { sha256 } = await reviewer.review(review?.id ?? "");
  const { status, text } = await reviewer.vote(review?.id ?? "", "approve", sha256);
  expect(status, text).toBe(200);
}
