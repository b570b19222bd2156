import { sql } from "kysely";
import type { ActorId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Database } from "../db/database.ts";
import type { Notifier } from "../db/notify.ts";

/**
 * What the latest of an actor's tokens says of them, by when the issuer made it. An earlier one may be good for hours
 * yet, on another device: it gives no group and no role that a later one lacks. What a later one gains, it gains alone.
 */
export type LatestRights = {
  /**
   * The actor with what the latest token leaves them; `isLatest` where that is their own. It is the same object for as
   * long as that stays so.
   */
  of(actor: Actor): Promise<{ actor: Actor; isLatest: boolean }>;
  close(): void;
};

type Seen = { issuedAt: number; groups: ReadonlySet<string>; roles: ReadonlySet<string>; until: number };
type Row = { issued_at: Date; groups: string[]; roles: string[] };

/** How long an answer of the store is believed without asking again. */
const freshForMs = 900;
const maxRemembered = 10_000;

/** One without a time is earlier than any other. */
const issuedAt = ({ issuedAt: at }: Actor): number => (at === undefined ? 0 : Date.parse(at));

export function createLatestRights(options: {
  database: Database;
  notifier: Notifier;
  now: () => number;
}): LatestRights {
  const { database, notifier, now } = options;
  const { kysely } = database;
  const seen = new Map<ActorId, Seen>();
  const left = new WeakMap<Actor, Actor>();

  const unsubscribe = notifier.subscribe((event) => {
    if (event.type === "rights.changed") seen.delete(event.actor as ActorId);
  });

  const read = async ({ id }: Actor): Promise<Row | undefined> =>
    (await sql<Row>`select issued_at, groups, roles from actor_rights where actor = ${id}`.execute(kysely))
      .rows[0];

  /** Undefined where a later one was seen. Two of the same second cannot be told apart: what both say stays. */
  const write = async (actor: Actor): Promise<Row | undefined> => {
    const { rows } = await sql<Row>`
      insert into actor_rights as held (actor, issued_at, groups, roles)
      values (${actor.id}, ${new Date(issuedAt(actor))}, ${actor.groups}::text[], ${actor.roles}::text[])
      on conflict (actor) do update set
        issued_at = excluded.issued_at,
        groups = case when held.issued_at < excluded.issued_at then excluded.groups
          else array(select unnest(held.groups) intersect select unnest(excluded.groups)) end,
        roles = case when held.issued_at < excluded.issued_at then excluded.roles
          else array(select unnest(held.roles) intersect select unnest(excluded.roles)) end
      where held.issued_at <= excluded.issued_at
      returning issued_at, groups, roles`.execute(kysely);
    return rows[0];
  };

  /** What counts of an actor, with what their token adds to it. */
  async function latest(actor: Actor): Promise<Seen> {
    const known = seen.get(actor.id);
    if (known !== undefined && now() < known.until && covers(known, actor)) return known;
    let row = await read(actor);
    if (row === undefined || !covers(toSeen(row, 0), actor)) {
      const before = row;
      row = (await write(actor)) ?? (await read(actor));
      // A token that only follows the last one is nobody's business.
      if (before && row && !hasSameRights(before, row))
        await notifier.publish({ type: "rights.changed", actor: actor.id });
    }
    const fresh = toSeen(
      row ?? { issued_at: new Date(issuedAt(actor)), groups: [], roles: [] },
      now() + freshForMs,
    );
    seen.delete(actor.id);
    seen.set(actor.id, fresh);
    const [oldest] = seen.keys();
    if (seen.size > maxRemembered && oldest !== undefined) seen.delete(oldest);
    return fresh;
  }

  return {
    async of(actor) {
      const counts = await latest(actor);
      const groups = actor.groups.filter((group) => counts.groups.has(group));
      const roles = actor.roles.filter((role) => counts.roles.has(role));
      const isLatest = counts.issuedAt === issuedAt(actor);
      if (groups.length === actor.groups.length && roles.length === actor.roles.length)
        return { actor, isLatest };
      const before = left.get(actor);
      const same = before?.groups.length === groups.length && before.roles.length === roles.length;
      const remains = same ? before : { ...actor, groups, roles };
      left.set(actor, remains);
      return { actor: remains, isLatest };
    },
    close: unsubscribe,
  };
}

const toSeen = ({ issued_at: at, groups, roles }: Row, until: number): Seen => ({
  issuedAt: at.getTime(),
  groups: new Set(groups),
  roles: new Set(roles),
  until,
});

const hasSameRights = (a: Row, b: Row): boolean =>
  isSubset(a.groups, b.groups) &&
  isSubset(b.groups, a.groups) &&
  isSubset(a.roles, b.roles) &&
  isSubset(b.roles, a.roles);

function isSubset(of: Iterable<string>, all: readonly string[]): boolean {
  const known = new Set(all);
  return [...of].every((one) => known.has(one));
}

/** Whether the token changes nothing of what was seen: it is earlier, or says as much. */
function covers({ issuedAt: at, groups, roles }: Seen, actor: Actor): boolean {
  const own = issuedAt(actor);
  if (at !== own) return at > own;
  return isSubset(groups, actor.groups) && isSubset(roles, actor.roles);
}
