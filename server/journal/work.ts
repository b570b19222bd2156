import type { Pool, PoolClient } from "pg";
import type { z } from "zod";

/** Work of which one process at a time does a step, and which goes on where the last step ended, in whichever process. */
export type Work<State> = { name: string; state: z.ZodType<State>; start: State };

/** How far the work has come. */
export async function stateOfWork<State>(
  store: Pick<Pool | PoolClient, "query">,
  { name, state, start }: Work<State>,
): Promise<State> {
  const { rows } = await store.query<{ state: string }>("select state from journal_work where name = $1", [
    name,
  ]);
  return rows[0] ? state.parse(JSON.parse(rows[0].state)) : start;
}

/**
 * Does one step and keeps where it ended; false where another process is at it. The row's lock is the lease: it ends
 * with the process, and a step that did not end leaves the state as it was.
 */
export async function stepOfWork<State>(
  pool: Pool,
  work: Work<State>,
  step: (state: State, client: PoolClient) => Promise<State>,
): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query("insert into journal_work (name, state) values ($1, $2) on conflict do nothing", [
      work.name,
      JSON.stringify(work.start),
    ]);
    await client.query("begin");
    const held = await client.query("select from journal_work where name = $1 for update skip locked", [
      work.name,
    ]);
    if (held.rowCount === 1) {
      const next = await step(await stateOfWork(client, work), client);
      await client.query("update journal_work set state = $2 where name = $1", [
        work.name,
        JSON.stringify(next),
      ]);
    }
    await client.query("commit");
    client.release();
    return held.rowCount === 1;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
