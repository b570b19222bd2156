import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { freshDatabase } from "../../../db/testing.ts";
import type { Backend } from "./backend.ts";
import type { Chunk } from "./chunk.ts";
import { permitFor } from "../../testing.ts";
import { beside, collect, open, rowsOf, run, targetAt } from "./testing.ts";

let url = "";
let drop: () => Promise<void> = async () => undefined;
const opened: Backend[] = [];

async function fresh(parts: Parameters<typeof open>[1] = {}): Promise<Backend> {
  const backend = await open(url, parts);
  opened.push(backend);
  return backend;
}

beforeAll(async () => {
  ({ url, drop } = await freshDatabase());
  await beside(url, (client) => client.query("create table t as select n from generate_series(1, 10) n"));
});
afterEach(() => Promise.all(opened.splice(0).map((backend) => backend.close())));
afterAll(() => drop());

const activity = (backend: Backend) =>
  beside(url, async (client) => {
    const { rows } = await client.query(
      "select state, query, wait_event, application_name from pg_stat_activity where pid = $1",
      [backend.pid],
    );
    return rows[0];
  });

/** Waits until the server shows the backend in this state. */
const until = (backend: Backend, state: string) =>
  vi.waitUntil(async () => (await activity(backend))?.state === state, patience);

/** Shorter than a test may take: a connection that is gone is asked for no more. */
const patience = { timeout: 100_000, interval: 10 };

/** What a run that must fail throws. */
const failure = (chunks: AsyncIterable<Chunk>): Promise<unknown> =>
  collect(chunks).then(
    () => undefined,
    (error: unknown) => error,
  );

const series = "select n, repeat('x', 100) from generate_series(1, 1000000) n";
const million = { maxRows: 1_000_000 };
const sleep = "select pg_sleep(60)";

describe("streams", () => {
  test("a slow reader slows the target, not the memory", async () => {
    const backend = await fresh();
    const chunks = run(backend, series, million)[Symbol.asyncIterator]();
    const before = process.memoryUsage.rss();
    await chunks.next();
    await chunks.next();
    await vi.waitUntil(async () => (await activity(backend)).wait_event === "ClientWrite", patience);
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 1024 * 1024);
    await chunks.return?.();
  });

  test("a million rows arrive, in order", async () => {
    const backend = await fresh();
    let next = 1;
    let truncated: boolean | undefined;
    for await (const chunk of run(backend, series, million)) {
      if (chunk.type === "statement") truncated = chunk.truncated;
      if (chunk.type !== "rows") continue;
      for (const [n] of chunk.rows.cells())
        if (n !== String(next++)) throw new Error(`row ${next - 1} is ${n}`);
    }
    expect([next, truncated]).toEqual([1_000_001, false]);
  });

  test("a reader that leaves cancels at the server, and the connection goes on", async () => {
    const backend = await fresh();
    for await (const chunk of run(backend, series, million)) if (chunk.type === "rows") break;
    expect((await activity(backend)).state).toBe("idle");
    expect(rowsOf(await collect(run(backend, "select 1")))).toEqual([["1"]]);
  });

  test("a reader that leaves a write rolls it back", async () => {
    const backend = await fresh();
    for await (const chunk of run(backend, "delete from t returning n", { writes: true }))
      if (chunk.type === "rows") break;
    expect(rowsOf(await collect(run(backend, "select count(*) from t")))).toEqual([["10"]]);
  });

  test("one command at a time", async () => {
    const backend = await fresh();
    const first = run(backend, series, million)[Symbol.asyncIterator]();
    await first.next();
    await expect(collect(run(backend, "select 1"))).rejects.toMatchObject({ code: "session_busy" });
    await first.return?.();
  });

  test("a row too large to hold ends the connection instead of the gateway", async () => {
    const backend = await fresh();
    await expect(collect(run(backend, "select repeat('x', 100000000)"))).rejects.toMatchObject({
      code: "too_large",
    });
    await backend.closed;
  });
});

