import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from "node:crypto";
import { canonicalJson } from "../../shared/canonical.ts";
import type { Checkpoint, LedgerKeys } from "../../shared/nouns/entry.ts";

/** A public key as a JWK (RFC 8037). */
export type PublicKey = LedgerKeys["keys"][number]["jwk"];

/** Signs what the gateway vouches for: checkpoints, seals of exports, its own successor. Ed25519 (RFC 8032). */
export type Signer = {
  /** First 16 hex digits of the SHA-256 of the raw public key. */
  readonly keyId: string;
  readonly jwk: PublicKey;
  /** Signature in base64url over the canonical JSON of `value`. */
  sign(value: Record<string, unknown>): string;
};

/** A new private key: PKCS #8 in PEM. */
export const generateKey = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

export function createSigner(pem: string): Signer {
  const privateKey = createPrivateKey(pem);
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  if (privateKey.asymmetricKeyType !== "ed25519" || x === undefined)
    throw new TypeError("the ledger's key must be an Ed25519 private key");
  const keyId = createHash("sha256").update(Buffer.from(x, "base64url")).digest("hex").slice(0, 16);
  return {
    keyId,
    jwk: publicKey(x),
    sign: (value) => sign(null, Buffer.from(canonicalJson(value)), privateKey).toString("base64url"),
  };
}

export const publicKey = (x: string): PublicKey => ({ kty: "OKP", crv: "Ed25519", x });

/** A signed statement that the chain had `hash` at `seq`. */
export function checkpoint(signer: Signer, head: { seq: number; hash: string }, at: string): Checkpoint {
  const statement = { seq: head.seq, hash: head.hash, at, keyId: signer.keyId };
  return { ...statement, signature: signer.sign(statement) };
}

/** Whether a key has signed a checkpoint. */
export function isSigned(jwk: PublicKey, { signature, ...statement }: Checkpoint): boolean {
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return verify(null, Buffer.from(canonicalJson(statement)), key, Buffer.from(signature, "base64url"));
}
