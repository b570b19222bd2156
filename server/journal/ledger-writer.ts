import { setImmediate, setTimeout } from "node:timers/promises";
import { DatabaseError, type Pool, type PoolClient } from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Connection } from "../db/connection.ts";
import { writeBatch, type Batch, type Change, type Written } from "./batch.ts";
import { chain, printDraft, type Draft, type Head, type LedgerRow, type PrintedDraft } from "./chain.ts";
import type { Keyring } from "./keyring.ts";
import { behindLockedHead, lockHead } from "./locked-head.ts";
import { checkpoint, type Signer } from "./signer.ts";

/** Entries, and characters of their bodies, that may wait for the store. */
const maxQueuedEntries = 10_000;
const maxQueuedCharacters = 64 * 1024 * 1024;
const maxBatchEntries = 512;
const maxBatchCharacters = 8 * 1024 * 1024;
/** Pauses between attempts while the store gives no answer; then everything that waits is refused. */
const retryPausesMs = [50, 150, 500, 1_000, 2_000];

/**
 * What an appended entry became. `applied` is false where the command's row was not in a state that may change so. No
 * row: its guard did not hold, and there is no entry.
 */
export type Appended = { row: LedgerRow | undefined; applied: boolean; reviewed: boolean };

type Waiting = {
  draft: PrintedDraft;
  change: Change;
  resolve: (appended: Appended) => void;
  reject: (refusal: Refusal) => void;
};

export type LedgerWriter = {
  /**
   * Chains an entry and writes it with the rows that belong to it. Resolves after the durable commit, which all
   * appends that wait at the time share. Refuses: journal_unavailable.
   */
  append(draft: Draft, change?: Change): Promise<Appended>;
  /**
   * Chains an entry and writes it in somebody's transaction, on its connection: what the transaction changes and what
   * the entry says of it are there both or neither. The head is locked until the transaction ends, so this is its last
   * step. Refuses: journal_unavailable; then the transaction has to be rolled back.
   */
  appendWithin(transaction: Connection, draft: Draft): Promise<void>;
  /** Refuses what is appended from now on and waits for the rest. */
  close(): Promise<void>;
};

/**
 * The single writer of this process. Other processes have theirs: the chain stays one because each batch moves the
 * head by compare-and-swap, and takes the head's lock after it lost a race.
 */
export function createLedgerWriter(dependencies: {
  pool: Pool;
  keyring: Pick<Keyring, "current">;
  now: () => number;
}): LedgerWriter {
  const { pool, keyring, now } = dependencies;
  const queue: Waiting[] = [];
  let queuedCharacters = 0;
  /** Where we believe the chain to stand, and the key in force there. */
  let place: { head: Head; signer: Signer } | undefined;
  /** The last entry of ours: wherever the head has gone, the ledger must still hold it. */
  let ours: Head | undefined;
  let closed = false;
  let writing: Promise<void> | undefined;

  const refuseRewritten = async (store: Connection) => {
    if (ours && !(await holds(store, ours)))
      throw new Refusal("journal_unavailable", "The ledger was rewritten behind the gateway's back.");
  };

  const build = (
    { head, signer }: NonNullable<typeof place>,
    batch: readonly Pick<Waiting, "draft" | "change">[],
  ): Batch => {
    const rows = chain(
      head,
      batch.map(({ draft }) => draft),
    );
    const last = rows.at(-1);
    const sign = last !== undefined && rows.some(({ signAtOnce }) => signAtOnce);
    return {
      rows,
      changes: batch.map(({ change }) => change),
      checkpoint: sign ? checkpoint(signer, last, last.at) : undefined,
    };
  };

  const settle = (
    batch: readonly Waiting[],
    rows: readonly LedgerRow[],
    signer: Signer,
    written: Written,
  ) => {
    const last = rows.at(-1);
    ours = last && { seq: last.seq, hash: last.hash };
    place = ours && { head: ours, signer };
    batch.forEach(({ change, resolve }, index) => {
      const row = rows[index];
      const id = commandOf(change);
      if (row)
        resolve({
          row,
          applied: id === undefined || written.commands.has(id),
          reviewed: id !== undefined && written.reviewed.has(id),
        });
    });
  };

  const commit = async (wanted: readonly Waiting[]): Promise<void> => {
    let batch = wanted;
    /** Rows whose commit may have happened without an answer. */
    let sent: LedgerRow[] = [];
    const send = async (store: Pool | PoolClient, from: NonNullable<typeof place>) => {
      const built = build(from, batch);
      sent = built.rows;
      return { written: await writeBatch(store, from.head, built), signer: from.signer };
    };
    for (let attempts = 0; ;) {
      try {
        const { written, signer } = place
          ? await send(pool, place)
          : await behindLockedHead(pool, async (client, head) => {
              await refuseRewritten(client);
              const from = { head, signer: await keyring.current(client) };
              const before = await committedBefore(client, sent);
              return before ? { written: before, signer: from.signer } : send(client, from);
            });
        if (written.moved) return settle(batch, sent, signer, written);
        if (written.guarded.size > 0) {
          const isGuarded = ({ change }: Waiting) =>
            change.guard !== undefined && written.guarded.has(commandOf(change) ?? "");
          for (const { resolve } of batch.filter(isGuarded))
            resolve({ row: undefined, applied: false, reviewed: false });
          batch = batch.filter((waiting) => !isGuarded(waiting));
          if (batch.length === 0) return;
        }
        place = undefined;
        sent = [];
      } catch (error) {
        place = undefined;
        if (isRefusedValue(error) && batch.length > 1) {
          for (const waiting of batch) await commit([waiting]);
          return;
        }
        const pause = retryPausesMs[attempts++];
        if (!isStoreAway(error) || pause === undefined) {
          for (const { reject } of batch) reject(unavailable(error));
          // Those who wait behind have waited as long: the store is away for them too.
          if (pause === undefined) for (const { reject } of takeAll()) reject(unavailable(error));
          return;
        }
        await setTimeout(pause);
      }
    }
  };

  const takeAll = (): Waiting[] => {
    queuedCharacters = 0;
    return queue.splice(0);
  };

  const run = async () => {
    while (queue.length > 0) {
      const batch = takeBatch(queue);
      for (const { draft } of batch) queuedCharacters -= draft.bodyText.length;
      await commit(batch);
      // Those whom this commit has answered append again now: let them share the next one.
      await setImmediate();
    }
    writing = undefined;
  };

  return {
    append: (draft, change = {}) =>
      new Promise((resolve, reject) => {
        if (closed) throw new Refusal("journal_unavailable", "The journal is closed.");
        if (queue.length >= maxQueuedEntries || queuedCharacters > maxQueuedCharacters)
          throw new Refusal("journal_unavailable", "Too many entries wait for the store.");
        const printed = printDraft(draft, new Date(now()).toISOString());
        queuedCharacters += printed.bodyText.length;
        queue.push({ draft: printed, change, resolve, reject });
        writing ??= run();
      }),
    async appendWithin(transaction, draft) {
      if (closed) throw new Refusal("journal_unavailable", "The journal is closed.");
      try {
        const head = await lockHead(transaction);
        await refuseRewritten(transaction);
        const signer = await keyring.current(transaction);
        const printed = printDraft(draft, new Date(now()).toISOString());
        const batch = build({ head, signer }, [{ draft: printed, change: {} }]);
        const { moved } = await writeBatch(transaction, head, batch);
        if (!moved) throw new TypeError("a locked head moves for whoever locked it");
      } catch (error) {
        throw unavailable(error);
      }
    },
    async close() {
      closed = true;
      await writing;
    },
  };
}

