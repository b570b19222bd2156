import { sql } from "kysely";
import { ActorId, SessionId } from "../../shared/ids.ts";
import { Actor } from "../../shared/nouns/actor.ts";
import { PresentActor } from "../../shared/nouns/block.ts";
import { Session } from "../../shared/nouns/session.ts";
import type { Database } from "../db/database.ts";

type SessionTable = {
  id: string;
  target: string;
  kind: string;
  actor: string;
  actor_name: string;
  actor_claims: unknown;
  reason: string;
  opened_at: Date;
  expires_at: Date;
  used_at: Date;
  token_expires_at: Date;
  closed_at: Date | null;
  closed_because: string | null;
  closed_by: string | null;
};

/** `usedAt` in milliseconds since 1970, as the store last heard of it. */
export type StoredSession = { session: Session; actor: Actor; usedAt: number };

/** How a session came to its end; `by`: whoever ended it, where somebody did. */
export type Ended = { id: SessionId; because: string; by: ActorId | undefined };

/** Sessions that one list shows at most, the latest. */
const maxListed = 500;

function read(row: SessionTable): StoredSession {
  const session = Session.parse({
    id: row.id,
    target: row.target,
    kind: row.kind,
    actor: row.actor,
    actorName: row.actor_name,
    state: row.closed_at === null ? "open" : "closed",
    reason: row.reason,
    openedAt: row.opened_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    ...(row.closed_at === null ? {} : { closedAt: row.closed_at.toISOString() }),
    ...(row.closed_because === null ? {} : { closedBecause: row.closed_because }),
  });
  return { session, actor: Actor.parse(row.actor_claims), usedAt: row.used_at.getTime() };
}

const endOf = ({ id, closed_because: because, closed_by: by }: SessionTable): Ended => ({
  id: SessionId.parse(id),
  because: because ?? "closed",
  by: by === null ? undefined : ActorId.parse(by),
});

