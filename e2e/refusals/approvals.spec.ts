import type { SqlCommand } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";

let mara: Client;
let agent: Client;
let tomas: Client;
let priya: Client;
let elif: Client;
let admin: Client;
let session: Session;
test.beforeAll(async ({ as }) => {
  [mara, agent, tomas, priya, elif, admin] = await Promise.all([
    as("demo-engineer"),
    as("demo-agent"),
    as("demo-reviewer"),
    as("demo-reviewer-2"),
    as("demo-auditor"),
    as("demo-admin"),
  ]);
  session = await mara.open("shop", "approvals");
});
test.afterAll(async () => {
  await mara.delete(`/api/sessions/${session.id}`);
});

let row = 100_000;
/** A held write of one row of its own, its review and the hash to vote with. */
async function hold(
  by: Client = mara,
  where: Session = session,
): Promise<{ held: SqlCommand; id: string; sha256: string; order: number }> {
  const order = row++;
  const held = await by.run(where, `UPDATE orders SET note = coalesce(note, '') || '+' WHERE id = ${order}`);
  expect(held.state).toBe("held");
  const id = held.review?.id ?? "";
  return { held, id, sha256: (await by.review(id)).sha256, order };
}
/** How often the write of `hold` has run, as the trigger counts. */
async function runs(order: number): Promise<string | null | undefined> {
  const { result } = await mara.run(session, `SELECT count(*) FROM order_audit WHERE order_id = ${order}`);
  return result?.rows[0]?.[0];
}

test("nobody decides their own request", async () => {
  const { held, id, sha256 } = await hold();
  expect(await mara.review(id)).toMatchObject({
    mayVote: false,
    mayNotVoteBecause: expect.stringContaining("yourself"),
  });
  for (const verdict of ["approve", "reject"] as const)
    expect(await mara.vote(id, verdict, sha256)).toMatchObject({
      status: 403,
      body: { code: "self_approval" },
    });
  expect((await mara.command(held.id)).state).toBe("held");
});

test("neither an agent nor the engineer who owns it decides the agent's request", async () => {
  const nightly = await agent.open("shop", "nightly");
  const { held, id, sha256 } = await hold(agent, nightly);
  expect((await agent.vote(id, "approve", sha256)).status).toBe(403);
  expect((await mara.vote(id, "approve", sha256)).status).toBeGreaterThanOrEqual(403);
  expect((await agent.command(held.id)).state).toBe("held");
  await agent.delete(`/api/sessions/${nightly.id}`);
});

test("those who are not among its reviewers decide nothing, whatever else they may", async () => {
  const { held, id, sha256 } = await hold();
  for (const stranger of [elif, admin, agent])
    expect([403, 404]).toContain((await stranger.vote(id, "approve", sha256)).status);
  expect((await mara.command(held.id)).state).toBe("held");
});

test("a vote carries the hash of what is held, or counts for nothing", async () => {
  const [one, other] = [await hold(), await hold()];
  for (const sha256 of [other.sha256, "0".repeat(64)])
    expect(await tomas.vote(one.id, "approve", sha256)).toMatchObject({
      status: 409,
      body: { code: "hash_mismatch" },
    });
  expect((await tomas.post(`/api/reviews/${one.id}/votes`, { verdict: "approve" })).status).toBe(422);
  expect(
    (
      await tomas.post(`/api/reviews/${one.id}/votes`, {
        verdict: "approve",
        sha256: one.sha256.toUpperCase(),
      })
    ).status,
  ).toBe(422);
  expect(
    (await tomas.post(`/api/reviews/${one.id}/votes`, { verdict: "perhaps", sha256: one.sha256 })).status,
  ).toBe(422);
  // A link that is followed is no vote.
  expect((await tomas.get(`/api/reviews/${one.id}/votes?verdict=approve&sha256=${one.sha256}`)).status).toBe(
    404,
  );
  expect((await mara.command(one.held.id)).state).toBe("held");
  expect(await tomas.review(one.id)).toMatchObject({ votes: [], state: "pending" });
});

test("the hash covers parameters as well as bytes", async () => {
  const sql = "UPDATE orders SET note = $1 WHERE id = $2";
  const hashes = new Set<string>();
  for (const parameters of [
    ["a", 1],
    ["a", "1"],
    ["a", 2],
    ["b", 1],
  ]) {
    const held = await mara.run(session, { sql, parameters });
    hashes.add((await tomas.review(held.review?.id ?? "")).sha256);
  }
  expect(hashes.size).toBe(4);
});

test("a write that cannot be counted beforehand is bounded all the same", async () => {
  const order = row++;
  const script = `UPDATE orders SET note = 'a' WHERE id = ${order}; SELECT count(*) FROM orders`;
  const held = await mara.run(session, script);
  const review = await tomas.review(held.review?.id ?? "");
  expect(review.impact?.countedRows).toBeNull();
  expect(review.decision.obligations.maxAffectedRows).toBe(10_000);
});

test("a decided review takes no more votes", async () => {
  const { held, id, sha256 } = await hold();
  expect((await tomas.vote(id, "reject", sha256)).status).toBe(200);
  expect(await priya.vote(id, "approve", sha256)).toMatchObject({
    status: 409,
    body: { code: "already_decided" },
  });
  expect(await tomas.vote(id, "approve", sha256)).toMatchObject({ status: 409 });
  expect((await mara.until(held.id, ["held"])).state).toBe("rejected");
});

