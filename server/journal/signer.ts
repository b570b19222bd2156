import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "../../shared/canonical.ts";
import type { Checkpoint, LedgerKeys } from "../../shared/nouns/entry.ts";

/** A public key as a JWK (RFC 8037). */
export type PublicKey = LedgerKeys["keys"][number]["jwk"];

/** Signs what the gateway vouches for: checkpoints and seals of exports. Ed25519 (RFC 8032). */
export type Signer = {
  /** First 16 hex digits of the SHA-256 of the raw public key. */
  readonly keyId: string;
  readonly jwk: PublicKey;
  /** Signature in base64url over the canonical JSON of `value`. */
  sign(value: Record<string, unknown>): string;
};

/** Where the private key rests: PKCS #8 in PEM. */
export type KeyPlace = { loadKey(): Promise<string | undefined>; saveKey(pem: string): Promise<void> };

/** Takes the key from its place, or makes one there. Another key in the place is a rotation: the old public one stays in the store. */
export async function createSigner({ loadKey, saveKey }: KeyPlace): Promise<Signer> {
  let pem = await loadKey();
  if (pem === undefined) {
    pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await saveKey(pem);
  }
  const privateKey = createPrivateKey(pem);
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  if (privateKey.asymmetricKeyType !== "ed25519" || x === undefined)
    throw new TypeError("the ledger's key must be an Ed25519 private key");
  const keyId = createHash("sha256").update(Buffer.from(x, "base64url")).digest("hex").slice(0, 16);
  return {
    keyId,
    jwk: { kty: "OKP", crv: "Ed25519", x },
    sign: (value) => sign(null, Buffer.from(canonicalJson(value)), privateKey).toString("base64url"),
  };
}

/** The key as `ledger-key.pem`, readable by its owner alone, in a folder that exists. */
export function keyFile(directory: string): KeyPlace {
  const path = join(directory, "ledger-key.pem");
  return {
    async loadKey() {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
    async saveKey(pem) {
      const file = await open(path, "wx", 0o600);
      try {
        await file.writeFile(pem);
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}

/** A signed statement that the chain had `hash` at `seq`. */
export function checkpoint(signer: Signer, head: { seq: number; hash: string }, at: string): Checkpoint {
  const statement = { seq: head.seq, hash: head.hash, at, keyId: signer.keyId };
  return { ...statement, signature: signer.sign(statement) };
}

/** Whether this signer's key has signed a checkpoint. */
export function isSigned(signer: Signer, { signature, ...statement }: Checkpoint): boolean {
  const key = createPublicKey({ key: signer.jwk, format: "jwk" });
  return verify(null, Buffer.from(canonicalJson(statement)), key, Buffer.from(signature, "base64url"));
}
