import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { Client as Database } from "pg";
import type { Session } from "../../shared/nouns/session.ts";
import { type Client, signedIn } from "../targets/client.ts";
import { type DataFolder, demoFolder, type Gateway, startGateway } from "../targets/gateway.ts";

/** What fails while a session goes on: each at one gateway, one after the other. */
test.describe.configure({ mode: "serial" });

let folder: DataFolder;
let gateway: Gateway;
let mara: Client;
let tomas: Client;
let elif: Client;

test.beforeAll(async () => {
  folder = demoFolder();
  gateway = await startGateway({ dataDir: folder.path });
  [mara, tomas, elif] = await Promise.all([
    signedIn(gateway.url, "demo-engineer"),
    signedIn(gateway.url, "demo-reviewer"),
    signedIn(gateway.url, "demo-auditor"),
  ]);
});
test.afterAll(async () => {
  await gateway.stop();
  folder.remove();
});

const recordings = () => join(folder.path, "recordings");
const rowsIn = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line))
    .flatMap((event): string[][] => (Object(event).type === "rows" ? Object(event).rows : []))
    .map(([first]) => String(first));

/** Runs a command as a stream, and gives the rows that came before it ended, however it ended. */
async function streamed(session: Session, sql: string): Promise<{ rows: string[]; text: string }> {
  const response = await fetch(`${gateway.url}/api/sessions/${session.id}/commands`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${mara.token}`,
      "content-type": "application/json",
      accept: "application/x-ndjson",
    },
    body: JSON.stringify({ sql, maxRows: 50_000 }),
  });
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  } catch (error) {
    // The gateway may break the stream off: what came until then was seen all the same.
    if (!(error instanceof TypeError)) throw error;
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return { rows: rowsIn(whole.split("\n")), text };
}

/** The session once it is closed. */
async function closed(session: Session): Promise<Session> {
  const now = async () => Object((await mara.get(`/api/sessions/${session.id}`)).body);
  await expect.poll(async () => (await now()).state, { timeout: 60_000 }).toBe("closed");
  return now();
}

/** What the ledger says of a session, once it says that it has ended. */
async function entriesOf(session: Session): Promise<{ kind: string; body: Record<string, unknown> }[]> {
  const read = async () => {
    const { entries } = Object((await elif.get("/api/ledger?limit=1000")).body);
    return entries.filter((entry: { session: string }) => entry.session === session.id);
  };
  await expect
    .poll(async () => (await read()).map(({ kind }: { kind: string }) => kind), { timeout: 60_000 })
    .toContain("session.closed");
  return read();
}

test("a disk that is full in the middle of an answer ends the session; nobody saw an unrecorded row", async () => {
  test.skip(process.platform !== "linux", "prlimit is Linux's");
  const session = await mara.open("shop", "full");
  await mara.run(session, "SELECT 'kept'");
  const file = join(recordings(), `${session.id}.rec`);
  // As a disk with so much left on it: a write behind that ends with an error, after a part of it was taken.
  const room = statSync(file).size + 400_000;
  const limit = (soft: string) =>
    execFileSync("prlimit", [`--pid=${gateway.pid}`, `--fsize=${soft}:unlimited`]);
  limit(String(room));
  try {
    const sql = "SELECT n, repeat('x', 200) AS filler FROM generate_series(1, 20000) AS s(n)";
    const { rows, text } = await streamed(session, sql);
    expect(text).toContain("journal_unavailable");
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.length).toBeLessThan(20_000);
    expect(statSync(file).size).toBeLessThanOrEqual(room);
    const recorded = readFileSync(file, "utf8").split("\n").slice(0, -1);
    const kept = new Set(rowsIn(recorded.map((line) => line.slice(line.indexOf(" ") + 1))));
    expect(rows.filter((row) => !kept.has(row))).toEqual([]);

    expect(await closed(session)).toMatchObject({ closedBecause: "recorder" });
    expect(await mara.send(session, "SELECT 1")).toMatchObject({
      status: 409,
      body: { code: "session_closed" },
    });
    const entries = await entriesOf(session);
    expect(entries.at(-1)).toMatchObject({ body: { because: "recorder", recording: { complete: false } } });
    expect(entries.findLast(({ kind }) => kind === "command.outcome")?.body).toMatchObject({
      recording: null,
    });
  } finally {
    limit("unlimited");
  }
  const again = await mara.open("shop", "room again");
  expect((await mara.run(again, "SELECT 'room'")).result?.rows).toEqual([["room"]]);
});

test("a folder that is taken away in the middle of a session ends it, and nothing is shown", async () => {
  const session = await mara.open("shop", "taken away");
  await mara.run(session, "SELECT 'kept'");
  renameSync(recordings(), `${recordings()}.away`);
  try {
    const { rows, text } = await streamed(session, "SELECT 'unrecorded' AS said");
    expect(rows).toEqual([]);
    expect(text).toContain("journal_unavailable");
    expect(text).not.toContain('"unrecorded"');
    expect(await closed(session)).toMatchObject({ closedBecause: "recorder" });
  } finally {
    renameSync(`${recordings()}.away`, recordings());
  }
});

test("an intent that cannot be written keeps the command from the target, approved or not", async () => {
  const secret = readFileSync(join(folder.path, "secrets", "postgres"), "utf8");
  const admin = await signedIn(gateway.url, "demo-admin");
  const { targets } = Object((await admin.get("/api/targets")).body);
  const { port } = targets.find(({ name }: { name: string }) => name === "shop").settings.address;
  const connect = async (user: string, database: string) => {
    const password = createHmac("sha256", secret).update(user).digest("base64url");
    const client = new Database({ host: "127.0.0.1", port, user, database, password });
    await client.connect();
    return client;
  };
  const [store, target] = [await connect("sluice", "sluice"), await connect("shop_owner", "shop")];
  const session = await mara.open("shop", "no intent");
  const held = await mara.run(session, "UPDATE orders SET note = 'unwritten' WHERE id = 62");
  const { sha256 } = await tomas.review(held.review?.id ?? "");
  await store.query("alter table ledger rename to ledger_away");
  try {
    const read = await mara.send(session, "SELECT 'unrecorded' AS said");
    expect(read).toMatchObject({ status: 503, body: { code: "journal_unavailable" } });
    expect(read.text).not.toContain('"unrecorded"');
    expect((await tomas.vote(held.review?.id ?? "", "approve", sha256)).status).toBe(503);
    const { rows } = await target.query(
      "select count(*)::int as changed from order_audit where order_id = 62",
    );
    expect(rows).toEqual([{ changed: 0 }]);
  } finally {
    await store.query("alter table ledger_away rename to ledger");
    await Promise.all([store.end(), target.end()]);
  }
  // The vote was given. Where something came of it once the ledger was back, its decision is in evidence before.
  await mara.delete(`/api/sessions/${session.id}`);
  const kinds = (await entriesOf(session)).map(({ kind }) => kind);
  const intent = kinds.indexOf("command.intent");
  if (intent >= 0) expect(kinds.slice(0, intent)).toContain("review.decided");
});
