import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import { Refusal } from "../../shared/contract/errors.ts";
import { idPrefixes } from "../../shared/ids.ts";
import { Actor } from "../../shared/nouns/actor.ts";
import type { Database } from "../db/database.ts";
import type { Rates } from "./rates.ts";

export type Tickets = {
  /** A ticket for one use, for `purpose` alone (a path). Throws `rate_limited`. */
  issue(actor: Actor, purpose: string): Promise<{ ticket: string; expiresAt: string }>;
  /**
   * Who fetched it. Uses it up, also where the purpose is another one. Throws `ticket_invalid`, and `rate_limited`
   * where too many `from` the same network were refused.
   */
  redeem(ticket: string, purpose: string, from?: string): Promise<Actor>;
};

const lifetimeMs = 30_000;
const maxPerActor = 50;
const ticketBytes = 24;
/** Any constant with which nothing else in this database hashes an actor into a lock. */
const issuingLock = 0x51_01_10;
const form = /^tkt_[\w-]{32}$/;

type TicketTable = { hash: Buffer; actor_id: string; actor: unknown; purpose: string; expires_at: Date };

/** Tickets by which a WebSocket, that cannot carry a token, is opened. The store holds their hashes alone. */
export function createTickets({
  database,
  now,
  refused,
}: {
  database: Database;
  now: () => number;
  /** Of each network, how many credentials were refused. */
  refused?: Rates;
}): Tickets {
  const store = database.kysely.withTables<{ tickets: TicketTable }>();
  const hashed = (ticket: string) => createHash("sha256").update(ticket).digest();

  return {
    async issue(actor, purpose) {
      await store.deleteFrom("tickets").where("expires_at", "<=", new Date(now())).execute();
      const ticket = `${idPrefixes.ticket}_${randomBytes(ticketBytes).toString("base64url")}`;
      const expiresAt = new Date(now() + lifetimeMs);
      await store.transaction().execute(async (transaction) => {
        // One actor's come one by one, at all gateways, so that none is counted without those before it.
        await sql`select pg_advisory_xact_lock(hashtextextended(${actor.id}, ${issuingLock}))`.execute(
          transaction,
        );
        const { open } = await transaction
          .selectFrom("tickets")
          .where("actor_id", "=", actor.id)
          .select(sql<number>`count(*)::int`.as("open"))
          .executeTakeFirstOrThrow();
        if (open >= maxPerActor)
          throw new Refusal("rate_limited", `You have ${open} tickets that were not used.`, {
            hint: `A ticket ends by itself after ${lifetimeMs / 1000} seconds.`,
          });
        await transaction
          .insertInto("tickets")
          .values({
            hash: hashed(ticket),
            actor_id: actor.id,
            actor: JSON.stringify(actor),
            purpose,
            expires_at: expiresAt,
          })
          .execute();
      });
      return { ticket, expiresAt: expiresAt.toISOString() };
    },

    async redeem(ticket, purpose, from = "") {
      refused?.check(from);
      // The store is not asked for what can be no ticket.
      const row = !form.test(ticket)
        ? undefined
        : await store
            .deleteFrom("tickets")
            .where("hash", "=", hashed(ticket))
            .returning(["actor", "purpose", "expires_at"])
            .executeTakeFirst();
      const actor = Actor.safeParse(row?.actor);
      const good =
        row !== undefined &&
        row.purpose === purpose &&
        now() < row.expires_at.getTime() &&
        actor.success &&
        now() < Date.parse(actor.data.tokenExpiresAt);
      if (!good) {
        refused?.spend(from);
        throw new Refusal("ticket_invalid", "The ticket is unknown, used or expired. Fetch a new one.");
      }
      return actor.data;
    },
  };
}
