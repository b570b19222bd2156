import { setTimeout as sleep } from "node:timers/promises";
import { request } from "node:http";
import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";

const million = 1_000_000;
/** Allowed growth of the gateway's memory over a million rows, 250 MB, that nobody is quick to read. */
const maxGrowthBytes = 128 * 1024 * 1024;

/** The gateway's resident memory, as its metrics tell. */
async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^sluice_process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}

/** Streams a command's events as lines, at the reader's pace. */
async function lines(
  client: Client,
  session: string,
  body: unknown,
  pace: (linesSoFar: number) => Promise<void> | undefined,
): Promise<{ rows: number; last: unknown; first: unknown }> {
  const asked = request(`${client.url}/api/sessions/${session}/commands`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${client.token}`,
      "content-type": "application/json",
      accept: "application/x-ndjson",
    },
  });
  asked.end(JSON.stringify(body));
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    asked.once("response", resolve).once("error", reject);
  });
  expect(response.statusCode).toBe(200);
  let rest = "";
  let rows = 0;
  let count = 0;
  let first: unknown;
  let last: unknown;
  for await (const chunk of response.setEncoding("utf8")) {
    const parts = (rest + String(chunk)).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      last = JSON.parse(line);
      if (Object(last).type === "rows") {
        rows += Object(last).rows.length;
        first ??= Object(last).rows[0];
      }
      count++;
    }
    await pace(count);
  }
  return { rows, last, first };
}

test("a million rows to a slow reader keep the gateway's memory flat", async ({ gateway, as }) => {
  const admin = await as("demo-admin");
  const mara = await as("demo-engineer");
  // The shop again, as staging, where engineers may read in bulk.
  const { body } = await admin.get("/api/targets");
  const { targets } = Object(body);
  const shop = targets.find(({ name }: { name: string }) => name === "shop");
  expect(shop.settings.tags).toEqual({ env: "prod" });
  const policies = Object((await admin.get("/api/policies")).body);
  const text = String(policies.text)
    .replace('@maxRows("100000")', '@maxRows("5000000")')
    .replace('@timeout("30s")', '@timeout("300s")');
  expect((await admin.put("/api/policies", { text, comment: "larger reads" })).status).toBe(200);

  const session = await mara.open();
  const sql =
    "SELECT n, md5(n::text) AS digest, repeat('x', 200) AS filler FROM generate_series(1, $1::int) AS s(n)";
  // Warm: what the first large stream allocates for good is no growth.
  await lines(mara, session.id, { sql, parameters: [100_000], maxRows: million }, () => undefined);
  const before = await residentBytes(gateway.url);
  let peak = before;
  let looked = 0;
  const { rows, last, first } = await lines(
    mara,
    session.id,
    { sql, parameters: [million], maxRows: million },
    async (count) => {
      // Slow at first, so that everything that could pile up does.
      if (count < 200) await sleep(20);
      if (count - looked < 100) return;
      looked = count;
      peak = Math.max(peak, await residentBytes(gateway.url));
    },
  );
  expect(last).toMatchObject({ type: "outcome", state: "completed" });
  expect(rows).toBe(million);
  expect(first).toEqual(["1", expect.stringMatching(/^[0-9a-f]{32}$/), "x".repeat(200)]);
  expect(peak - before).toBeLessThan(maxGrowthBytes);
  await mara.delete(`/api/sessions/${session.id}`);
  expect((await admin.put("/api/policies", { text: policies.text, comment: "as before" })).status).toBe(200);
});

test("a reader that leaves cancels the work at the target", async ({ as }) => {
  const mara = await as("demo-engineer");
  const session = await mara.open();
  const over = new AbortController();
  const response = await fetch(`${mara.url}/api/sessions/${session.id}/commands`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${mara.token}`,
      "content-type": "application/json",
      accept: "application/x-ndjson",
    },
    body: JSON.stringify({
      sql: "SELECT count(*) FROM order_items a, order_items b, order_items c WHERE a.quantity + b.quantity + c.quantity < 0",
    }),
    signal: over.signal,
  });
  const id = response.headers.get("location")?.split("/").at(-1) ?? "";
  over.abort();
  expect(await mara.until(id, ["running"])).toMatchObject({ state: "cancelled" });
  await mara.delete(`/api/sessions/${session.id}`);
});
