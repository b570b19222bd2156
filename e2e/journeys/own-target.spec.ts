import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";
import { type Postgres, startPostgres } from "../targets/postgres.ts";

const card = "4539578763621486";
const script = `
  create table people (id int primary key, name text not null, email text, card_number text, note text);
  insert into people select n, 'Person ' || n, 'person' || n || '@warehouse.example', '${card}', 'n' || n from generate_series(1, 500) n;
  create view directory as select id, name, email from people;
`;

test.describe("a target of one's own", () => {
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
  });
  test.afterAll(async () => {
    await admin.delete("/api/targets/warehouse");
    await postgres.stop();
  });
  const input = (more: Record<string, unknown> = {}) => ({
    ...postgres.asTarget,
    tags: { env: "staging" },
    ...more,
  });

  test("is connected, tested and read, and its password never comes back", async () => {
    const put = await admin.put("/api/targets/warehouse", input());
    expect(put).toMatchObject({
      status: 200,
      body: { name: "warehouse", tags: { env: "staging" }, user: "warehouse_app", managed: false },
    });
    expect(await admin.post("/api/targets/warehouse/test", undefined)).toMatchObject({
      status: 200,
      body: { ok: true, serverVersion: expect.stringMatching(/^\d+\.\d+/) },
    });
    expect(await admin.post("/api/targets/warehouse/refresh", undefined)).toMatchObject({
      status: 200,
      body: { relations: expect.any(Number) },
    });
    for (const path of ["/api/targets", "/api/targets/warehouse/schema", "/api/ledger?after=0&limit=1000"]) {
      const { text } = await admin.get(path);
      expect(text).not.toContain(postgres.asTarget.password);
    }
  });

  test("is not editable by others", async () => {
    expect((await mara.put("/api/targets/warehouse", input())).status).toBe(403);
  });

  test("lets engineers read in bulk and write without a review", async () => {
    const session = await mara.open("warehouse");
    const all = await mara.run(session, { sql: "SELECT * FROM people ORDER BY id", maxRows: 10_000 });
    expect(all).toMatchObject({
      state: "completed",
      decision: { effect: "allow" },
      result: { rowCount: 500, truncated: false },
    });
    const wrote = await mara.run(session, "UPDATE people SET note = 'seen' WHERE id <= 10");
    expect(wrote).toMatchObject({ state: "completed", result: { command: "UPDATE", rowCount: 10 } });
    expect(await postgres.query("select count(*)::int as n from people where note = 'seen'")).toEqual([
      { n: 10 },
    ]);
    await mara.delete(`/api/sessions/${session.id}`);
  });

  test("masks there as everywhere: by the patterns at once, by the map once it is set, in views too", async () => {
    const session = await mara.open("warehouse");
    const first = async (sql: string) => (await mara.run(session, sql)).result?.rows[0]?.[0];
    expect(await first("SELECT email FROM people WHERE id = 1")).toMatch(/^•+@warehouse\.example$/);
    expect(await first("SELECT email FROM directory WHERE id = 1")).toMatch(/^•+@warehouse\.example$/);
    expect(await first("SELECT card_number FROM people WHERE id = 1")).toMatch(/^•+1486$/);
    expect(await first("SELECT note FROM people WHERE id = 77")).toBe("n77");
    expect(await first("SELECT name FROM people WHERE id = 77")).toBe("Person 77");

    const classes = { "public.people": { name: "personal", email: "email", card_number: "card" } };
    expect(await admin.put("/api/targets/warehouse/classes", classes)).toMatchObject({
      status: 200,
      body: classes,
    });
    expect((await admin.get("/api/targets/warehouse/classes")).body).toEqual(classes);
    expect(await first("SELECT name FROM people WHERE id = 77")).not.toContain("Person");
    expect(await first("SELECT name FROM directory WHERE id = 77")).not.toContain("Person");
    expect(await first("SELECT upper(name) FROM people WHERE id = 77")).not.toContain("PERSON");
    expect(await first("SELECT count(*) FROM people WHERE name LIKE 'Person 7%'")).toBe("0");
    expect(await first("SELECT id FROM people WHERE email = 'person77@warehouse.example'")).toBe("77");
    await mara.delete(`/api/sessions/${session.id}`);
  });

  test("refuses classes for columns that are not there", async () => {
    expect(
      await admin.put("/api/targets/warehouse/classes", { "public.people": { nothing: "email" } }),
    ).toMatchObject({
      status: 422,
      body: { code: "classes_invalid" },
    });
    expect(
      await admin.put("/api/targets/warehouse/classes", { "public.people": { email: "no-such-class" } }),
    ).toMatchObject({ status: 422 });
  });

  test("blocks there what is blocked everywhere", async () => {
    const session = await mara.open("warehouse");
    for (const sql of [
      "DELETE FROM people",
      "UPDATE people SET note = ''",
      "UPDATE people SET note = '' WHERE true",
      "TRUNCATE people",
      "DO $$ BEGIN DELETE FROM people; END $$",
      "EXPLAIN ANALYZE DELETE FROM people",
      "WITH d AS (DELETE FROM people RETURNING 1) SELECT count(*) FROM d",
      "/*x*/ DELETE FROM people",
      "SET ROLE postgres",
      "COPY people TO PROGRAM 'cat'",
      "SELECT pg_read_file('/etc/passwd')",
      "GRANT ALL ON people TO public",
    ]) {
      const { status, body } = await mara.send(session, sql);
      expect(status, sql).toBe(403);
      expect(body, sql).toMatchObject({ state: "blocked" });
    }
    expect(await postgres.query("select count(*)::int as n from people")).toEqual([{ n: 500 }]);
    await mara.delete(`/api/sessions/${session.id}`);
  });

  test("says what is wrong where it cannot be reached or does not let the gateway in", async () => {
    await admin.put("/api/targets/broken", input({ port: 1, password: "x" }));
    expect(await admin.post("/api/targets/broken/test", undefined)).toMatchObject({
      status: 502,
      body: { code: "target_unreachable" },
    });
    await admin.put("/api/targets/broken", input({ password: "wrong-password" }));
    const refused = await admin.post("/api/targets/broken/test", undefined);
    expect(refused).toMatchObject({ status: 502, body: { code: "target_refused" } });
    expect(refused.text).not.toContain("wrong-password");
    expect((await admin.delete("/api/targets/broken")).status).toBe(204);
  });

  test("behaves as the shop does once it is tagged as production", async () => {
    expect(
      await admin.put("/api/targets/warehouse", input({ tags: { env: "prod" }, password: undefined })),
    ).toMatchObject({ status: 200 });
    const session = await mara.open("warehouse");
    expect(await mara.run(session, "UPDATE people SET note = 'prod' WHERE id = 1")).toMatchObject({
      state: "held",
    });
    await mara.delete(`/api/sessions/${session.id}`);
  });

  test("ends its sessions when it is removed", async () => {
    const session = await mara.open("warehouse");
    await mara.run(session, "SELECT 1");
    expect((await admin.delete("/api/targets/warehouse")).status).toBe(204);
    // For a moment the session stands without its target.
    await expect
      .poll(() => mara.send(session, "SELECT 1"))
      .toMatchObject({
        status: 409,
        body: { code: "session_closed" },
      });
    expect(await mara.post("/api/sessions", { target: "warehouse" })).toMatchObject({ status: 404 });
  });
});
