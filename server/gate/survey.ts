import { createHash } from "node:crypto";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Row } from "../../shared/nouns/command.ts";
import type { Target } from "../../shared/nouns/target.ts";
import type { RawCatalog } from "../protocols/postgres/catalog/raw-catalog.ts";
import { readCatalog } from "../protocols/postgres/catalog/read.ts";
import { connect } from "../protocols/postgres/connect/backend.ts";
import type { Rooms } from "./rooms.ts";

type SurveyRooms = Pick<Rooms, "approvals" | "vault" | "journal" | "backendLimits" | "now"> & {
  sealed: Rooms["targets"]["sealed"];
};

/** The gateway's own questions to a target: fixed texts, read-only, each under a permit, after an entry that says so. */
export type Survey = {
  /** Throws `target_unreachable`, `target_refused`, `catalog_unavailable`. */
  catalog(target: Target): Promise<RawCatalog>;
  /** Connects and asks for the version. Throws `target_unreachable`, `target_refused`. */
  test(target: Target, actor: Actor): Promise<{ ok: true; serverVersion: string; latencyMs: number }>;
};

const deadlineMs = 30_000;
const maxRows = 1_000_000;
const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");

export function createSurvey({ approvals, vault, journal, backendLimits, now, sealed }: SurveyRooms): Survey {
  /** Runs `work` with a way to ask, on one connection of its own. */
  async function asking<T>(
    purpose: "catalog" | "test",
    target: Target,
    by: string | null,
    work: (ask: (sql: string) => Promise<Row[]>) => Promise<T>,
  ): Promise<T> {
    await journal.note({
      kind: "catalog.read",
      actor: by,
      session: null,
      command: null,
      body: { target: target.name, revision: target.revision, purpose },
    });
    const permitFor = (sql: string) => approvals.maintenance(purpose, target, sha256(sql));
    const signal = AbortSignal.timeout(deadlineMs);
    const permit = permitFor("");
    const credential = vault.open(permit, target, await sealed(target.name, target.revision));
    const backend = await connect({
      permit,
      target,
      credential,
      limits: backendLimits,
      searchPath: undefined,
      now,
      signal,
    });
    try {
      return await work(async (sql) => {
        const rows: Row[] = [];
        const statements = [
          { span: { start: 0, end: Buffer.byteLength(sql) }, returnsRows: true, writes: false },
        ];
        const executable = {
          sql,
          statements,
          parameters: [],
          maxRows,
          timeoutMs: deadlineMs,
          maxAffectedRows: 0,
          writes: false,
          sha256: sha256(sql),
        };
        for await (const chunk of backend.run(permitFor(sql), executable, signal))
          if (chunk.type === "rows") rows.push(...chunk.rows);
        return rows;
      });
    } finally {
      await backend.close();
    }
  }

  return {
    // A target stays disabled until its classes were checked against its catalog.
    catalog: (target) => asking("catalog", { ...target, disabled: false }, null, readCatalog),
    test(target, actor) {
      const started = performance.now();
      return asking("test", target, actor.id, async (ask) => {
        const [[serverVersion] = []] = await ask("select pg_catalog.current_setting('server_version')");
        return { ok: true, serverVersion: serverVersion ?? "", latencyMs: performance.now() - started };
      });
    },
  };
}
