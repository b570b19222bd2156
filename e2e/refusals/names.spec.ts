import { ReviewForViewer } from "../../shared/nouns/review.ts";
import { SqlCommand } from "../../shared/nouns/command.ts";
import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";
import { type Postgres, startPostgres } from "../targets/postgres.ts";

const card = "4539578763621486";
const backwards = [...card].toReversed().join("");
const script = `
  create table people (id int primary key, card_number text);
  insert into people select n, '${card}' from generate_series(1, 50) n;
  create schema store;
  create table store.stock (id int primary key, quantity int not null);
  insert into store.stock values (1, 315);
  create schema scratch;
  create table scratch.stock (id int primary key, quantity int not null);
  insert into scratch.stock values (1, 1);
`;

test.describe("names that come to mean something else", () => {
  test.describe.configure({ mode: "serial" });
  let postgres: Postgres;
  let admin: Client;
  let mara: Client;
  test.beforeAll(async ({ as }) => {
    [postgres, admin, mara] = await Promise.all([
      startPostgres(script),
      as("demo-admin"),
      as("demo-engineer"),
    ]);
    const target = { ...postgres.asTarget, tags: { env: "staging" } };
    expect((await admin.put("/api/targets/renamed", target)).status).toBe(200);
    const classes = { "public.people": { card_number: "card" } };
    expect((await admin.put("/api/targets/renamed/classes", classes)).status).toBe(200);
  });
  test.afterAll(async () => {
    await admin.delete("/api/targets/renamed");
    await postgres.stop();
  });

  test("a schema that the search path newly finds takes no command to another relation", async () => {
    const session = await mara.open("renamed", "search path");
    await mara.run(session, "SELECT count(*) FROM people");
    await mara.run(session, `CREATE SCHEMA "${postgres.asTarget.user}"`);
    await mara.run(session, `CREATE TABLE "${postgres.asTarget.user}".people (id bigint)`);
    const answer = await mara.send(session, "SELECT reverse(t::text) FROM people t LIMIT 2");
    expect(answer.text).not.toContain(backwards);
    expect(SqlCommand.parse(answer.body).result?.rows).toEqual([]);
    await mara.run(session, `DROP TABLE "${postgres.asTarget.user}".people`);
    await mara.run(session, `DROP SCHEMA "${postgres.asTarget.user}"`);
    await mara.delete(`/api/sessions/${session.id}`);
  });

  test("a write is not run on another relation than the one that was approved", async ({ as }) => {
    const [agent, tomas] = await Promise.all([as("demo-agent"), as("demo-reviewer")]);
    const session = await agent.open("renamed", "one row");
    const answer = await agent.send(session, "UPDATE scratch.stock SET quantity = -1 WHERE id = 1");
    expect(answer.status).toBe(202);
    const held = SqlCommand.parse(answer.body);
    const id = held.review?.id ?? "";
    const { sha256 } = await tomas.review(id);
    const own = await mara.open("renamed", "renaming");
    await mara.run(
      own,
      "ALTER SCHEMA scratch RENAME TO scratch_before; ALTER SCHEMA store RENAME TO scratch",
    );
    expect((await tomas.vote(id, "approve", sha256)).status).toBe(200);
    const done = await agent.until(held.id, ["held", "running"]);
    expect(done).toMatchObject({ state: "blocked", error: { code: "stale_authority" } });
    const { result } = await mara.run(own, "SELECT quantity FROM scratch.stock");
    expect(result?.rows).toEqual([["315"]]);
    await mara.run(
      own,
      "ALTER SCHEMA scratch RENAME TO store; ALTER SCHEMA scratch_before RENAME TO scratch",
    );
    await mara.delete(`/api/sessions/${own.id}`);
    await agent.delete(`/api/sessions/${session.id}`);
  });

  test("a read that waited for a change of the schema is not judged by the one before", async () => {
    const [changing, reading] = await Promise.all([
      mara.open("renamed", "change"),
      mara.open("renamed", "read"),
    ]);
    await mara.run(changing, "CREATE SCHEMA mine");
    await mara.run(changing, "CREATE TABLE mine.decoy (id int)");
    const change = mara.send(
      changing,
      `LOCK TABLE mine.decoy IN ACCESS EXCLUSIVE MODE; SELECT count(*) FROM generate_series(1, 5000000);
       ALTER TABLE mine.decoy RENAME TO decoy_before`,
    );
    await expect
      .poll(async () => (await mara.get(`/api/sessions/${changing.id}/commands`)).text)
      .toContain("LOCK TABLE");
    // It waits for its turn, and is refused then; where it comes too late to wait, the name is unknown.
    const answer = await mara.send(reading, "SELECT id FROM mine.decoy");
    expect([403, 409]).toContain(answer.status);
    expect((await change).body).toMatchObject({ state: "completed" });
    for (const { id } of [changing, reading]) await mara.delete(`/api/sessions/${id}`);
  });
});

test("what a held write would touch is shown as every row is, and answers no look-up", async ({ as }) => {
  const [agent, mara] = await Promise.all([as("demo-agent"), as("demo-engineer")]);
  const sampled = await agent.open("shop", "notes");
  const note = SqlCommand.parse(
    (
      await agent.send(
        sampled,
        "UPDATE order_notes SET body = 'x' WHERE body LIKE '%@%' AND id BETWEEN 100 AND 400",
      )
    ).body,
  );
  const review = ReviewForViewer.parse((await agent.get(`/api/reviews/${note.review?.id}`)).body);
  expect(review.impact?.sample?.rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(review.impact)).not.toContain("@");
  await agent.delete(`/api/sessions/${sampled.id}`);

  const looking = await mara.open("shop", "looking");
  const found = await mara.send(
    looking,
    "UPDATE customers SET country = 'NO' WHERE email = 'max.olsen.2@mail.example'",
  );
  const { decision, review: asked } = SqlCommand.parse(found.body);
  expect(decision?.obligations.maxAffectedRows ?? 0).not.toBe(1);
  const impact = ReviewForViewer.parse((await mara.get(`/api/reviews/${asked?.id}`)).body).impact;
  expect(impact).toMatchObject({ countedRows: null, estimatedRows: null, sample: null });
  await mara.delete(`/api/sessions/${looking.id}`);
});
