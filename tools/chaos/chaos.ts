import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { check, readLedger, verifyText, type Finding } from "./check.ts";
import { newLog, reviewer, writer, type Load, type Log } from "./clients.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { issuerSettings, startIssuer } from "./issuer.ts";
import { createCluster } from "./postgres.ts";

export type Options = {
  /** The built gateway. */
  program: string;
  /** How many times something is killed; or, in milliseconds, how long things are. */
  until: { rounds: number } | { ms: number };
  seed: number;
  log: (line: string) => void;
};

/** What a run did and found. */
export type Report = {
  at: string;
  seed: number;
  rounds: number;
  seconds: number;
  kills: Record<string, number>;
  load: { writes: number; acknowledged: number; reads: number; votes: number };
  /** Writes by how they ended, as their clients were last told. */
  ends: Record<string, number>;
  findings: Finding[];
  ok: boolean;
};

const writers = { open: 6, prod: 4 };
const rows = 200_000;
const downMs = { least: 50, most: 800 };
/** Between two kills at least this many writes are told how they ended. */
const progress = 15;
const progressWithinMs = 60_000;
const quietWithinMs = 180_000;

const policies = `
@id("enter") permit (principal in Group::"engineers", action == Action::"session.open", resource);
@id("read") permit (principal in Group::"engineers", action in Action::"sql.read", resource);
@id("write") permit (principal in Group::"engineers", action in Action::"sql.write", resource in Tag::"env=open");
@id("ask") @review("reviewers")
permit (principal in Group::"engineers", action in Action::"sql.write", resource in Tag::"env=prod");
`;

