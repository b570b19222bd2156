import pg from "pg";
import { z } from "zod";
import type { Gateway } from "./gateway.ts";
import { quantile } from "./measure.ts";
import { rowCount } from "./work.ts";

/** Rows like a shop's, e-mails and cards made up. Cards pass Luhn's check, so that no detector's short cut helps. */
const table = `
  create table bench_rows (
    id bigint primary key, note text not null, quantity bigint not null, amount numeric(12, 2) not null,
    at timestamptz not null, email text not null, card text not null);
  insert into bench_rows
    select n, 'Order ' || n || ', ' || (array['paid by card', 'waiting for the carrier', 'picked up in the shop'])[n % 3 + 1],
      n::bigint * 7919 % 1000003, (n * 37 % 1000000) / 100.0, timestamptz '2026-01-01' + n * interval '17 seconds',
      'person' || n || '@mail' || n % 97 || '.example', digits || (10 - luhn % 10) % 10
    from (select n, digits, (
        select sum(case when i % 2 = 0 then d else case when d > 4 then d * 2 - 9 else d * 2 end end)
        from generate_series(1, 15) i, lateral (select substr(digits, i, 1)::integer as d) one) as luhn
      from (select n, '4' || lpad((n::bigint * 9973 % 99999999999999)::text, 14, '0') as digits
        from generate_series(1, ${rowCount}) n) numbers) checked`;

/** Policies for what is tagged env=bench: engineers read without a review, as much as they ask for. */
const policies = `
@id("bench-open")
permit (principal in Group::"engineers", action == Action::"session.open", resource in Tag::"env=bench");

@id("bench-read")
@maxRows("2000000")
@timeout("5m")
permit (principal in Group::"engineers", action in Action::"sql.read", resource in Tag::"env=bench")
when { !context.facts.writes };
`;

/** Makes the database with its million rows, and the target, classes and policies that lead there. Gives its URL. */
export async function prepareTarget(gateway: Gateway): Promise<string> {
  const url = await gateway.postgres("bench");
  await query(await gateway.postgres("postgres"), "create database bench");
  await query(url, table);
  await query(url, "vacuum (analyze) bench_rows");
  await query(url, "checkpoint");
  const { hostname, port, username, password, pathname } = new URL(url);
  const admin = await gateway.token("demo-admin");
  await gateway.call(admin, "PUT", "/api/targets/bench", {
    kind: "postgres",
    host: hostname,
    port: Number(port),
    database: pathname.slice(1),
    user: username,
    password,
    tls: "off",
    tags: { env: "bench" },
  });
  await gateway.call(admin, "PUT", "/api/targets/bench/classes", {
    "public.bench_rows": { email: "email", card: "card" },
  });
  const { text } = z.object({ text: z.string() }).parse(await gateway.call(admin, "GET", "/api/policies"));
  await gateway.call(admin, "PUT", "/api/policies", { text: text + policies, comment: "For the bench" });
  return url;
}

/** What one durable commit of one row costs here, in milliseconds: the gateway makes two for each command. */
export async function measureCommit(url: string, samples: number): Promise<{ p50: number; p99: number }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("create table commits (n integer)");
    const times: number[] = [];
    for (let n = 0; n < samples; n++) {
      const started = performance.now();
      await client.query("insert into commits values ($1)", [n]);
      times.push(performance.now() - started);
    }
    return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  } finally {
    await client.end();
  }
}

/** The server's version, as it says it. */
export async function serverVersion(url: string): Promise<string> {
  const [row] = await query<{ server_version: string }>(url, "show server_version");
  return row?.server_version ?? "";
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
