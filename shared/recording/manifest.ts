import { z } from "zod";
import { FileKey } from "./ledger-file.ts";

export const archiveVersion = 1;

/**
 * An archive of evidence for a period is a tar file (see tar.ts). In this order: `keys.json`; `ledger/000001.jsonl` and
 * so on, which put together are one export of the ledger, from the last checkpoint before the period to the head;
 * `recordings/<session>.rec`; `summary.html` for people; and `manifest.json`, which is this.
 */
export const Manifest = z.strictObject({
  version: z.literal(archiveVersion),
  /** The period, up to but not including `to`: sessions that were open in it. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  at: z.iso.datetime(),
  /** Every file but this one, in order; SHA-256 in hex. */
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
  /** Sessions of the period whose recording is not in the archive, and why. */
  missing: z.array(z.strictObject({ session: z.string(), why: z.string() })),
  keyId: z.string(),
  jwk: FileKey.shape.jwk,
  /** Ed25519, base64url, over the canonical JSON of the other fields. */
  signature: z.string(),
});
export type Manifest = z.infer<typeof Manifest>;
