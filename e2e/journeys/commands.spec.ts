import { randomUUID } from "node:crypto";
import { SqlCommand } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";

/** What callers of the REST API may count on, beside the story. */
let mara: Client;
let tomas: Client;
let session: Session;
test.beforeAll(async ({ as }) => {
  [mara, tomas] = await Promise.all([as("demo-engineer"), as("demo-reviewer")]);
});
test.beforeEach(async () => {
  session = await mara.open("shop", "what callers count on");
});
test.afterEach(async () => {
  await mara.delete(`/api/sessions/${session.id}`);
});

/** Runs for hours if it is let: a product of tables that no index helps with. */
const endless =
  "SELECT count(*) FROM order_items a, order_items b, order_items c WHERE a.quantity + b.quantity + c.quantity < 0";

test.describe("an Idempotency-Key", () => {
  test("finds the same command again, whose rows are read once", async () => {
    const key = randomUUID();
    const first = await mara.run(session, "SELECT now()", { key });
    const again = await mara.run(session, "SELECT now()", { key });
    expect(again.id).toBe(first.id);
    expect(again.result?.rows).toEqual(first.result?.rows);
  });

  test("of two requests at the same time runs one", async () => {
    const key = randomUUID();
    const both = await Promise.all(
      [1, 2, 3, 4].map(() => mara.run(session, "SELECT clock_timestamp()", { key })),
    );
    expect(new Set(both.map(({ id }) => id)).size).toBe(1);
    expect(new Set(both.map(({ result }) => JSON.stringify(result?.rows))).size).toBe(1);
  });

  test("holds a write once", async () => {
    const key = randomUUID();
    const sql = "UPDATE orders SET note = 'once' WHERE id = 11";
    const [one, two] = [await mara.run(session, sql, { key }), await mara.run(session, sql, { key })];
    expect(two.review?.id).toBe(one.review?.id);
  });

  test("with another body is a conflict", async () => {
    const key = randomUUID();
    await mara.run(session, "SELECT 1", { key });
    expect(await mara.send(session, "SELECT 2", { key })).toMatchObject({
      status: 409,
      body: { code: "idempotency_conflict" },
    });
    expect(await mara.send(session, { sql: "SELECT 1", maxRows: 5 }, { key })).toMatchObject({ status: 409 });
  });

  test("that came with a text that is no SQL is free for a better one", async () => {
    const key = randomUUID();
    expect(await mara.send(session, "SELEC 1", { key })).toMatchObject({
      status: 400,
      body: { code: "sql_unparseable" },
    });
    expect(await mara.run(session, "SELECT 1", { key })).toMatchObject({ state: "completed" });
  });
});

test.describe("waiting", () => {
  test("ends when the caller's patience does, and Location tells where to look", async () => {
    const answer = await mara.send(session, endless, { waitSeconds: 0 });
    expect(answer.status).toBe(202);
    const running = SqlCommand.parse(answer.body);
    expect(running.state).toBe("running");
    const location = answer.headers.get("location") ?? "";
    expect((await mara.get(location)).status).toBe(200);
    await mara.delete(location);
  });

  test("a command that waits its turn is there to be looked at", async () => {
    const long = SqlCommand.parse((await mara.send(session, endless, { waitSeconds: 0 })).body);
    const next = await mara.send(session, "SELECT 1", { waitSeconds: 0 });
    expect(next.status).toBe(202);
    const location = next.headers.get("location") ?? "";
    expect(await mara.get(location)).toMatchObject({ status: 200, body: { state: "running" } });
    await mara.delete(`/api/commands/${long.id}`);
    expect(await mara.until(location.split("/").at(-1) ?? "", ["running"])).toMatchObject({
      state: "completed",
    });
  });

  test("a long poll answers at the change", async () => {
    const held = await mara.run(session, "UPDATE orders SET note = 'poll' WHERE id = 12");
    const changed = mara.command(held.id, 60);
    const { sha256 } = await tomas.review(held.review?.id ?? "");
    const started = Date.now();
    await tomas.vote(held.review?.id ?? "", "reject", sha256);
    expect(await changed).toMatchObject({ state: "rejected" });
    expect(Date.now() - started).toBeLessThan(45_000);
  });
});

