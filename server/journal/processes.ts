import { Client } from "pg";
import type { Database } from "../db/database.ts";

/** First half of the advisory locks that processes hold while they live. */
const livenessLock = 0x51_01_ed;
const relockMs = 100;

/**
 * This process's number, and who still lives. A process holds an advisory lock on a connection of its own; the store
 * lets go of it when the process dies, however it dies, and otherwise only where it dies itself or the connection
 * breaks. Until the lock is held again a process seems dead: whoever takes up its work must keep it from going on.
 */
export type Processes = {
  readonly self: number;
  /** Of the given processes, those that are gone. This one never is. */
  dead(candidates: readonly number[]): Promise<number[]>;
  close(): Promise<void>;
};

export async function joinProcesses(database: Database): Promise<Processes> {
  const { rows } = await database.pool.query<{ number: number }>(
    "select nextval('journal_processes')::integer as number",
  );
  const self = rows[0]?.number ?? 0;
  let client: Client | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const hold = async () => {
    const next = new Client({ connectionString: database.url, application_name: "sluice journal" });
    next.on("error", () => next.end().catch(() => undefined));
    next.on("end", again);
    await next.connect();
    await next.query("select pg_advisory_lock($1, $2)", [livenessLock, self]);
    client = next;
  };
  const again = () => {
    if (closed || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      hold().catch(again);
    }, relockMs);
    timer.unref();
  };

  await hold();
  return {
    self,
    async dead(candidates) {
      const others = candidates.filter((candidate) => candidate !== self);
      if (others.length === 0) return [];
      const free = await database.pool.query<{ number: number }>(
        `select number from unnest($2::integer[]) number
         where not exists (select from pg_locks where locktype = 'advisory' and classid = $1::oid
           and objid = number::oid and objsubid = 2 and database = (select oid from pg_database where datname = current_database()))`,
        [livenessLock, others],
      );
      return free.rows.map(({ number }) => number);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}
