import type pg from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import { CommandId, newCommandId, type SessionId } from "../../shared/ids.ts";
import type { Processes } from "./processes.ts";

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

/**
 * Not flushed by itself: the log is written in order, so the intent's flush, which comes before any effect, carries
 * the reservation with it.
 */
const reserveText = `
  insert into command_keys (session, key, request, command, process)
  select $1, $2, $3, $4, $5 where set_config('synchronous_commit', 'off', true) = 'off'
  on conflict (session, key) do nothing`;

const existingText = `
  select k.request, k.command, k.process, exists (select from commands c where c.id = k.command) as begun
  from command_keys k where k.session = $1 and k.key = $2`;

type Existing = { request: string; command: string; process: number; begun: boolean };

export function createCommandKeys({ pool, processes }: { pool: pg.Pool; processes: Processes }): CommandKeys {
  return {
    async reserve(session, key, requestHash) {
      const command = newCommandId();
      for (;;) {
        const made = await pool.query({
          name: "journal-reserve",
          text: reserveText,
          values: [session, key, requestHash, command, processes.self],
        });
        if (made.rowCount === 1) return { command, fresh: true };
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
