import type pg from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import { Checkpoint, Entry, type LedgerKeys } from "../../shared/nouns/entry.ts";
import { firstHash } from "../../shared/recording/format.ts";
import { bodyHashOf, emptyHead, type Head } from "./chain.ts";
import type { StoredEntry } from "./checks.ts";
import type { Keyring } from "./keyring.ts";
import { behindLockedHead } from "./locked-head.ts";
import { checkpoint, isSigned, type Signer } from "./signer.ts";

const maxPage = 1_000;

type Row = Omit<StoredEntry, "seq" | "checkpoint"> & { seq: string };

/** The ledger as it can be read and shown to others. */
export type LedgerReader = {
  /** Entries after number `after`, oldest first, at most 1,000. */
  page(after: number, limit: number): Promise<Entry[]>;
  head(): Promise<Head>;
  /** The head together with the key that is in force there. */
  place(): Promise<{ head: Head; signer: Signer }>;
  /** Public keys of all signers there were. */
  keys(): Promise<LedgerKeys>;
  /** Signed heads after number `after`, oldest first. */
  checkpoints(after: number, limit: number): Promise<Checkpoint[]>;
  /**
   * Refuses with journal_unavailable where the ledger does not hold what the gateway's keys have signed last: it was
   * rewritten, or an older copy was put in its place.
   */
  check(): Promise<void>;
  /** Signs the head where it moved since the last checkpoint; undefined where it did not. */
  sign(): Promise<Checkpoint | undefined>;
};

export function createLedgerReader(dependencies: {
  pool: pg.Pool;
  keyring: Keyring;
  now: () => number;
}): LedgerReader {
  const { pool, keyring, now } = dependencies;

  const head = async (): Promise<Head> => {
    const { rows } = await pool.query<{ seq: string; hash: string }>("select seq, hash from ledger_head");
    const row = rows[0];
    return row ? { seq: Number(row.seq), hash: row.hash } : emptyHead;
  };

  return {
    head,
    place: () =>
      behindLockedHead(pool, async (client, { seq, hash }) => ({
        head: { seq, hash },
        signer: await keyring.current(client),
      })),
    async page(after, limit) {
      const { rows } = await pool.query<Row>("select * from ledger where seq > $1 order by seq limit $2", [
        after,
        Math.min(limit, maxPage),
      ]);
      return rows.map(({ body, body_hash, ...row }) =>
        Entry.parse({
          ...row,
          seq: Number(row.seq),
          body: body === null ? null : JSON.parse(body),
          bodyHash: body === null ? (body_hash ?? firstHash) : bodyHashOf(body),
        }),
      );
    },
    keys: keyring.list,
    async checkpoints(after, limit) {
      const { rows } = await pool.query<Record<string, string>>(
        `select seq, hash, at, key_id as "keyId", signature from checkpoints where seq > $1 order by seq limit $2`,
        [after, Math.min(limit, maxPage)],
      );
      return rows.map((row) => Checkpoint.parse({ ...row, seq: Number(row["seq"]) }));
    },
    async check() {
      const keys = await keyring.known();
      const { rows } = await pool.query<Record<string, string> & { held: string | null }>(
        `select c.seq, c.hash, c.at, c.key_id as "keyId", c.signature, l.hash as held
         from checkpoints c left join ledger l using (seq) where key_id = any($1) order by c.seq desc limit 1`,
        [[...keys.keys()]],
      );
      const row = rows[0];
      if (!row) return;
      const signed = Checkpoint.parse({ ...row, seq: Number(row["seq"]) });
      const key = keys.get(signed.keyId);
      if (row.held !== signed.hash || !key || !isSigned(key, signed))
        throw new Refusal(
          "journal_unavailable",
          `The ledger's entry ${signed.seq} is not the one that was signed.`,
          {
            hint: "The store was altered, or an older copy was restored. Export the ledger and verify it.",
          },
        );
    },
    sign: () =>
      behindLockedHead(pool, async (client, reached) => {
        if (reached.seq === 0) return undefined;
        const signer = await keyring.current(client);
        const signed = checkpoint(signer, reached, new Date(now()).toISOString());
        const made = await client.query(
          `insert into checkpoints (seq, hash, at, key_id, signature) values ($1, $2, $3, $4, $5)
           on conflict (seq) do nothing`,
          [signed.seq, signed.hash, signed.at, signed.keyId, signed.signature],
        );
        return made.rowCount === 1 ? signed : undefined;
      }),
  };
}