export function sessionStore(database: Database) {
  const store = database.kysely.withTables<{ sessions: SessionTable }>();
  const open = () => store.selectFrom("sessions").selectAll().where("closed_at", "is", null);

  return {
    /** False, and nothing is stored, where the actor has `limit` open sessions; also when many open at once. */
    async insert(session: Session, actor: Actor, limit: number): Promise<boolean> {
      return store.transaction().execute(async (transaction) => {
        await sql`select pg_advisory_xact_lock(hashtextextended(${session.actor}, 0))`.execute(transaction);
        const { count } = await transaction
          .selectFrom("sessions")
          .where("actor", "=", session.actor)
          .where("closed_at", "is", null)
          .where("expires_at", ">", new Date(session.openedAt))
          .select(sql<number>`count(*)::int`.as("count"))
          .executeTakeFirstOrThrow();
        if (count >= limit) return false;
        await transaction
          .insertInto("sessions")
          .values({
            id: session.id,
            target: session.target,
            kind: session.kind,
            actor: session.actor,
            actor_name: session.actorName,
            actor_claims: JSON.stringify(actor),
            reason: session.reason,
            opened_at: new Date(session.openedAt),
            expires_at: new Date(session.expiresAt),
            used_at: new Date(session.openedAt),
            token_expires_at: new Date(actor.tokenExpiresAt),
            closed_at: null,
            closed_because: null,
            closed_by: null,
          })
          .execute();
        return true;
      });
    },

    async find(id: string): Promise<StoredSession | undefined> {
      const row = await store.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? undefined : read(row);
    },

    /**
     * What the actor's token says of them, for all of their open sessions that have seen none that was made later; and
     * until when they last, for all that have seen none that ends later. Returns what was said before, where it is not
     * any more.
     */
    async renew(actor: Actor): Promise<Actor[]> {
      // Locked in one order, as in `used`: each changes many rows, and several may at once.
      const { issuedAt = "", tokenExpiresAt } = actor;
      const { rows } = await sql<{ before: unknown }>`with theirs as (
          select id, actor_claims as before, token_expires_at as ends,
            (coalesce(actor_claims->>'issuedAt', '') collate "C", actor_claims->>'tokenExpiresAt' collate "C")
              <= (${issuedAt}, ${tokenExpiresAt}) as is_later
          from sessions where actor = ${actor.id} and closed_at is null order by id for update)
        update sessions set
          actor_claims = case when is_later then ${JSON.stringify(actor)}::jsonb else before end ||
            jsonb_build_object('tokenExpiresAt', greatest(before->>'tokenExpiresAt' collate "C", ${tokenExpiresAt})),
          token_expires_at = greatest(ends, ${tokenExpiresAt}::timestamptz)
        from theirs where sessions.id = theirs.id and (is_later or ends < ${tokenExpiresAt}::timestamptz)
        returning case when is_later then before end as before`.execute(store);
      return rows.flatMap(({ before }) => (before === null ? [] : [Actor.parse(before)]));
    },

    /** The person behind an actor, by what was last known of them. */
    async personOf(actor: string): Promise<string | undefined> {
      const row = await store
        .selectFrom("sessions")
        .select("actor_claims")
        .where("actor", "=", actor)
        .orderBy("id", "desc")
        .limit(1)
        .executeTakeFirst();
      return row && Actor.parse(row.actor_claims).person;
    },

    /** Whoever has open ones, those who opened one last first; at most 500. */
    async present(): Promise<PresentActor[]> {
      const { rows } = await sql<{ actor_claims: unknown; sessions: number; since: Date }>`
        select actor_claims, sessions, since from (
          select distinct on (actor) actor_claims, count(*) over theirs::int as sessions,
            min(opened_at) over theirs as since, max(id) over theirs as latest
          from sessions where closed_at is null window theirs as (partition by actor)
          order by actor, token_expires_at desc, id desc) as present
        order by latest desc limit ${maxListed}`.execute(store);
      return rows.map(({ actor_claims, sessions, since }) =>
        PresentActor.parse({ ...Actor.parse(actor_claims), sessions, since: since.toISOString() }),
      );
    },

    /** Open ones, the latest first; of one actor or of all. */
    async open(actor?: ActorId): Promise<Session[]> {
      let query = open().orderBy("id", "desc").limit(maxListed);
      if (actor !== undefined) query = query.where("actor", "=", actor);
      return (await query.execute()).map((row) => read(row).session);
    },

    /** A page of all open ones, in the order of their ids, after the given one. */
    async page(after: SessionId | undefined): Promise<StoredSession[]> {
      let query = open().orderBy("id").limit(maxListed);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.execute()).map(read);
    },

    /** Open ones whose time, or whose last token's, is over, or that nobody has used since `idleSince`. */
    async overdue(now: Date, tokenSince: Date, idleSince: Date): Promise<StoredSession[]> {
      const rows = await open()
        .where((row) =>
          row.or([
            row("expires_at", "<=", now),
            row("token_expires_at", "<=", tokenSince),
            row("used_at", "<=", idleSince),
          ]),
        )
        .limit(maxListed)
        .execute();
      return rows.map(read);
    },

    /** Undefined where it was closed already. */
    async close(id: SessionId, at: Date, because: string, by?: ActorId): Promise<Session | undefined> {
      const row = await store
        .updateTable("sessions")
        .set({ closed_at: at, closed_because: because, closed_by: by ?? null })
        .where("id", "=", id)
        .where("closed_at", "is", null)
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? undefined : read(row).session;
    },

    /** When each was last used; the store's later word stands. */
    async used(sessions: readonly { id: SessionId; usedAt: number }[]): Promise<void> {
      if (sessions.length === 0) return;
      const ids = sessions.map(({ id }) => id);
      const times = sessions.map(({ usedAt }) => new Date(usedAt).toISOString());
      await sql`with locked as (select id from sessions where id = any(${ids}::text[]) order by id for update)
        update sessions set used_at = live.used_at
        from locked join unnest(${ids}::text[], ${times}::timestamptz[]) as live (id, used_at) using (id)
        where sessions.id = locked.id and sessions.used_at < live.used_at`.execute(store);
    },

    /** Forgets why it was opened: retention takes what people wrote. */
    async forgetReason(id: SessionId): Promise<void> {
      await store.updateTable("sessions").set({ reason: "" }).where("id", "=", id).execute();
    },

    /** How those of them ended that are closed. */
    async closedAmong(ids: readonly SessionId[]): Promise<Ended[]> {
      if (ids.length === 0) return [];
      const rows = await store
        .selectFrom("sessions")
        .selectAll()
        .where("id", "in", ids)
        .where("closed_at", "is not", null)
        .execute();
      return rows.map(endOf);
    },
  };
}