test.describe("results", () => {
  test("come by pages, each row once", async () => {
    const sql = "SELECT n FROM generate_series(1, 2500) AS s(n)";
    const { id, result } = await mara.run(session, { sql, maxRows: 100_000 });
    expect(result).toMatchObject({ rowCount: 2500, truncated: false });
    const rows: unknown[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await mara.get(
        `/api/commands/${id}/result${cursor === undefined ? "" : `?cursor=${cursor}`}`,
      );
      expect(page.status).toBe(200);
      const { rows: some, cursor: next } = Object(page.body);
      rows.push(...some.flat());
      cursor = next;
      pages++;
    } while (cursor !== undefined && pages < 10);
    expect(pages).toBe(3);
    expect(rows).toEqual(Array.from({ length: 2500 }, (_, n) => String(n + 1)));
  });

  test("with a forged cursor are refused, and others' are not there", async ({ as }) => {
    const { id } = await mara.run(session, "SELECT 1");
    const forged = await mara.get(`/api/commands/${id}/result?cursor=../../etc`);
    expect(forged).toMatchObject({ status: 400, body: { code: "malformed" } });
    for (const who of ["demo-reviewer", "demo-auditor", "demo-admin", "demo-agent"] as const)
      expect((await (await as(who)).get(`/api/commands/${id}/result`)).status).toBe(404);
  });

  test("stop at maxRows, and say so only where there was more", async () => {
    const rows = async (maxRows: number) => {
      const { result } = await mara.run(session, {
        sql: "SELECT n FROM generate_series(1, 10) AS s(n)",
        maxRows,
      });
      return [result?.rows.length, result?.truncated];
    };
    expect(await rows(9)).toEqual([9, true]);
    expect(await rows(10)).toEqual([10, false]);
    expect(await rows(0)).toEqual([0, true]);
  });

  test("lose nothing: text form, nulls, big numbers, arrays, bytes, empty strings", async () => {
    const { result } = await mara.run(
      session,
      `SELECT 9007199254740993::bigint, 0.1::numeric(30,20), NULL::int, ''::text, ARRAY['a','"b"'], '\\x00ff'::bytea,
              'infinity'::float8, '{"a": 1}'::jsonb, true, E'tab\\tnew\\nline', '2026-02-29'::text`,
    );
    expect(result?.rows).toEqual([
      [
        "9007199254740993",
        "0.10000000000000000000",
        null,
        "",
        '{a,"\\"b\\""}',
        "\\x00ff",
        "Infinity",
        '{"a": 1}',
        "t",
        "tab\tnew\nline",
        "2026-02-29",
      ],
    ]);
  });

  test("of a script come one for each statement, decided together before the first runs", async () => {
    const { results, result } = await mara.run(
      session,
      "SELECT 1 AS one; SELECT 2 AS two, 3 AS three; SHOW timezone",
    );
    expect(results?.map(({ rows }) => rows)).toEqual([[["1"]], [["2", "3"]], [["UTC"]]]);
    expect(result?.rows).toEqual([["UTC"]]);

    const blocked = await mara.send(session, "SELECT 1; DELETE FROM orders");
    expect(blocked).toMatchObject({ status: 403, body: { code: "blocked" } });
    const mixed = await mara.run(session, "SELECT 1; UPDATE orders SET note = 'script' WHERE id = 13");
    expect(mixed.state).toBe("held");
  });
});

test.describe("parameters", () => {
  test("are values, whatever they look like", async () => {
    const odd = "'; DROP TABLE orders; --";
    const { result } = await mara.run(session, {
      sql: "SELECT $1::text, $2::int + 1, $3::boolean, $4::text",
      parameters: [odd, 41, true, null],
    });
    expect(result?.rows).toEqual([[odd, "42", "t", null]]);
  });

  test("must be as many as the statement has", async () => {
    const refused = { status: 422, body: { code: "parameters_mismatch" } };
    expect(await mara.send(session, { sql: "SELECT $1::int", parameters: [] })).toMatchObject(refused);
    expect(await mara.send(session, { sql: "SELECT 1", parameters: [1] })).toMatchObject(refused);
  });

  test("are shown to the reviewer, and what was approved with them runs with them", async () => {
    const held = await mara.run(session, {
      sql: "UPDATE orders SET note = $1 WHERE id = $2",
      parameters: ["with \u202E parameters", 14],
    });
    const review = await tomas.review(held.review?.id ?? "");
    expect(review.parameters).toEqual(["with \u202E parameters", 14]);
    await tomas.vote(review.id, "approve", review.sha256);
    expect(await mara.until(held.id, ["held", "running"])).toMatchObject({
      state: "completed",
      result: { rowCount: 1 },
    });
    const after = await mara.run(session, "SELECT note FROM orders WHERE id = 14");
    expect(after.result?.rows).toEqual([["with \u202E parameters"]]);
  });
});