/** Numbers that a seed repeats (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(probes.map((probe) => once(probe, "listening")));
  const ports = probes.map((probe) => {
    const address = probe.address();
    if (address === null || typeof address === "string") throw new Error("there is no free port");
    return address.port;
  });
  await Promise.all(
    probes.map((probe) => {
      probe.close();
      return once(probe, "close");
    }),
  );
  return ports;
}

/** Two gateways on one store, under load, while gateways, store and target are killed in turn. */
export async function chaos({ program, until, seed, log: say }: Options): Promise<Report> {
  const started = performance.now();
  const random = randomOf(seed);
  const [storePort = 0, targetPort = 0, issuerPort = 0, ...gatewayPorts] = await freePorts(5);
  const folder = mkdtempSync(join(tmpdir(), "sluice-chaos-"));
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    say("A store, a target, an issuer and two gateways");
    const [store, target] = await Promise.all([createCluster(storePort), createCluster(targetPort)]);
    undo.push(store.remove, target.remove);
    await store.query("postgres", "create database sluice");
    await target.query("postgres", "create table cells (id int primary key, runs int not null default 0)");
    await target.query("postgres", `insert into cells select generate_series(1, ${rows})`);
    const issuer = await startIssuer(issuerPort);
    undo.push(issuer.close);
    const gateways = gatewayPorts.map((port) =>
      createGateway({
        program,
        port,
        settings: {
          ...issuerSettings(issuer.issuer),
          SLUICE_STORE_URL: store.url("sluice"),
          SLUICE_DATA: join(folder, "data"),
          SLUICE_SESSIONS_PER_ACTOR: "1000",
        },
      }),
    );
    for (const gateway of gateways) undo.push(gateway.stop);
    for (const gateway of gateways) await gateway.start();
    const [first] = gateways;
    if (first === undefined) throw new Error("there is no gateway");
    const tokens = {
      admin: await issuer.token("admin", { roles: ["administrator"] }),
      auditor: await issuer.token("auditor", { roles: ["auditor"] }),
      engineers: await Promise.all(
        Array.from({ length: writers.open + writers.prod }, (_, n) =>
          issuer.token(`engineer ${n}`, { groups: ["engineers"], roles: ["engineer"] }),
        ),
      ),
      reviewers: await Promise.all(
        ["tomas", "priya"].map((name) => issuer.token(name, { groups: ["reviewers"], roles: ["reviewer"] })),
      ),
    };
    await declare(first, tokens.admin, targetPort);

    const [ending, over] = [new AbortController(), new AbortController()];
    undo.push(() => over.abort());
    const log = newLog();
    const load: Load = {
      origins: gateways.map(({ origin }) => origin),
      log,
      random,
      ending: ending.signal,
      over: over.signal,
    };
    let row = 0;
    const nextRow = () => ++row;
    const writing = Promise.all(
      tokens.engineers.map((token, n) => writer(load, token, n < writers.open ? "open" : "prod", nextRow)),
    );
    const deciding = Promise.all(tokens.reviewers.map((token) => reviewer(load, token)));

    const victims = [
      ...gateways.map((gateway, n) => ({
        name: `gateway ${n + 1}`,
        kill: gateway.kill,
        start: gateway.start,
      })),
      { name: "store", kill: store.kill, start: store.start },
      { name: "target", kill: target.kill, start: target.start },
    ];
    const kills: Record<string, number> = {};
    const loaded = performance.now();
    const isOver = (round: number) =>
      "rounds" in until ? round >= until.rounds : performance.now() - loaded >= until.ms;
    let round = 0;
    for (; !isOver(round); round++) {
      await progressOf(log, progress);
      // Each in its turn, and now and then two at once.
      const chosen = [
        victims[round % victims.length],
        random() < 0.25 ? victims[(round + 1) % victims.length] : undefined,
      ];
      await Promise.all(
        chosen
          .filter((victim) => victim !== undefined)
          .map(async ({ name, kill, start }) => {
            kills[name] = (kills[name] ?? 0) + 1;
            await kill();
            await sleep(downMs.least + random() * (downMs.most - downMs.least));
            await start();
          }),
      );
      say(
        `round ${round + 1}: ${chosen.flatMap((one) => one?.name ?? []).join(" and ")}; ${ended(log)} writes ended`,
      );
    }

    say("No more kills: everything comes to its end");
    ending.abort();
    await within(quietWithinMs, writing, "the writers").catch((error: unknown) => {
      throw new Error(`${String(error)}; last: ${lastOf(log)}`);
    });
    await quiet(store.query, quietWithinMs);
    over.abort();
    await deciding;

    say("Comparing clients, target and ledger");
    const ask = async (method: string, path: string): Promise<string> => {
      const headers = { authorization: `Bearer ${tokens.auditor}` };
      try {
        const response = await fetch(first.origin + path, { method, headers });
        const body = await response.text();
        if (response.ok) return body;
        throw new Error(`it answered ${response.status}: ${body}`);
      } catch (cause) {
        throw new Error(`${method} ${path}: ${String(cause)}\n${first.log()}`, { cause });
      }
    };
    const text = (path: string) => ask("GET", path);
    // Whatever a killed gateway left of a recording is put in order when its session ends.
    for (const { id } of await store.query<{ id: string }>(
      "sluice",
      "select id from sessions where closed_at is null",
    ))
      await ask("DELETE", `/api/sessions/${id}`);
    const { ledger, verdict } = await readLedger(await text("/api/ledger/file"));
    const sessions = new Set(
      ledger.flatMap(({ kind, session }) => (kind === "session.opened" && session) || []),
    );
    const recordings = [];
    for (const session of sessions)
      recordings.push({ session, verdict: await verifyText(await text(`/api/recordings/${session}/file`)) });
    const written = await target.query<{ id: number; runs: number }>(
      "postgres",
      "select id, runs from cells where runs > 0",
    );
    const findings = check({
      log,
      ran: new Map(written.map(({ id, runs }) => [id, runs])),
      ledger,
      verdict,
      recordings,
      lost: gateways.reduce((sum, gateway) => sum + gateway.lost(), 0),
    });
    return {
      at: new Date().toISOString(),
      seed,
      rounds: round,
      seconds: Math.round((performance.now() - started) / 1_000),
      kills,
      load: { writes: log.rows, acknowledged: log.acknowledged.length, reads: log.reads, votes: log.votes },
      ends: endsOf(log),
      findings,
      ok: findings.every(({ broken }) => broken.length === 0),
    };
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

async function declare({ origin }: Gateway, token: string, port: number): Promise<void> {
  const put = async (path: string, body: unknown) => {
    const response = await fetch(origin + path, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  };
  await put("/api/policies", { text: policies, comment: "chaos" });
  for (const env of ["open", "prod"])
    await put(`/api/targets/${env}`, {
      kind: "postgres",
      host: "127.0.0.1",
      port,
      database: "postgres",
      user: "postgres",
      password: "trusted",
      tls: "off",
      tags: { env },
    });
}

/** How each write stands, as its client was last told. */
function endsOf({ acknowledged, rows: begun }: Log): Record<string, number> {
  const last = new Map(acknowledged.map(({ row, state }) => [row, state]));
  const ends: Record<string, number> = {};
  for (const state of last.values()) ends[state] = (ends[state] ?? 0) + 1;
  if (begun > last.size) ends["no answer"] = begun - last.size;
  return ends;
}
const ended = (log: Log): number =>
  Object.entries(endsOf(log)).reduce(
    (sum, [state, n]) => (/held|running|no answer/.test(state) ? sum : sum + n),
    0,
  );

const lastOf = ({ waiting, odd }: Log): string =>
  JSON.stringify({ waiting: [...waiting].slice(0, 10), odd: odd.slice(-5) });

/** Resolves once so many more writes have ended. */
async function progressOf(log: Log, more: number): Promise<void> {
  const before = ended(log);
  const deadline = Date.now() + progressWithinMs;
  while (ended(log) < before + more) {
    if (Date.now() > deadline) throw new Error(`the load came to a halt; last: ${lastOf(log)}`);
    await sleep(20);
  }
}

/** Resolves once no command is between its beginning and its end. */
async function quiet(query: (database: string, sql: string) => Promise<object[]>, ms: number): Promise<void> {
  const deadline = Date.now() + ms;
  for (;;) {
    const open = await query(
      "sluice",
      "select id, state from commands where state in ('held', 'running') limit 5",
    );
    if (open.length === 0) return;
    if (Date.now() > deadline) throw new Error(`these came to no end: ${JSON.stringify(open)}`);
    await sleep(200);
  }
}

async function within<T>(ms: number, work: Promise<T>, who: string): Promise<T> {
  const late = new AbortController();
  try {
    return await Promise.race([
      work,
      sleep(ms, undefined, { signal: late.signal }).then(() => {
        throw new Error(`${who} did not come to an end`);
      }),
    ]);
  } finally {
    late.abort();
  }
}

/** The report as people read it. */
export function print(report: Report): string {
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ");
  const { writes, acknowledged, reads, votes } = report.load;
  return [
    `${report.rounds} rounds in ${report.seconds} s, seed ${report.seed}. Killed: ${list(report.kills)}.`,
    `${writes} writes with ${acknowledged} acknowledgements, ${reads} reads, ${votes} votes. Ends: ${list(report.ends)}.`,
    "",
    ...report.findings.flatMap(({ promise, held, broken }) => [
      `${broken.length === 0 ? "held  " : "BROKEN"} ${promise} (${held})`,
      ...broken.slice(0, 10).map((one) => `         ${one}`),
    ]),
    "",
    report.ok ? "All promises held." : "A promise was broken.",
  ].join("\n");
}
