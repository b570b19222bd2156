import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts";

let dataDir: string;
let server: EmbeddedPostgres | undefined;
const said: string[] = [];
const log = (line: string) => void said.push(line);

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "sluice-embedded-"));
  said.length = 0;
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** A gateway in a process of its own; resolves when its server is up. */
async function gateway(): Promise<{ process: ChildProcess; url: string }> {
  const code = `
    import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, "embedded-postgres.ts"))};
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: () => {} });
    console.log(server.urlFor("postgres"));
    setInterval(() => {}, 1000);`;
  const script = join(dataDir, "gateway.mjs");
  writeFileSync(script, code);
  const child = spawn(process.execPath, ["--import", "tsx", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  return { process: child, url: String(line).trim() };
}

describe("embedded PostgreSQL", () => {
  it("is made once, keeps what was committed, and is durable", async () => {
    server = await startEmbeddedPostgres({ dataDir, log });
    await query(server.urlFor("postgres"), "create table kept as select 7 as n");
    await server.stop();
    server = await startEmbeddedPostgres({ dataDir, log });
    expect(await query(server.urlFor("postgres"), "select n from kept")).toEqual([{ n: 7 }]);
    expect(await query(server.urlFor("postgres"), "show fsync")).toEqual([{ fsync: "on" }]);
    expect(said).toEqual(["Creating the embedded PostgreSQL"]);
  });

  it("asks for a password, which the data folder keeps for its owner alone", async () => {
    server = await startEmbeddedPostgres({ dataDir, log });
    expect(statSync(join(dataDir, "secrets", "postgres")).mode & 0o777).toBe(0o600);
    const wrong = new URL(server.urlFor("postgres"));
    wrong.password = "postgres";
    await expect(query(wrong.href, "select 1")).rejects.toThrow("password authentication failed");
  });

  it.runIf(process.getuid?.() === 0)(
    "runs below a folder that is closed to every other account",
    async () => {
      const inside = join(dataDir, "home", "clone", "data");
      mkdirSync(inside, { recursive: true });
      chmodSync(join(dataDir, "home"), 0o700);
      server = await startEmbeddedPostgres({ dataDir: inside, log });
      expect(await query(server.urlFor("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
    },
  );

  it("writes no statement and no value to its log", async () => {
    server = await startEmbeddedPostgres({ dataDir, log });
    await expect(query(server.urlFor("postgres"), "select 'hunter2'::int")).rejects.toThrow("hunter2");
    await server.stop();
    expect(readFileSync(join(dataDir, "postgres", "server.log"), "utf8")).not.toContain("hunter2");
  });

  it("refuses a second gateway on the same folder, and does not disturb the first", async () => {
    server = await startEmbeddedPostgres({ dataDir, log });
    await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toThrow("Another Sluice gateway uses");
    expect(await query(server.urlFor("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("lets one of two that start at the same time through", async () => {
    const starts = await Promise.allSettled([1, 2].map(() => startEmbeddedPostgres({ dataDir, log })));
    const up = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
    [server] = up;
    expect(up).toHaveLength(1);
  });

  it("ends the server that a killed gateway left behind, and finds what it had committed", async () => {
    const killed = await gateway();
    const startedAt = "select pg_postmaster_start_time()::text as at";
    const first = await query(killed.url, startedAt);
    await query(killed.url, "create table survived as select 'yes' as answer");
    killed.process.kill("SIGKILL");
    await once(killed.process, "exit");
    expect(await query(killed.url, "select 1 as alive")).toEqual([{ alive: 1 }]);
    server = await startEmbeddedPostgres({ dataDir, log });
    expect(said).toContain("Ending the PostgreSQL that a killed gateway left behind");
    expect(await query(server.urlFor("postgres"), "select answer from survived")).toEqual([
      { answer: "yes" },
    ]);
    // At the same address stands another server: what names the address still holds.
    expect(await query(killed.url, startedAt)).not.toEqual(first);
  });

  it("starts over a crashed server, even where its process id belongs to another program now", async () => {
    server = await startEmbeddedPostgres({ dataDir, log });
    const file = join(dataDir, "postgres", "cluster", "postmaster.pid");
    const lines = readFileSync(file, "utf8").split("\n");
    process.kill(Number(lines[0]), "SIGKILL");
    await server.ended;
    lines[0] = String(process.pid);
    writeFileSync(file, lines.join("\n"));
    server = await startEmbeddedPostgres({ dataDir, log });
    expect(await query(server.urlFor("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
  });
});
