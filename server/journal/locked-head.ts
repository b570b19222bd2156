import type { Pool, PoolClient } from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Connection } from "../db/connection.ts";
import type { Head } from "./chain.ts";

/** The head as the store has it, with the key that signs from here on; null in a store that has none yet. */
export type LockedHead = Head & { keyId: string | null };

/** Takes the head's lock until the end of the transaction that `store` is in. Refuses: journal_unavailable. */
export async function lockHead(store: Connection): Promise<LockedHead> {
  const { rows } = await store.query<{ seq: string; hash: string; key_id: string | null }>({
    text: "select seq, hash, key_id from ledger_head for update",
  });
  const row = rows[0];
  if (!row) throw new Refusal("journal_unavailable", "The ledger has lost its head.");
  return { seq: Number(row.seq), hash: row.hash, keyId: row.key_id };
}

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
    const result = await work(client, await lockHead(client));
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
