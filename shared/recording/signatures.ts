import { canonicalJson } from "../canonical.ts";
import type { FileKey } from "./ledger-file.ts";
import { fromBase64url, hex, type Primitives, type PublicJwk } from "./primitives.ts";

const publicKeyBytes = 32;
const signatureBytes = 64;

/** The id that belongs to a key; undefined where `x` is no key. */
export async function keyIdOf({ x }: PublicJwk, { sha256 }: Primitives): Promise<string | undefined> {
  const raw = fromBase64url(x, publicKeyBytes);
  return raw && hex(await sha256(raw)).slice(0, 16);
}

/** Why a signed value does not hold; undefined where it does. `trusted` undefined: any key that signs rightly. */
export async function signatureFault(
  signed: Record<string, unknown> & { keyId: string; signature: string },
  jwk: PublicJwk,
  trusted: readonly FileKey[] | undefined,
  primitives: Primitives,
): Promise<string | undefined> {
  const { signature, ...statement } = signed;
  if ((await keyIdOf(jwk, primitives)) !== signed.keyId) return "the key's id is not that of the key";
  if (trusted && !trusted.some(({ keyId, jwk: { x } }) => keyId === signed.keyId && x === jwk.x))
    return `it is signed with key ${signed.keyId}, which is not among the trusted ones`;
  const bytes = fromBase64url(signature, signatureBytes);
  const message = new TextEncoder().encode(canonicalJson(statement));
  if (!bytes || !(await primitives.ed25519(jwk, bytes, message))) return "the signature does not fit";
  return undefined;
}