test("two approvals at the same time run it once", async () => {
  for (let round = 0; round < 5; round++) {
    const { held, id, sha256, order } = await hold();
    const statuses = await Promise.all(
      [tomas.vote(id, "approve", sha256), priya.vote(id, "approve", sha256)].map(
        async (vote) => (await vote).status,
      ),
    );
    expect(statuses).toContain(200);
    for (const status of statuses) expect([200, 409]).toContain(status);
    expect(await mara.until(held.id, ["held", "running"])).toMatchObject({
      state: "completed",
      result: { rowCount: 1 },
    });
    expect(await runs(order)).toBe("1");
  }
});

test("an approval races a withdrawal, and either it ran once or not at all", async () => {
  for (let round = 0; round < 5; round++) {
    const { held, id, sha256, order } = await hold();
    await Promise.all([tomas.vote(id, "approve", sha256), mara.delete(`/api/commands/${held.id}`)]);
    const { state } = await mara.until(held.id, ["held", "running"]);
    expect(["completed", "withdrawn"]).toContain(state);
    expect(await runs(order)).toBe(state === "completed" ? "1" : "0");
  }
});

test("a policy that tightens before the run wins over the approval", async () => {
  const { held, id, sha256, order } = await hold();
  const before = Object((await admin.get("/api/policies")).body);
  const tightened = `${before.text}\n@id("freeze")\n@say("Nothing is written today.")\nforbid (principal, action in Action::"sql.write", resource);\n`;
  expect((await admin.put("/api/policies", { text: tightened, comment: "freeze" })).status).toBe(200);
  try {
    await tomas.vote(id, "approve", sha256);
    expect((await mara.until(held.id, ["held", "running"])).state).not.toBe("completed");
    expect(await runs(order)).toBe("0");
  } finally {
    await admin.put("/api/policies", { text: before.text, comment: "thaw" });
  }
});

test("a review that nobody decides expires, and its approval comes too late", async () => {
  const before = Object((await admin.get("/api/policies")).body);
  const hasty = String(before.text).replaceAll(/@expires\("\w+"\)/g, '@expires("10s")');
  expect((await admin.put("/api/policies", { text: hasty, comment: "hasty" })).status).toBe(200);
  try {
    const { held, id, sha256, order } = await hold();
    expect(Date.parse(held.review?.expiresAt ?? "") - Date.now()).toBeLessThan(11_000);
    expect((await mara.until(held.id, ["held"])).state).toBe("expired");
    expect(await tomas.vote(id, "approve", sha256)).toMatchObject({
      status: 403,
      body: { code: "expired" },
    });
    expect(await runs(order)).toBe("0");
  } finally {
    await admin.put("/api/policies", { text: before.text, comment: "patient" });
  }
});

test("what a target is must not change between approval and run", async () => {
  const { held, id, sha256, order } = await hold();
  const settings = Object((await admin.get("/api/targets")).body).targets.find(
    (one: { name: string }) => one.name === "shop",
  ).settings;
  const same = {
    kind: "postgres",
    ...settings.address,
    user: settings.user,
    tags: { ...settings.tags, team: "other" },
  };
  expect((await admin.put("/api/targets/shop", same)).status).toBe(200);
  await tomas.vote(id, "approve", sha256);
  expect((await mara.until(held.id, ["held", "running"])).state).not.toBe("completed");
  expect((await admin.put("/api/targets/shop", { ...same, tags: settings.tags })).status).toBe(200);
  expect(await runs(order)).toBe("0");
});

test("everything that would run is shown: invisible characters, comments, all of a long text", async () => {
  const { held } = {
    held: await mara.run(
      session,
      "UPDATE orders SET note = 'a\u200Bb\u202Ec' /* <b>safe</b> approved */ WHERE id = 300",
    ),
  };
  const review = await tomas.review(held.review?.id ?? "");
  expect(review.sql).toContain("\u202E");
  expect(review.visible).toContain("\\u{202E}");
  expect(review.visible).toContain("\\u{200B}");
  expect(review.visible).not.toMatch(/[\u200B\u202E]/);
  expect(review.visible).toContain("<b>safe</b> approved");

  const tail = "WHERE id = 301 AND note IS DISTINCT FROM 'tail'";
  const long = await mara.run(session, `UPDATE orders SET note = 'x' ${" ".repeat(50_000)} ${tail}`);
  expect((await tomas.review(long.review?.id ?? "")).visible).toContain(tail);
});

test("held requests of one actor are bounded, and none passes by their number", async () => {
  const flood = await agent.open("shop", "flood");
  let refused = 0;
  for (let i = 0; i < 120 && refused === 0; i += 10) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        agent.send(flood, `UPDATE orders SET note = 'flood' WHERE id = ${1_000 + i + n}`),
      ),
    );
    for (const { status, body } of answers) {
      expect([202, 409, 429], JSON.stringify(body)).toContain(status);
      if (status === 429) refused++;
    }
  }
  expect(refused).toBeGreaterThan(0);
  await agent.delete(`/api/sessions/${flood.id}`);
});
