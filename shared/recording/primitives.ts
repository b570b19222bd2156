/**
 * What a verifier computes with. The defaults are Web Crypto, which browsers and Node.js have; a caller that has
 * faster ones may give them.
 */
export type Primitives = {
  sha256(bytes: Uint8Array<ArrayBuffer>): Uint8Array | Promise<Uint8Array>;
  /** The same for what comes in pieces. */
  hasher(): {
    update(bytes: Uint8Array<ArrayBuffer>): void;
    digest(): Uint8Array | Promise<Uint8Array>;
  };
  /** Ed25519 (RFC 8032) over `message`, with a raw public key of 32 bytes. */
  ed25519(
    key: PublicJwk,
    signature: Uint8Array<ArrayBuffer>,
    message: Uint8Array<ArrayBuffer>,
  ): boolean | Promise<boolean>;
};

export type PublicJwk = { kty: "OKP"; crv: "Ed25519"; x: string };

/** Web Crypto hashes nothing in pieces, so they are held; a larger file is for the verifier's command line. */
const maxHeldBytes = 512 * 1024 * 1024;

export const webPrimitives: Primitives = {
  sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
  hasher() {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    return {
      update(bytes) {
        length += bytes.length;
        if (length > maxHeldBytes)
          throw new RangeError("a file in it is too large to check here: use npm run verify");
        pieces.push(bytes);
      },
      digest: async () =>
        new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(pieces).arrayBuffer())),
    };
  },
  async ed25519({ kty, crv, x }, signature, message) {
    const key = await crypto.subtle.importKey("jwk", { kty, crv, x }, { name: "Ed25519" }, false, ["verify"]);
    return crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
  },
};

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** Bytes of a base64url text; undefined for any text but the one that encodes exactly `length` bytes (RFC 4648, 3.5). */
export function fromBase64url(text: string, length: number): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    if (binary.length !== length) return undefined;
    const again = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    return again === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
}
