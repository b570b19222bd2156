import { setImmediate, setTimeout } from "node:timers/promises";
import { DatabaseError, type Pool, type PoolClient } from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import type { EntryKind } from "../../shared/nouns/entry.ts";
import { writeBatch, type Batch, type Change, type Written } from "./batch.ts";
import { chain, printDraft, type Draft, type Head, type LedgerRow, type PrintedDraft } from "./chain.ts";
import { checkpoint, type Signer } from "./signer.ts";

/** Entries, and characters of their bodies, that may wait for the store. */
const maxQueuedEntries = 10_000;
const maxQueuedCharacters = 64 * 1024 * 1024;
const maxBatchEntries = 512;
const maxBatchCharacters = 8 * 1024 * 1024;
/** Pauses between attempts while the store gives no answer; then everything that waits is refused. */
const retryPausesMs = [50, 150, 500, 1_000, 2_000];

/** Entries after which the head is signed in the same commit. */
const signedAtOnce: ReadonlySet<EntryKind> = new Set(["review.decided", "policy.changed", "target.changed"]);

/** What an appended entry became. `applied` is false where the command's row was not in a state that may change so. */
export type Appended = { row: LedgerRow; applied: boolean; reviewed: boolean };

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
  /** Refuses what is appended from now on and waits for the rest. */
  close(): Promise<void>;
};

/**
 * The single writer of this process. Other processes have theirs: the chain stays one because each batch moves the
 * head by compare-and-swap, and takes the head's lock after it lost a race.
 */
export function createLedgerWriter(dependencies: {
  pool: Pool;
  signer: Signer;
  now: () => number;
}): LedgerWriter {
  const { pool, signer, now } = dependencies;
  const queue: Waiting[] = [];
  let queuedCharacters = 0;
  let head: Head | undefined;
  /** The last entry of ours: wherever the head has gone, the ledger must still hold it. */
  let ours: Head | undefined;
  let closed = false;
  let writing: Promise<void> | undefined;

  const build = (from: Head, batch: readonly Waiting[]): Batch => {
    const rows = chain(
      from,
      batch.map(({ draft }) => draft),
    );
    const last = rows.at(-1);
    const sign = last !== undefined && rows.some(({ kind }) => signedAtOnce.has(kind));
    return {
      rows,
      changes: batch.map(({ change }) => change),
      checkpoint: sign ? checkpoint(signer, last, last.at) : undefined,
    };
  };

  const settle = (batch: readonly Waiting[], rows: readonly LedgerRow[], written: Written) => {
    const last = rows.at(-1);
    head = last && { seq: last.seq, hash: last.hash };
    ours = head;
    batch.forEach(({ change, resolve }, index) => {
      const row = rows[index];
      const id = change.insert?.id ?? change.end?.id;
      if (row)
        resolve({
          row,
          applied: id === undefined || written.commands.has(id),
          reviewed: id !== undefined && written.reviewed.has(id),
        });
    });
  };

  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    /** Rows whose commit may have happened without an answer. */
    let sent: LedgerRow[] = [];
    const send = (store: Pool | PoolClient, from: Head) => {
      const built = build(from, batch);
      sent = built.rows;
      return writeBatch(store, from, built);
    };
    for (let attempts = 0; ;) {
      try {
        const written = head
          ? await send(pool, head)
          : await behindLockedHead(pool, async (client, from) => {
              if (ours && !(await holds(client, ours)))
                throw new Refusal(
                  "journal_unavailable",
                  "The ledger was rewritten behind the gateway's back.",
                );
              return (await committedBefore(client, sent)) ?? send(client, from);
            });
        if (written.moved) return settle(batch, sent, written);
        head = undefined;
        sent = [];
      } catch (error) {
        head = undefined;
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
    async close() {
      closed = true;
      await writing;
    },
  };
}

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

/** Runs `write` in a transaction that holds the head: no other writer, and no statement of ours that lost its connection, moves it meanwhile. */
async function behindLockedHead(
  pool: Pool,
  write: (client: PoolClient, from: Head) => Promise<Written>,
): Promise<Written> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const { rows } = await client.query<{ seq: string; hash: string }>(
      "select seq, hash from ledger_head for update",
    );
    const row = rows[0];
    if (!row) throw new Refusal("journal_unavailable", "The ledger has lost its head.");
    const written = await write(client, { seq: Number(row.seq), hash: row.hash });
    await client.query("commit");
    client.release();
    return written;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function holds(client: PoolClient, { seq, hash }: Head): Promise<boolean> {
  return (await client.query("select from ledger where seq = $1 and hash = $2", [seq, hash])).rowCount === 1;
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
