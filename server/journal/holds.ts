import { DatabaseError, type Pool } from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import type { SessionId } from "../../shared/ids.ts";
import type { LedgerWriter } from "./ledger-writer.ts";
import { behindLockedHead } from "./locked-head.ts";

/** Legal holds: what is under one is not removed, whatever the rules say. */
export type Holds = {
  /** Places a hold, or words it anew. Refuses: not_found; removed where neither recording nor texts are left to hold. */
  place(session: SessionId, by: { actor: string; reason: string }): Promise<void>;
  /** Refuses: not_found; conflict where there is none. Both: conflict while retention is at the session. */
  lift(session: SessionId, by: { actor: string; reason: string }): Promise<void>;
};

/** How long the ledger may wait for a recording's row; a step of retention holds it for longer where there is much to remove. */
const rowWithin = "2s";
const lockNotAvailable = "55P03";

export function createHolds(dependencies: {
  pool: Pool;
  writer: Pick<LedgerWriter, "appendWithin">;
  now: () => number;
}): Holds {
  const { pool, writer, now } = dependencies;

  /** Changes the row and writes the entry, or neither. The head's lock comes before a recording's, as for each batch. */
  const change = (
    session: SessionId,
    kind: "hold.placed" | "hold.lifted",
    { actor, reason }: { actor: string; reason: string },
  ) =>
    behindLockedHead(pool, async (client) => {
      await client.query(`set local lock_timeout = '${rowWithin}'`);
      const { rows } = await client.query<{ gone: boolean; held_at: Date | null }>(
        "select removed_at is not null and bodies_removed_at is not null as gone, held_at from recordings where session = $1 for update",
        [session],
      );
      const row = rows[0];
      if (!row) throw new Refusal("not_found", "There is no such recording.");
      const placed = kind === "hold.placed";
      if (placed && row.gone)
        throw new Refusal("removed", "The recording and all texts were removed already.");
      if (!placed && !row.held_at) throw new Refusal("conflict", "There is no hold on this session.");
      await client.query(
        "update recordings set held_at = $2, held_by = $3, held_because = $4 where session = $1",
        placed ? [session, new Date(now()), actor, reason] : [session, null, null, null],
      );
      await writer.appendWithin(client, { kind, actor, session, command: null, body: { reason } });
    }).catch((error: unknown) => {
      if (error instanceof DatabaseError && error.code === lockNotAvailable)
        throw new Refusal("conflict", "Retention is removing this session's texts.", {
          hint: "Look at what is left in a moment, and try again.",
        });
      throw error;
    });
  return {
    place: (session, by) => change(session, "hold.placed", by),
    lift: (session, by) => change(session, "hold.lifted", by),
  };
}
