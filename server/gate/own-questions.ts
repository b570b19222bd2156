import { createHash } from "node:crypto";
import type { Row } from "../../shared/nouns/command.ts";
import type { Entry } from "../../shared/nouns/entry.ts";
import type { PostgresTarget } from "../../shared/nouns/target.ts";
import { connect } from "../protocols/postgres/connect/backend.ts";
import type { Rooms } from "./rooms.ts";

/** The rooms that a question of the gateway's own goes through. */
export type AskingRooms = Pick<Rooms, "approvals" | "vault" | "journal" | "backendLimits" | "now"> & {
  sealed: Rooms["targets"]["sealed"];
};

/** Answers a text's rows in PostgreSQL's text form. Throws TargetFailure, and Refusal as `Backend.run` does. */
export type Ask = (sql: string, timeoutMs?: number) => Promise<Row[]>;

/** What is asked for, of whom, for whom, and what the ledger says of it. */
export type Occasion = {
  purpose: "catalog" | "test" | "discovery";
  target: PostgresTarget;
  by: string | null;
  entry: Pick<Entry, "kind" | "body">;
  deadlineMs: number;
};

const maxRows = 1_000_000;
const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");

/**
 * A way to ask a target the gateway's own questions, on one connection: read-only, each under a permit for its very
 * text, all of them after an entry in the ledger that says so. Throws what connecting throws.
 */
export function createOwnQuestions({ approvals, vault, journal, backendLimits, now, sealed }: AskingRooms) {
  return async function asking<T>(
    { purpose, target, by, entry, deadlineMs }: Occasion,
    work: (ask: Ask) => Promise<T>,
  ): Promise<T> {
    await journal.note({
      kind: entry.kind,
      actor: by,
      session: null,
      command: null,
      body: { target: target.name, revision: target.revision, purpose, ...entry.body },
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
      return await work(async (sql, timeoutMs = deadlineMs) => {
        const rows: Row[] = [];
        const statements = [
          { span: { start: 0, end: Buffer.byteLength(sql) }, returnsRows: true, writes: false },
        ];
        const executable = {
          sql,
          statements,
          parameters: [],
          maxRows,
          timeoutMs,
          maxAffectedRows: 0,
          writes: false,
          sha256: sha256(sql),
        };
        for await (const chunk of backend.run(permitFor(sql), executable, signal))
          if (chunk.type === "rows") rows.push(...chunk.rows.cells());
        return rows;
      });
    } finally {
      await backend.close();
    }
  };
}