const commandOf = ({ insert, end }: Change): string | undefined => insert?.id ?? end?.id;

/** The front of the queue, as far as no command and no recording would be changed twice by one statement. */
function takeBatch(queue: Waiting[]): Waiting[] {
  const touched = new Set<string>();
  let characters = 0;
  let count = 0;
  for (const { draft, change } of queue) {
    const keys = [change.insert?.id, change.end?.id, change.anchor?.session].filter(
      (key) => key !== undefined,
    );
    characters += draft.bodyText.length;
    const full = count >= maxBatchEntries || (count > 0 && characters > maxBatchCharacters);
    if (full || keys.some((key) => touched.has(key))) break;
    for (const key of keys) touched.add(key);
    count += 1;
  }
  return queue.splice(0, count);
}

async function holds(store: Connection, { seq, hash }: Head): Promise<boolean> {
  const text = "select from ledger where seq = $1 and hash = $2";
  return (await store.query({ text, values: [seq, hash] })).rows.length === 1;
}

/** After an answer was lost: whether that commit had happened, told by the hash of its last entry. */
async function committedBefore(client: PoolClient, sent: readonly LedgerRow[]): Promise<Written | undefined> {
  const last = sent.at(-1);
  if (!last) return undefined;
  if (!(await holds(client, last))) return undefined;
  const commands = await client.query<{ id: string; review: string | null }>(
    "select id, review from commands where intent_seq = any($1) or outcome_seq = any($1)",
    [sent.map(({ seq }) => seq)],
  );
  return {
    moved: true,
    commands: new Set(commands.rows.map(({ id }) => id)),
    reviewed: new Set(commands.rows.filter(({ review }) => review !== null).map(({ id }) => id)),
    guarded: new Set(),
  };
}

/** SQLSTATE class 22 and 54: one value that the store cannot hold, such as NUL in a text. */
function isRefusedValue(error: unknown): boolean {
  return error instanceof DatabaseError && /^(22|54)/.test(error.code ?? "");
}

/** Connection failures (no SQLSTATE, classes 08, 57P and 53) and lost conflicts (40): worth another attempt. */
function isStoreAway(error: unknown): boolean {
  if (error instanceof Refusal) return false;
  return !(error instanceof DatabaseError) || /^(08|57|53|40)/.test(error.code ?? "");
}

function unavailable(cause: unknown): Refusal {
  if (cause instanceof Refusal) return cause;
  return new Refusal("journal_unavailable", "The ledger cannot be written now.", {
    hint: "Nothing ran. Try again once the gateway's store answers.",
    cause,
  });
}