test.describe("an end", () => {
  test("by cancelling reaches the server", async () => {
    const running = SqlCommand.parse((await mara.send(session, endless, { waitSeconds: 1 })).body);
    expect(running.state).toBe("running");
    expect((await mara.delete(`/api/commands/${running.id}`)).status).toBe(202);
    // Where it did not hear of that, it would end by its time-out, and say so.
    expect(await mara.until(running.id, ["running"])).toMatchObject({ state: "cancelled" });
    // The connection is free again at once: nothing goes on behind it.
    expect(await mara.run(session, "SELECT 1")).toMatchObject({ state: "completed" });
    expect(await mara.delete(`/api/commands/${running.id}`)).toMatchObject({
      status: 409,
      body: { code: "already_decided" },
    });
  });

  test("by the session's end cancels what runs and withdraws what is held", async () => {
    const held = await mara.run(session, "UPDATE orders SET note = 'gone' WHERE id = 15");
    const running = SqlCommand.parse((await mara.send(session, endless, { waitSeconds: 1 })).body);
    expect((await mara.delete(`/api/sessions/${session.id}`)).status).toBe(204);
    expect((await mara.until(running.id, ["running"])).state).toBe("cancelled");
    expect((await mara.until(held.id, ["held"])).state).toBe("withdrawn");
    expect(await mara.send(session, "SELECT 1")).toMatchObject({
      status: 409,
      body: { code: "session_closed" },
    });
    const { sha256 } = await tomas.review(held.review?.id ?? "");
    expect(await tomas.vote(held.review?.id ?? "", "approve", sha256)).toMatchObject({
      status: 403,
      body: { code: "withdrawn" },
    });
  });

  test("by withdrawing what is held is final", async () => {
    const held = await mara.run(session, "UPDATE orders SET note = 'back' WHERE id = 16");
    const { sha256 } = await tomas.review(held.review?.id ?? "");
    expect((await mara.delete(`/api/commands/${held.id}`)).status).toBe(202);
    expect((await mara.until(held.id, ["held"])).state).toBe("withdrawn");
    expect(await tomas.vote(held.review?.id ?? "", "approve", sha256)).toMatchObject({
      status: 403,
      body: { code: "withdrawn" },
    });
  });

  test("by an auditor's hand ends somebody else's command, and shows them nothing of it", async ({ as }) => {
    const elif = await as("demo-auditor");
    const running = SqlCommand.parse((await mara.send(session, endless, { waitSeconds: 1 })).body);
    expect(await elif.delete(`/api/commands/${running.id}`)).toMatchObject({ status: 204, text: "" });
    expect((await mara.until(running.id, ["running"])).state).toBe("cancelled");
  });

  test("by an auditor's hand ends somebody else's session", async ({ as }) => {
    const elif = await as("demo-auditor");
    const running = SqlCommand.parse((await mara.send(session, endless, { waitSeconds: 1 })).body);
    expect((await elif.delete(`/api/sessions/${session.id}`)).status).toBe(204);
    expect((await mara.until(running.id, ["running"])).state).toBe("cancelled");
    expect((await mara.get(`/api/sessions/${session.id}`)).body).toMatchObject({
      state: "closed",
      closedBecause: "killed",
    });
  });
});

test("errors of the target come as they are, with their position, and masked", async () => {
  const missing = await mara.run(session, "SELECT 1/0");
  expect(missing).toMatchObject({ state: "failed", error: { code: "22012", message: "division by zero" } });
  const cast = await mara.run(session, "SELECT email::int FROM customers WHERE id = 1");
  expect(cast.state).toBe("failed");
  expect(cast.error?.message).not.toMatch(/[\w.]+@/);
});
