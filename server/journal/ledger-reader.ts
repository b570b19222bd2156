import type pg from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import { Checkpoint, Entry, LedgerKeys } from "../../shared/nouns/entry.ts";
import { emptyHead, type Head } from "./chain.ts";
import { checkpoint, isSigned, type Signer } from "./signer.ts";

const maxPage = 1_000;

type Row = {
  seq: string;
  at: string;
  kind: string;
  actor: string | null;
  session: string | null;
  command: string | null;
  body: string;
  previous: string;
  hash: string;
};

/** The ledger as it can be read and shown to others. */
export type LedgerReader = {
  /** Entries after number `after`, oldest first, at most 1,000. */
  page(after: number, limit: number): Promise<Entry[]>;
  head(): Promise<Head>;
  /** Public keys of all signers there were. */
  keys(): Promise<LedgerKeys>;
  /** Signed heads after number `after`, oldest first. */
  checkpoints(after: number, limit: number): Promise<Checkpoint[]>;
  /**
   * Refuses with journal_unavailable where the ledger does not hold what this gateway's key has signed last: it was
   * rewritten, or an older copy was put in its place.
   */
  check(): Promise<void>;
  /** Signs the head where it moved since the last checkpoint; undefined where it did not. */
  sign(): Promise<Checkpoint | undefined>;
};

export async function createLedgerReader(dependencies: {
  pool: pg.Pool;
  signer: Signer;
  now: () => number;
}): Promise<LedgerReader> {
  const { pool, signer, now } = dependencies;
  const time = () => new Date(now()).toISOString();
  await pool.query("insert into ledger_keys (key_id, x, since) values ($1, $2, $3) on conflict do nothing", [
    signer.keyId,
    signer.jwk.x,
    time(),
  ]);

  const head = async (): Promise<Head> => {
    const { rows } = await pool.query<{ seq: string; hash: string }>("select seq, hash from ledger_head");
    const row = rows[0];
    return row ? { seq: Number(row.seq), hash: row.hash } : emptyHead;
  };

  return {
    head,
    async page(after, limit) {
      const { rows } = await pool.query<Row>("select * from ledger where seq > $1 order by seq limit $2", [
        after,
        Math.min(limit, maxPage),
      ]);
      return rows.map((row) => Entry.parse({ ...row, seq: Number(row.seq), body: JSON.parse(row.body) }));
    },
    async keys() {
      const { rows } = await pool.query<{ key_id: string; x: string; since: string }>(
        "select key_id, x, since from ledger_keys order by since, key_id",
      );
      return LedgerKeys.parse({
        keys: rows.map(({ key_id, x, since }) => ({
          keyId: key_id,
          jwk: { kty: "OKP", crv: "Ed25519", x },
          since,
        })),
      });
    },
    async checkpoints(after, limit) {
      const { rows } = await pool.query<Record<string, string>>(
        `select seq, hash, at, key_id as "keyId", signature from checkpoints where seq > $1 order by seq limit $2`,
        [after, Math.min(limit, maxPage)],
      );
      return rows.map((row) => Checkpoint.parse({ ...row, seq: Number(row["seq"]) }));
    },
    async check() {
      const { rows } = await pool.query<Record<string, string> & { held: string | null }>(
        `select c.seq, c.hash, c.at, c.key_id as "keyId", c.signature, l.hash as held
         from checkpoints c left join ledger l using (seq) where key_id = $1 order by c.seq desc limit 1`,
        [signer.keyId],
      );
      const row = rows[0];
      if (!row) return;
      const signed = Checkpoint.parse({ ...row, seq: Number(row["seq"]) });
      if (row.held !== signed.hash || !isSigned(signer, signed))
        throw new Refusal(
          "journal_unavailable",
          `The ledger's entry ${signed.seq} is not the one that was signed.`,
          {
            hint: "The store was altered, or an older copy was restored. Export the ledger and verify it.",
          },
        );
    },
    async sign() {
      const reached = await head();
      if (reached.seq === 0) return undefined;
      const signed = checkpoint(signer, reached, time());
      const made = await pool.query(
        `insert into checkpoints (seq, hash, at, key_id, signature) values ($1, $2, $3, $4, $5)
         on conflict (seq) do nothing`,
        [signed.seq, signed.hash, signed.at, signed.keyId, signed.signature],
      );
      return made.rowCount === 1 ? signed : undefined;
    },
  };
}
