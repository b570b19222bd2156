import { Refusal } from "../../shared/contract/errors.ts";
import { BlockId, newId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import { Block } from "../../shared/nouns/block.ts";
import type { Database } from "../db/database.ts";
import type { Notifier } from "../db/notify.ts";
import type { NoteWithin } from "../journal/append.ts";

/** Whose access was taken back here: a token says who somebody is, and stays good at its issuer. */
export type Blocks = {
  /** Throws `access_revoked` where the actor, the person behind them, or a workload's owner is blocked. */
  admit(actor: Actor): Promise<void>;
  /** The block that keeps an actor out, if one does. */
  of(actor: Actor): Promise<Block | undefined>;
  /** Those in force, newest first; `fresh`: as the store has them now, for this look and those that follow. */
  list(fresh?: boolean): Promise<Block[]>;
  /**
   * Throws `conflict` where it is in force already, `invalid` for one's own access. A block and its end are there with
   * their entries in the ledger, or not at all: both throw `journal_unavailable`.
   */
  block(subject: string, reason: string, by: Actor): Promise<Block>;
  /** Throws `not_found`. */
  lift(id: BlockId, reason: string, by: Actor): Promise<Block>;
  /**
   * Calls back, once, when the actor's access has been taken back; until `until` aborts. Where a notification was lost,
   * with the next question.
   */
  watch(actor: Actor, until: AbortSignal, revoked: () => void): void;
  close(): void;
};

type BlockTable = { id: string; subject: string; reason: string; by_actor: string; at: Date };

/** How long an answer of the store is believed without asking again. */
const freshForMs = 900;
const maxBlocks = 10_000;

/** Every name that an actor is blocked by. */
const subjectsOf = ({ id, person, owner }: Actor): string[] =>
  [id, person, owner].filter((subject) => subject !== undefined);

export function createBlocks(options: {
  database: Database;
  notifier: Notifier;
  noteWithin: NoteWithin;
  now: () => number;
}): Blocks {
  const { database, notifier, noteWithin, now } = options;
  const tables = database.kysely.withTables<{ actor_blocks: BlockTable }>();
  const watchers = new Set<{ actor: Actor; revoked: () => void }>();
  let held: { blocks: Promise<ReadonlyMap<string, Block>>; until: number } | undefined;

  async function load(): Promise<ReadonlyMap<string, Block>> {
    const rows = await tables.selectFrom("actor_blocks").selectAll().orderBy("id", "desc").execute();
    const blocks = new Map(rows.map((row) => [row.subject, toBlock(row)]));
    for (const watcher of watchers) {
      if (!subjectsOf(watcher.actor).some((subject) => blocks.has(subject))) continue;
      watchers.delete(watcher);
      watcher.revoked();
    }
    return blocks;
  }
  const current = (): Promise<ReadonlyMap<string, Block>> => {
    if (held === undefined || now() >= held.until) {
      const mine = { blocks: load(), until: now() + freshForMs };
      held = mine;
      mine.blocks.catch(() => {
        if (held === mine) held = undefined;
      });
    }
    return held.blocks;
  };
  const changed = async (subject: string) => {
    held = undefined;
    await notifier.publish({ type: "access.changed", subject });
  };
  const unsubscribe = notifier.subscribe((event) => {
    if (event.type !== "access.changed") return;
    held = undefined;
    // A failure is met again by whoever asks next.
    current().catch(() => undefined);
  });
  const of = async (actor: Actor): Promise<Block | undefined> => {
    const blocks = await current();
    return subjectsOf(actor).flatMap((subject) => blocks.get(subject) ?? [])[0];
  };

  return {
    of,
    async admit(actor) {
      if ((await of(actor)) !== undefined)
        throw new Refusal("access_revoked", "An administrator has taken your access back.", {
          hint: "Ask your administrator; the reason stands in the ledger.",
        });
    },
    async list(fresh = false) {
      if (fresh) held = undefined;
      return [...(await current()).values()];
    },
    async block(subject, reason, by) {
      if (subjectsOf(by).includes(subject))
        throw new Refusal("invalid", "You cannot take your own access back.", {
          hint: "Another administrator can.",
        });
      if ((await current()).size >= maxBlocks)
        throw new Refusal("conflict", `${maxBlocks} blocks are in force already.`, {
          hint: "Lift those of people whose accounts are gone.",
        });
      const block = await tables.transaction().execute(async (transaction) => {
        const row = await transaction
          .insertInto("actor_blocks")
          .values({ id: newId("block", now()), subject, reason, by_actor: by.id, at: new Date(now()) })
          .onConflict((conflict) => conflict.column("subject").doNothing())
          .returningAll()
          .executeTakeFirst();
        if (row === undefined)
          throw new Refusal("conflict", `The access of ${subject} is taken back already.`);
        const placed = toBlock(row);
        await noteWithin(transaction, entryOf("access.revoked", by, placed, reason));
        return placed;
      });
      await changed(subject);
      return block;
    },

    async lift(id, reason, by) {
      const block = await tables.transaction().execute(async (transaction) => {
        const row = await transaction
          .deleteFrom("actor_blocks")
          .where("id", "=", id)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) throw new Refusal("not_found", "There is no such block.");
        const lifted = toBlock(row);
        await noteWithin(transaction, entryOf("access.restored", by, lifted, reason));
        return lifted;
      });
      await changed(block.subject);
      return block;
    },

    watch(actor, until, revoked) {
      const watcher = { actor, revoked };
      watchers.add(watcher);
      until.addEventListener("abort", () => watchers.delete(watcher), { once: true });
    },

    close: unsubscribe,
  };
}

const entryOf = (
  kind: "access.revoked" | "access.restored",
  by: Actor,
  { id, subject }: Block,
  reason: string,
) => ({ kind, actor: by.id, session: null, command: null, body: { block: id, subject, reason } });

const toBlock = ({ by_actor: by, at, ...row }: BlockTable): Block =>
  Block.parse({ ...row, by, at: at.toISOString() });
