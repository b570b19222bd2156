import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { Client as Database } from "pg";
import { type Answer, type Client, clientWith, type DemoClient, demoToken } from "../targets/client.ts";
import { demoFolder, type Gateway, startGateway } from "../targets/gateway.ts";
import { reads, writes } from "./statements.ts";

/** Somewhere that something could have leaked to. */
type Sink = { name: string; text: string };

/** The passwords follow from a kept secret; the port is the target's. */
async function directly(gateway: Gateway, admin: Client) {
  const secret = readFileSync(join(gateway.dataDir, "secrets", "postgres"), "utf8");
  const passwordOf = (role: string) => createHmac("sha256", secret).update(role).digest("base64url");
  const { targets } = Object((await admin.get("/api/targets")).body);
  const { port } = targets.find(({ name }: { name: string }) => name === "shop").settings.address;
  const rows = async (user: string, database: string, sql: string): Promise<Record<string, unknown>[]> => {
    const client = new Database({ host: "127.0.0.1", port, user, database, password: passwordOf(user) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  return { passwordOf, rows };
}

/** The hidden values that the statements touch, by what they are: each long enough to be nothing else. */
async function hiddenValues(
  rows: (sql: string) => Promise<Record<string, unknown>[]>,
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  const learn = async (what: string, sql: string) => {
    for (const row of await rows(sql))
      for (const value of Object.values(row))
        if (typeof value === "string" && value.length >= 8) values.set(value, what);
  };
  await learn("e-mail", "select email from customers where id <= 300 union all select email from employees");
  await learn(
    "card",
    "select card_number from customers where id <= 300 union select card_number from payments where id <= 300",
  );
  await learn(
    "iban",
    "select iban from customers where id <= 300 union select iban from employees union select iban from payments where id <= 300",
  );
  await learn(
    "phone",
    "select phone from customers where id <= 300 union select recipient_phone from fulfilment.shipments where id <= 300",
  );
  await learn(
    "birth date",
    // The first of January is what a date cut to its year looks like.
    "select d::text from (select birth_date from customers where id <= 300 union select birth_date from employees) as b(d) where date_part('doy', d) > 1",
  );
  await learn("national id", "select national_id from employees");
  await learn("salary", "select salary::text from employees");
  await learn(
    "address",
    "select profile #>> '{address,street}', profile #>> '{emergencyContact,phone}' from customers where id <= 300",
  );
  return values;
}

/** A value as it could stand somewhere: as it is, turned round, or encoded. */
const formsOf = (value: string): string[] => [
  value,
  [...value].toReversed().join(""),
  Buffer.from(value).toString("hex"),
  Buffer.from(value).toString("base64").replace(/=+$/, ""),
  JSON.stringify(value).slice(1, -1),
];

/** Characters by which a form is looked up before it is compared. */
const window = 8;

/** What of the values stands in which sink, with one example each. */
function found(sinks: readonly Sink[], values: ReadonlyMap<string, string>): string[] {
  const byStart = new Map<string, { form: string; what: string }[]>();
  for (const [value, what] of values)
    for (const form of formsOf(value)) {
      const start = form.slice(0, window);
      byStart.set(start, [...(byStart.get(start) ?? []), { form, what }]);
    }
  const seen = new Map<string, string>();
  for (const { name, text } of sinks)
    for (let at = 0; at + window <= text.length; at++)
      for (const { form, what } of byStart.get(text.slice(at, at + window)) ?? [])
        if (text.startsWith(form, at)) seen.set(`${what} in ${name}`, form);
  return [...seen].map(([where, form]) => `${where}: ${form}`);
}

test("after a full run nothing hidden and no secret is in any log, table, recording or answer", async () => {
  test.setTimeout(400_000);
  const folder = demoFolder();
  const gateway = await startGateway({ dataDir: folder.path, env: { SLUICE_LOG_LEVEL: "debug" } });
  try {
    const sinks: Sink[] = [];
    const as = async (who: DemoClient): Promise<Client> =>
      clientWith(gateway.url, await demoToken(gateway.url, who), (answer: Answer) =>
        sinks.push({
          name: `an answer to ${who}: ${asked}`,
          text: `${JSON.stringify([...answer.headers])}${answer.text}`,
        }),
      );
    let asked = "";
    const admin = await as("demo-admin");
    const { passwordOf, rows } = await directly(gateway, admin);
    const values = await hiddenValues((sql) => rows("shop_owner", "shop", sql));
    expect(new Set(values.values()).size).toBe(8);

    const states: Record<string, number> = {};
    for (const who of ["demo-engineer", "demo-agent", "demo-reviewer"] as const) {
      const client = await as(who);
      const session = await client.open("shop", "curious");
      for (const sql of reads) {
        asked = sql;
        const { body } = await client.send(session, { sql, maxRows: 300 });
        const state = String(Object(body).state ?? Object(body).code);
        states[state] = (states[state] ?? 0) + 1;
      }
      for (const path of [
        "/api/targets/shop/schema",
        "/api/recordings?q=customers",
        "/api/sessions",
        `/api/recordings/${session.id}`,
        `/api/sessions/${session.id}/commands`,
      ])
        await client.get(path);
    }
    // The run is worth something only where much of it got through.
    expect(states["completed"]).toBeGreaterThan(100);
    expect(states["failed"]).toBeGreaterThan(5);
    expect(states["blocked"]).toBeGreaterThan(10);
    expect(states["internal"] ?? 0, JSON.stringify(states)).toBe(0);

    const [mara, tomas, priya] = [
      await as("demo-engineer"),
      await as("demo-reviewer"),
      await as("demo-reviewer-2"),
    ];
    const session = await mara.open("shop", "to be approved");
    const ends: Record<string, number> = {};
    for (const sql of writes) {
      asked = sql;
      const { status, body } = await mara.send(session, sql);
      if (status !== 202) continue;
      const { id, review } = Object(body);
      const { sha256 } = await tomas.review(review.id);
      await tomas.vote(review.id, "approve", sha256);
      await priya.vote(review.id, "approve", sha256);
      const { state } = await mara.until(id, ["held", "running"]);
      ends[state] = (ends[state] ?? 0) + 1;
    }
    expect(ends["completed"], JSON.stringify(ends)).toBeGreaterThan(1);
    expect(ends["failed"], JSON.stringify(ends)).toBeGreaterThan(3);
    asked = "evidence";
    const elif = await as("demo-auditor");
    for (const path of [
      "/api/ledger?limit=1000",
      "/api/ledger/file",
      `/api/recordings/${session.id}`,
      `/api/recordings/${session.id}/file`,
      "/api/recordings",
      "/api/reviews",
    ])
      await elif.get(path);
    for (const path of [
      "/api/targets",
      "/api/classes",
      "/api/policies",
      "/metrics",
      "/readyz",
      "/api/config",
      "/api/openapi.json",
    ])
      await admin.get(path);

    for (const name of readdirSync(join(folder.path, "recordings")))
      sinks.push({
        name: `recording ${name}`,
        text: readFileSync(join(folder.path, "recordings", name), "latin1"),
      });
    const tables = await rows(
      "sluice",
      "sluice",
      "select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    );
    expect(tables.length).toBeGreaterThan(8);
    for (const { name } of tables) {
      const content = await rows("sluice", "sluice", `select t::text as line from ${String(name)} t`);
      sinks.push({ name: `table ${String(name)}`, text: content.map(({ line }) => String(line)).join("\n") });
    }
    sinks.push({ name: "the gateway's log", text: gateway.log() });
    // Of this start, and of the one that made the shop.
    for (const name of ["server.log", "server.log.previous"])
      sinks.push({
        name: `PostgreSQL's ${name}`,
        text: readFileSync(join(folder.path, "postgres", name), "latin1"),
      });

    const read = (...path: string[]) => readFileSync(join(folder.path, ...path), "utf8");
    const { jwk, cookies } = JSON.parse(read("secrets", "demo-issuer"));
    const secrets = new Map([
      [passwordOf("shop_app"), "target's password"],
      [passwordOf("shop_owner"), "owner's password"],
      [passwordOf("sluice"), "store's password"],
      [passwordOf("postgres"), "superuser's password"],
      [read("secrets", "postgres"), "what passwords follow from"],
      [read("secrets", "sealing-key").trim(), "sealing key"],
      ["-----BEGIN PRIVATE KEY-----", "ledger's private key"],
      [String(jwk.d), "issuer's private key"],
      [String(cookies[0]), "issuer's cookie key"],
      [mara.token.split(".")[2] ?? "", "signature of a token"],
    ]);
    for (const secret of secrets.keys()) expect(secret.length).toBeGreaterThan(20);

    expect(found(sinks, secrets)).toEqual([]);
    expect(found(sinks, values)).toEqual([]);
  } finally {
    await gateway.stop();
    folder.remove();
  }
});
