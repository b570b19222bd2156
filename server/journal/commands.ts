import type pg from "pg";
import { CommandId, ReviewId, type SessionId } from "../../shared/ids.ts";
import type { CommandState } from "../../shared/nouns/command.ts";
import type { Notifier } from "../db/notify.ts";
import { commandColumns, toRecord, type CommandRecord, type CommandRow } from "./command-row.ts";

/** How often a waiting reader looks for itself, for changes that other processes made and nobody told. */
const lookAgainMs = 1_000;
const maxPage = 200;

export type Commands = {
  get(id: CommandId): Promise<CommandRecord | undefined>;
  /** A session's commands, newest first; `before` is the last id of the page before. At most 200. */
  list(session: SessionId, options?: { before?: CommandId; limit?: number }): Promise<CommandRecord[]>;
  /** Those of the given commands that there are, at most 500. */
  among(ids: readonly CommandId[]): Promise<Map<CommandId, CommandRecord>>;
  /** Held commands with their reviews, the oldest first, at most `limit`. */
  held(limit: number): Promise<{ id: CommandId; review: ReviewId }[]>;
  /** The command once its state is no longer `since`, or as it stands after `ms`, or when `signal` aborts. */
  waitFor(
    id: CommandId,
    since: CommandState | undefined,
    ms: number,
    signal?: AbortSignal,
  ): Promise<CommandRecord | undefined>;
  /** Wakes those who wait for a command in this process. */
  changed(id: string): void;
  close(): void;
};

export function createCommands({ pool, notifier }: { pool: pg.Pool; notifier: Notifier }): Commands {
  const waiters = new Map<string, Set<() => void>>();
  const wake = (id: string) => {
    for (const waiter of waiters.get(id) ?? []) waiter();
  };
  const unsubscribe = notifier.subscribe((event) => {
    if (event.type === "command.changed") wake(event.command);
  });

  const get = async (id: CommandId) => {
    const { rows } = await pool.query<CommandRow>({
      name: "journal-command",
      text: `select ${commandColumns} from commands where id = $1`,
      values: [id],
    });
    return rows[0] && toRecord(rows[0]);
  };

  /** Resolves at the next change, after `ms`, or when `signal` aborts. */
  const nextChange = (id: string, ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        const set = waiters.get(id);
        set?.delete(done);
        if (set?.size === 0) waiters.delete(id);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done, { once: true });
      waiters.set(id, (waiters.get(id) ?? new Set()).add(done));
    });

  return {
    get,
    async list(session, { before, limit = maxPage } = {}) {
      const { rows } = await pool.query<CommandRow>(
        `select ${commandColumns} from commands
         where session = $1 and ($2::text is null or id < $2) order by id desc limit $3`,
        [session, before ?? null, Math.min(limit, maxPage)],
      );
      return rows.map(toRecord);
    },
    async among(ids) {
      const { rows } = await pool.query<CommandRow>(
        `select ${commandColumns} from commands where id = any($1) limit 500`,
        [ids],
      );
      return new Map(rows.map(toRecord).map((record) => [record.command.id, record]));
    },
    async held(limit) {
      const { rows } = await pool.query<{ id: string; review: string }>(
        "select id, review from commands where state = 'held' and review is not null order by id limit $1",
        [limit],
      );
      return rows.map(({ id, review }) => ({ id: CommandId.parse(id), review: ReviewId.parse(review) }));
    },
    async waitFor(id, since, ms, signal) {
      const until = performance.now() + ms;
      const over = new AbortController();
      const stop = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
      try {
        for (;;) {
          const left = until - performance.now();
          // Armed before the look, so that no change falls in between.
          const change = nextChange(id, Math.max(0, Math.min(left, lookAgainMs)), stop);
          const record = await get(id);
          if (record?.command.state !== since || left <= 0 || stop.aborted) return record;
          await change;
        }
      } finally {
        over.abort();
      }
    },
    changed: wake,
    close: unsubscribe,
  };
}