describe("stops", () => {
  test("an aborted signal cancels at the server", async () => {
    const backend = await fresh();
    const controller = new AbortController();
    const answer = collect(run(backend, sleep, {}, controller.signal));
    await until(backend, "active");
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: "cancelled" });
    expect((await activity(backend)).state).toBe("idle");
    expect(rowsOf(await collect(run(backend, "select 1")))).toEqual([["1"]]);
  });

  test("cancel() does so too, and rolls a write back", async () => {
    const backend = await fresh();
    const answer = collect(run(backend, ["delete from t", sleep], { writes: true }));
    await until(backend, "active");
    await backend.cancel();
    await expect(answer).rejects.toMatchObject({ code: "cancelled" });
    expect(rowsOf(await collect(run(backend, "select count(*) from t")))).toEqual([["10"]]);
  });

  test("cancel() of nothing does not touch the next command", async () => {
    const backend = await fresh();
    await backend.cancel();
    expect(rowsOf(await collect(run(backend, "select 1")))).toEqual([["1"]]);
  });

  test("the command's deadline is a timeout", async () => {
    const backend = await fresh();
    await expect(collect(run(backend, sleep, { timeoutMs: 50 }))).rejects.toMatchObject({
      code: "timeout",
      extra: { timeoutMs: 50 },
    });
    expect(rowsOf(await collect(run(backend, "select 1")))).toEqual([["1"]]);
  });

  test("an already aborted signal leaves the permit unspent", async () => {
    const backend = await fresh();
    await expect(collect(run(backend, "select 1", {}, AbortSignal.abort()))).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  test("a backend killed in mid-stream is a lost connection of which nothing was committed", async () => {
    const backend = await fresh();
    const kept = failure(run(backend, ["delete from t", sleep], { writes: true }));
    await until(backend, "active");
    await beside(url, (client) => client.query("select pg_terminate_backend($1)", [backend.pid]));
    expect(await kept).toMatchObject({ code: "target_unreachable", extra: { outcome: "none" } });
    expect(await backend.closed).toBe("The target ended the connection (SQLSTATE 57P01).");
    await expect(collect(run(backend, "select 1"))).rejects.toMatchObject({ code: "session_closed" });
  });

  test("a connection lost in COMMIT leaves the outcome unknown", async () => {
    await beside(url, (client) =>
      client.query(`
        create table slow (n int);
        create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$;
        create constraint trigger late after insert on slow deferrable initially deferred for each row execute function dawdle()`),
    );
    const backend = await fresh();
    const kept = failure(run(backend, "insert into slow values (1)", { writes: true }));
    await vi.waitUntil(async () => (await activity(backend)).query.startsWith("COMMIT"), patience);
    await beside(url, (client) => client.query("select pg_terminate_backend($1)", [backend.pid]));
    expect(await kept).toMatchObject({ code: "target_unreachable", extra: { outcome: "unknown" } });
  });

  test("close() ends it under a running command", async () => {
    const backend = await fresh();
    const answer = collect(run(backend, sleep));
    await until(backend, "active");
    await Promise.all([backend.close(), expect(answer).rejects.toMatchObject({ code: "session_closed" })]);
    expect(await backend.closed).toBe("The gateway closed the connection.");
  });
});

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

describe("opening", () => {
  const secret = "hunter2-secret";

  test("the target sees the session's name", async () => {
    const backend = await fresh();
    expect((await activity(backend)).application_name).toMatch(/^sluice\/ses_/);
  });

  test("a wrong password is the target's refusal, and nothing of it is told", async () => {
    const { credential } = targetAt(url);
    const attempt = open(url, { credential: { ...credential, user: "nobody-there", secret } });
    const error: unknown = await attempt.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toMatchObject({ code: "target_refused" });
    expect(JSON.stringify(error) + String(error)).not.toContain(secret);
  });

  test.each([
    ["target_refused", { database: "absent" }],
    ["target_unreachable", { port: 1 }],
    ["target_unreachable", { host: "no-such-host.invalid" }],
    ["target_unreachable", { host: "/tmp" }],
  ])("%s for %j", async (code, parts) => {
    const { target } = targetAt(url);
    await expect(open(url, { target: { address: { ...target.address, ...parts } } })).rejects.toMatchObject({
      code,
    });
  });

  test("a disabled target is not reached", async () => {
    await expect(open(url, { target: { disabled: true } })).rejects.toMatchObject({
      code: "target_disabled",
    });
  });

  test("a target without TLS is not spoken to in clear where TLS is asked for", async () => {
    let heard = "";
    const plain = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => {
        heard += data.toString("latin1");
        socket.write("N");
      });
    });
    const address = { ...targetAt(url).target.address, port: await portOf(plain), tls: "require" as const };
    await expect(open(url, { target: { address } })).rejects.toMatchObject({ code: "target_refused" });
    expect(heard).toHaveLength(8);
    plain.close();
  });

  test("a target that asks for a password that is not there refuses", async () => {
    const asking = createServer((socket) => {
      socket.on("error", () => undefined);
      // AuthenticationSASL offering SCRAM-SHA-256, then AuthenticationSASLContinue.
      const answers = ["R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", "R\0\0\0\x09\0\0\0\x0bx"];
      socket.on("data", () => socket.write(answers.shift() ?? "", "latin1"));
    });
    const address = { ...targetAt(url).target.address, port: await portOf(asking) };
    await expect(open(url, { target: { address }, credential: { user: "someone" } })).rejects.toMatchObject({
      code: "target_refused",
    });
    asking.close();
  });

  test("a target that never answers is given up", async () => {
    const silent = createServer();
    const port = await portOf(silent);
    const target = { address: { ...targetAt(url).target.address, port } };
    await expect(open(url, { target, limits: { connectTimeoutMs: 50 } })).rejects.toMatchObject({
      code: "target_unreachable",
    });
    const controller = new AbortController();
    const attempt = open(url, { target, permit: permitFor(), signal: controller.signal });
    controller.abort();
    await expect(attempt).rejects.toMatchObject({ code: "cancelled" });
    silent.close();
  });
});
