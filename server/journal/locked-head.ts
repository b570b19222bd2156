import type { Pool, PoolClient } from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Head } from "./chain.ts";

/** The head as the store has it, with the key that signs from here on; null in a store that has none yet. */
export type LockedHead = Head & { keyId: string | null };

/**
 * Runs `work` in a transaction that holds the head: no other writer, and no statement of ours that lost its connection,
 * moves it meanwhile.
 */
export async function behindLockedHead<Result>(
  pool: Pool,
  work: (client: PoolClient, head: LockedHead) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const { rows } = await client.query<{ seq: string; hash: string; key_id: string | null }>(
      "select seq, hash, key_id from ledger_head for update",
    );
    const row = rows[0];
    if (!row) throw new Refusal("journal_unavailable", "The ledger has lost its head.");
    const result = await work(client, { seq: Number(row.seq), hash: row.hash, keyId: row.key_id });
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
