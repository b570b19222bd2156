import type { Pool } from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import type { SessionId } from "../../shared/ids.ts";
import type { Append } from "./append.ts";

/** Legal holds: what is under one is not removed, whatever the rules say. */
export type Holds = {
  /** Places a hold, or words it anew. Refuses: not_found; removed where neither recording nor texts are left to hold. */
  place(session: SessionId, by: { actor: string; reason: string }): Promise<void>;
  /** Refuses: not_found; conflict where there is none. */
  lift(session: SessionId, by: { actor: string; reason: string }): Promise<void>;
};

export function createHolds(dependencies: { pool: Pool; append: Append; now: () => number }): Holds {
  const { pool, append, now } = dependencies;

  /** Changes the row and writes the entry, or neither. */
  const change = async (
    session: SessionId,
    kind: "hold.placed" | "hold.lifted",
    { actor, reason }: { actor: string; reason: string },
  ) => {
    const client = await pool.connect();
    try {
      await client.query("begin");
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
      await append({ kind, actor, session, command: null, body: { reason } });
      await client.query("commit");
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  };
  return {
    place: (session, by) => change(session, "hold.placed", by),
    lift: (session, by) => change(session, "hold.lifted", by),
  };
}
