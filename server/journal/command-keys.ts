import type pg from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import { CommandId, newCommandId, type SessionId } from "../../shared/ids.ts";
import type { Processes } from "./processes.ts";
import { textArray } from "./text-array.ts";
import { together } from "./together.ts";

/** A reserved Idempotency-Key. `fresh`: this caller runs the command; else somebody does or did. */
type Reservation = { command: CommandId; fresh: boolean };

export type CommandKeys = {
  /**
   * Binds a session's Idempotency-Key to one command and one request, once for all processes. `requestHash` is over
   * the request's body. A reservation whose process died before the command's first entry passes to the next caller.
   * Refuses: idempotency_conflict where the key came with another body.
   */
  reserve(session: SessionId, key: string, requestHash: string): Promise<Reservation>;
  /** Gives a key back where the request never became a command, so that a better request may use it. */
  release(session: SessionId, key: string): Promise<void>;
};

type Claim = { session: SessionId; key: string; requestHash: string; command: CommandId };

const maxTogether = 256;

/**
 * Not flushed by itself: the log is written in order, so the intent's flush, which comes before any effect, carries
 * the reservation with it.
 */
const reserveText = `
  insert into command_keys (session, key, request, command, process)
  select n.session, n.key, n.request, n.command, $5
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n (session, key, request, command)
  where set_config('synchronous_commit', 'off', true) = 'off'
  on conflict (session, key) do nothing returning command`;

/** In one order everywhere: two processes that want the same keys wait for each other, and never in a circle. */
const byKey = (a: Claim, b: Claim): number =>
  compare(a.session, b.session) || compare(a.key, b.key) || compare(a.command, b.command);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const existingText = `
  select k.request, k.command, k.process, exists (select from commands c where c.id = k.command) as begun
  from command_keys k where k.session = $1 and k.key = $2`;

type Existing = { request: string; command: string; process: number; begun: boolean };

export function createCommandKeys({ pool, processes }: { pool: pg.Pool; processes: Processes }): CommandKeys {
  /** Whether the key was free and is the claim's from now on. */
  const claimed = together(maxTogether, async (claims: readonly Claim[]) => {
    const sorted = claims.toSorted(byKey);
    const strings = (of: (claim: Claim) => string) => textArray(sorted.map(of));
    const { rows } = await pool.query<{ command: string }>({
      name: "journal-reserve",
      text: reserveText,
      values: [
        strings(({ session }) => session),
        strings(({ key }) => key),
        strings(({ requestHash }) => requestHash),
        strings(({ command }) => command),
        processes.self,
      ],
    });
    const made = new Set(rows.map(({ command }) => command));
    return ({ command }) => made.has(command);
  });

  return {
    async reserve(session, key, requestHash) {
      const command = newCommandId();
      for (;;) {
        if (await claimed({ session, key, requestHash, command })) return { command, fresh: true };
        const { rows } = await pool.query<Existing>(existingText, [session, key]);
        const existing = rows[0];
        if (!existing) continue; // Released in between.
        if (existing.request !== requestHash)
          throw new Refusal("idempotency_conflict", "This Idempotency-Key came with another body before.", {
            hint: "Use a new key for a new command.",
          });
        const kept = { command: CommandId.parse(existing.command), fresh: false };
        if (existing.begun || (await processes.dead([existing.process])).length === 0) return kept;
        const taken = await pool.query(
          "update command_keys set process = $4 where session = $1 and key = $2 and process = $3",
          [session, key, existing.process, processes.self],
        );
        return { ...kept, fresh: taken.rowCount === 1 };
      }
    },
    async release(session, key) {
      await pool.query(
        `delete from command_keys k where session = $1 and key = $2 and process = $3
         and not exists (select from commands c where c.id = k.command)`,
        [session, key, processes.self],
      );
    },
  };
}
