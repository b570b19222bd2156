import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import { Refusal } from "../../shared/contract/errors.ts";
import { LedgerKeys } from "../../shared/nouns/entry.ts";
import type { Connection } from "../db/connection.ts";
import type { Sealed, Vault } from "../vault/vault.ts";
import { writeBatch } from "./batch.ts";
import { chain, printDraft } from "./chain.ts";
import { behindLockedHead } from "./locked-head.ts";
import { checkpoint, createSigner, generateKey, publicKey, type PublicKey, type Signer } from "./signer.ts";

/** What seals keys at rest: the vault, under the gateway's sealing key. */
export type KeySeal = Pick<Vault, "sealOwn" | "openOwn" | "needsReseal">;

/**
 * The keys that sign the ledger. They rest in the store, sealed, so that every process on it signs with the same one;
 * the head names the one in force. Of a retired key only the public half is kept.
 */
export type Keyring = {
  /** The key in force; `store`: as a transaction sees it. Refuses: journal_unavailable where its seal cannot be opened. */
  current(store?: Connection): Promise<Signer>;
  /** Public keys that were ever in force, by id. A row that somebody else put into the store does not open. */
  known(): Promise<Map<string, PublicKey>>;
  /** The same for others to see, in the order in which they came. */
  list(): Promise<LedgerKeys>;
  /**
   * Puts a new key in force, and says so in the entry `key.rotated`, which the old key signs twice: the new public key
   * in its body, and the head in a checkpoint. From the next entry on the old one signs nothing, in any process.
   */
  rotate(actor: string | null): Promise<{ keyId: string; seq: number }>;
};

/** What a seal holds. A retired key has lost its private half. */
const Kept = z.object({ x: z.string(), pem: z.string().optional() });
type Kept = z.infer<typeof Kept>;

const SealedText = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.object({ keyId: z.string(), nonce: z.string(), box: z.string() }));

type KeyRow = { key_id: string; since: string; sealed: string | null };

/** Opens the store's keys, and makes the first one where there is none. Refuses: journal_unavailable. */
export async function openKeyring(dependencies: {
  pool: Pool;
  vault: KeySeal;
  now: () => number;
}): Promise<Keyring> {
  const { pool, vault, now } = dependencies;
  const opened = new Map<string, Signer>();
  const time = () => new Date(now()).toISOString();
  const purposeOf = (keyId: string) => `ledger key ${keyId}`;
  const sealed = (keyId: string, kept: Kept) =>
    JSON.stringify(vault.sealOwn(purposeOf(keyId), JSON.stringify(kept)));

  const open = ({ key_id, sealed: text }: Pick<KeyRow, "key_id" | "sealed">): Kept | undefined => {
    const parsed = SealedText.safeParse(text ?? "null");
    const plain = parsed.success ? vault.openOwn(purposeOf(key_id), parsed.data) : undefined;
    return plain === undefined ? undefined : Kept.parse(JSON.parse(plain));
  };

  const rows = async (store: Connection = pool) =>
    (
      await store.query<KeyRow>({
        text: "select key_id, since, sealed from ledger_keys order by since, key_id",
      })
    ).rows;

  const ready = (row: KeyRow | undefined): Signer => {
    const already = row && opened.get(row.key_id);
    if (already) return already;
    const pem = row && open(row)?.pem;
    if (pem === undefined)
      throw new Refusal("journal_unavailable", `The ledger's key ${row?.key_id ?? ""} cannot be opened.`, {
        hint: "It is sealed in the store with a key of SLUICE_SEALING_KEY that this gateway was not given.",
      });
    const made = createSigner(pem);
    opened.set(made.keyId, made);
    return made;
  };

  const inForce = async (store: Connection = pool): Promise<Signer> => {
    const { rows: found } = await store.query<KeyRow>({
      name: "journal-key-in-force",
      text: "select k.key_id, k.since, k.sealed from ledger_head h join ledger_keys k using (key_id)",
    });
    return ready(found[0]);
  };

  /** A new key, sealed in the store and in force from the next entry on. */
  const putInForce = async (store: PoolClient, made: { pem: string; signer: Signer }) => {
    const { keyId, jwk } = made.signer;
    await store.query("insert into ledger_keys (key_id, x, since, sealed) values ($1, $2, $3, $4)", [
      keyId,
      jwk.x,
      time(),
      sealed(keyId, { x: jwk.x, pem: made.pem }),
    ]);
    await store.query("update ledger_head set key_id = $1", [keyId]);
  };
  const make = () => {
    const pem = generateKey();
    return { pem, signer: createSigner(pem) };
  };

  await behindLockedHead(pool, async (client, head) => {
    if (head.keyId === null) return putInForce(client, make());
    await inForce(client);
    for (const row of await rows(client)) {
      const kept = open(row);
      if (kept && needsReseal(vault, row.sealed))
        await client.query("update ledger_keys set sealed = $2 where key_id = $1", [
          row.key_id,
          sealed(row.key_id, kept),
        ]);
    }
  });

  return {
    current: inForce,
    async known() {
      const keys = (await rows()).flatMap((row): [string, PublicKey][] => {
        const kept = open(row);
        return kept ? [[row.key_id, publicKey(kept.x)]] : [];
      });
      return new Map(keys);
    },
    async list() {
      const keys = (await rows()).flatMap((row) => {
        const kept = open(row);
        return kept ? [{ keyId: row.key_id, jwk: publicKey(kept.x), since: row.since }] : [];
      });
      return LedgerKeys.parse({ keys });
    },
    rotate: (actor) =>
      behindLockedHead(pool, async (client, head) => {
        const old = await inForce(client);
        const made = make();
        const key = { keyId: made.signer.keyId, jwk: made.signer.jwk };
        const body = { keyId: old.keyId, key, signature: old.sign({ keyId: old.keyId, key }) };
        const draft = printDraft({ kind: "key.rotated", actor, session: null, command: null, body }, time());
        const entries = chain(head, [draft]);
        const [entry] = entries;
        if (!entry) throw new TypeError("one draft makes one entry");
        const signed = checkpoint(old, entry, entry.at);
        await writeBatch(client, head, { rows: entries, changes: [{}], checkpoint: signed });
        await putInForce(client, made);
        await client.query("update ledger_keys set sealed = $2 where key_id = $1", [
          old.keyId,
          sealed(old.keyId, { x: old.jwk.x }),
        ]);
        return { keyId: key.keyId, seq: entry.seq };
      }),
  };
}

function needsReseal(vault: KeySeal, text: string | null): boolean {
  const parsed = SealedText.safeParse(text ?? "null");
  const held: Sealed | undefined = parsed.data;
  return held !== undefined && vault.needsReseal(held);
}
