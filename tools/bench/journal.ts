import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { newCommandId } from "../../shared/ids.ts";
import { addTarget, engineer, openGateway, policies } from "../../server/main/testing.ts";
import type { Gateway } from "./gateway.ts";
import { quantile } from "./measure.ts";

/** What evidence costs one command, alone: intent, a short recording, outcome; in milliseconds. */
export type JournalCost = { p50: number; p99: number; cpu: number };

const database = "bench_journal";

/** In the bench's own process, on a store of its own in the gateway's PostgreSQL. */
export async function measureJournal(gateway: Gateway, samples: number): Promise<JournalCost> {
  const admin = new pg.Client({ connectionString: await gateway.postgres("postgres") });
  await admin.connect();
  await admin.query(`create database ${database}`);
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-journal-"));
  const url = await gateway.postgres(database);
  const own = await openGateway(url, folder);
  try {
    await own.policies.put(policies, { by: "bench", comment: "", managed: false });
    await addTarget(own, "open", { url });
    const session = await own.gate.open(engineer, "open", "bench");
    const recorder = await own.journal.open(session, engineer);
    const times: number[] = [];
    const before = process.cpuUsage();
    for (let n = 0; n < samples; n++) {
      const started = performance.now();
      const sql = `select * from orders where id = ${n}`;
      const command = {
        id: newCommandId(),
        session: session.id,
        target: session.target,
        actor: engineer.id,
        actorName: engineer.name,
        request: { kind: "sql" as const, sql, parameters: [], maxRows: 1_000 },
        submittedAt: new Date().toISOString(),
        sha256: "0".repeat(64),
      };
      await own.journal.intend(command);
      recorder.write({ type: "state", at: n, command: command.id, state: "running" });
      recorder.write({ type: "outcome", at: n, command: command.id, state: "completed", masked: [] });
      await own.journal.outcome({ ...command, state: "completed", writes: false });
      times.push(performance.now() - started);
    }
    const { user, system } = process.cpuUsage(before);
    return {
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      cpu: (user + system) / 1_000 / samples,
    };
  } finally {
    await own.stop();
    await admin.query(`drop database ${database} with (force)`);
    await admin.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
