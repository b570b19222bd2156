import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../db/testing.ts";
import { toRefusal } from "./problems.ts";

/** Whatever a store's absence looks like to those who ask it, callers hear that they may try again. */
let fresh: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

const failureOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (error: unknown) => error,
  );
const unavailable = { code: "store_unavailable", status: 503 };

test("a store whose connections are all taken is unavailable", async () => {
  const pool = new pg.Pool({ connectionString: fresh.url, max: 1 });
  const taken = await pool.connect();
  pool.options.connectionTimeoutMillis = 50;
  expect(toRefusal(await failureOf(pool.query("select 1")))).toMatchObject(unavailable);
  taken.release();
  await pool.end();
});

test("a store that says nothing is unavailable", async () => {
  const silent = createServer((socket) => void socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const pool = new pg.Pool({ host: "127.0.0.1", port, connectionTimeoutMillis: 50 });
  expect(toRefusal(await failureOf(pool.query("select 1")))).toMatchObject(unavailable);
  await pool.end();
  silent.close();
});

test("a store that hangs up in the middle of a question is unavailable, and one that refuses a question is not", async () => {
  const [asking, ending] = [await connected(), await connected()];
  expect(toRefusal(await failureOf(ending.query("selec 1"))).code).toBe("internal");
  const { rows } = await asking.query<{ pid: number }>("select pg_backend_pid() as pid");
  const asked = failureOf(asking.query("select pg_sleep(600)"));
  await ending.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
  expect(toRefusal(await asked)).toMatchObject(unavailable);
  await ending.end();
});

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: fresh.url });
  client.on("error", () => {});
  await client.connect();
  return client;
}
