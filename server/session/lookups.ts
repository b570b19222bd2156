import { sql } from "kysely";
import type { ActorId } from "../../shared/ids.ts";
import type { Database } from "../db/database.ts";

/** How many hidden values an actor has looked for by known ones, whichever session or gateway they came through. */
export type Lookups = {
  /** Counts `values` more, before the command runs; answers the actor's count of the last hour with them. */
  count(actor: ActorId, values: number): Promise<number>;
  /** The count of the last hour. */
  recent(actor: ActorId): Promise<number>;
};

const slotMs = 5 * 60_000;
/** The slot that is under way and those that began in the hour before it: an hour at least, 65 minutes at most. */
const slots = 13;
/** A count stops here. */
const most = 1_000_000;

export function createLookups({ database, now }: { database: Database; now: () => number }): Lookups {
  const { kysely } = database;

  /** The slot under way, and where the oldest that still counts began. */
  const slotNow = () => {
    const number = Math.floor(now() / slotMs);
    const at = (index: number) => new Date(index * slotMs);
    return { slot: number % slots, startedAt: at(number), since: at(number - slots + 1) };
  };
  const read = async (query: ReturnType<typeof sql<{ recent: number }>>): Promise<number> =>
    (await query.execute(kysely)).rows[0]?.recent ?? 0;

  return {
    count(actor, values) {
      const { slot, startedAt, since } = slotNow();
      // A slot of an earlier round starts anew. Another gateway's clock may be ahead: its slot goes on.
      return read(sql<{ recent: number }>`
        with counted as (
          insert into lookups as held (actor, slot, started_at, looked_up)
          values (${actor}, ${slot}, ${startedAt}, least(${values}::integer, ${most}))
          on conflict (actor, slot) do update set
            started_at = greatest(held.started_at, excluded.started_at),
            looked_up = least(${most}, excluded.looked_up +
              case when held.started_at < excluded.started_at then 0 else held.looked_up end)
          returning looked_up)
        select ((select looked_up from counted) + coalesce(sum(looked_up), 0))::integer as recent
          from lookups where actor = ${actor} and slot <> ${slot} and started_at >= ${since}`);
    },

    recent(actor) {
      const { since } = slotNow();
      return read(sql<{ recent: number }>`
        select coalesce(sum(looked_up), 0)::integer as recent
          from lookups where actor = ${actor} and started_at >= ${since}`);
    },
  };
}
