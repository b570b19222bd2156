import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from "node:crypto";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Credential, Target } from "../../shared/nouns/target.ts";
import type { Permit } from "../approval/permit.ts";
import type { SealingKey } from "../config/config.ts";

/** A sealed secret as the store holds it. `nonce` and `box` (ciphertext and tag) are base64. */
export type Sealed = { keyId: string; nonce: string; box: string };

export type Vault = {
  /** Seals with the first key, for one target. */
  seal(targetName: string, plain: string): Sealed;
  /**
   * The target's credential, for one connect. Throws `permit_invalid` where the permit is not for this target as it
   * stands, `credential_unavailable` where the seal is broken or its key is gone.
   */
  open(permit: Permit, target: Target, sealed: Sealed | null): Credential;
  /** Seals a secret of the gateway's own, bound to its purpose as a credential is to its target. */
  sealOwn(purpose: string, plain: string): Sealed;
  /** What `sealOwn` sealed; undefined where the seal is broken, for another purpose, or its key is gone. */
  openOwn(purpose: string, sealed: Sealed): string | undefined;
  /** Whether `plain` is what was sealed: lets a declaration be applied again without a change. False where it cannot be opened. */
  matches(targetName: string, sealed: Sealed, plain: string): boolean;
  /** True where another key than the first sealed it. */
  needsReseal(sealed: Sealed): boolean;
  /** The same secret under the first key. Throws `credential_unavailable`. */
  reseal(targetName: string, sealed: Sealed): Sealed;
};

const cipher = "aes-256-gcm";
const keyBytes = 32;
/** NIST SP 800-38D: 96 random bits, 128 bits of tag. */
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Holds the sealing keys. A sealed credential is bound to its target's name and its key's id, so that one target's
 * cannot be opened as another's. The first key seals, any opens.
 */
export function createVault({ keys, now }: { keys: readonly SealingKey[]; now: () => number }): Vault {
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  const [sealingKey] = keys;
  if (
    sealingKey === undefined ||
    byId.size !== keys.length ||
    keys.some(({ key }) => key.length !== keyBytes)
  )
    throw new TypeError(`the vault needs keys of ${keyBytes} bytes with different ids`);

  type Kind = "target credential" | "gateway secret";
  const boundTo = (kind: Kind, name: string, keyId: string) =>
    Buffer.from(JSON.stringify([kind, name, keyId]));

  const sealAs = (kind: Kind, name: string, plain: string): Sealed => {
    const { id, key } = sealingKey;
    const nonce = randomBytes(nonceBytes);
    const sealing = createCipheriv(cipher, key, nonce).setAAD(boundTo(kind, name, id));
    const box = Buffer.concat([sealing.update(plain, "utf8"), sealing.final(), sealing.getAuthTag()]);
    return { keyId: id, nonce: nonce.toString("base64"), box: box.toString("base64") };
  };

  /** Undefined where it cannot be opened: what exactly went wrong would only help to forge a seal. */
  function unseal(kind: Kind, name: string, sealed: Sealed): string | undefined {
    const key = byId.get(sealed.keyId);
    if (key === undefined) return undefined;
    const box = Buffer.from(sealed.box, "base64");
    try {
      const opening = createDecipheriv(cipher, key, Buffer.from(sealed.nonce, "base64"), {
        authTagLength: tagBytes,
      })
        .setAAD(boundTo(kind, name, sealed.keyId))
        .setAuthTag(box.subarray(-tagBytes));
      return Buffer.concat([opening.update(box.subarray(0, -tagBytes)), opening.final()]).toString("utf8");
    } catch {
      return undefined;
    }
  }

  function demand(targetName: string, sealed: Sealed): string {
    const plain = unseal("target credential", targetName, sealed);
    if (plain !== undefined) return plain;
    throw new Refusal("credential_unavailable", `The credential of ${targetName} cannot be opened.`, {
      hint: byId.has(sealed.keyId)
        ? "Enter the target's password again."
        : `It was sealed with the key "${sealed.keyId}", which this gateway was not given.`,
    });
  }

  const seal = (targetName: string, plain: string) => sealAs("target credential", targetName, plain);

  return {
    seal,
    sealOwn: (purpose, plain) => sealAs("gateway secret", purpose, plain),
    openOwn: (purpose, sealed) => unseal("gateway secret", purpose, sealed),
    open(permit, target, sealed) {
      permit.check(now(), { target: target.name, targetRevision: target.revision });
      return sealed === null
        ? { user: target.user }
        : { user: target.user, secret: demand(target.name, sealed) };
    },
    matches(targetName, sealed, plain) {
      const held = Buffer.from(unseal("target credential", targetName, sealed) ?? "");
      const given = Buffer.from(plain);
      return held.length === given.length && timingSafeEqual(held, given);
    },
    needsReseal: (sealed) => sealed.keyId !== sealingKey.id,
    reseal: (targetName, sealed) => seal(targetName, demand(targetName, sealed)),
  };
}
