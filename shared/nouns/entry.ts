import { z } from "zod";

export const EntryKind = z.enum([
  "session.opened",
  "session.closed",
  "command.blocked",
  "command.intent",
  "command.outcome",
  "review.opened",
  "review.vote",
  "review.decided",
  "review.expired",
  "review.withdrawn",
  "policy.changed",
  "target.changed",
  "classes.changed",
  "access.revoked",
  "access.restored",
  "impact.intent",
  "catalog.read",
  "discovery.read",
  "script.read",
  "terminal.opened",
  "terminal.incident",
  "recording.viewed",
  "recording.removed",
  "bodies.removed",
  "review.cleared",
  "hold.placed",
  "hold.lifted",
  "evidence.exported",
  "evidence.alarm",
  "evidence.sound",
  "key.rotated",
  "gateway.started",
  "gateway.stopped",
]);
export type EntryKind = z.infer<typeof EntryKind>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * A line of the ledger. `bodyHash` is SHA-256, in hex, over the body's canonical JSON; `hash` is SHA-256 over `previous`
 * (hex, as bytes of ASCII) and the canonical JSON of `{seq, at, kind, actor, session, command, bodyHash}`, so that a body
 * can be removed and the chain still verifies. The first entry's `previous` is 64 zeros.
 */
export const Entry = z.object({
  seq: z.int().min(1),
  at: z.iso.datetime(),
  kind: EntryKind,
  actor: z.string().nullable(),
  session: z.string().nullable(),
  command: z.string().nullable(),
  /** Never carries row values; commands are carried as they were asked. Null: removed, as a `bodies.removed` says. */
  body: z.record(z.string(), z.json()).nullable(),
  bodyHash: sha256,
  previous: sha256,
  hash: sha256,
});
export type Entry = z.infer<typeof Entry>;

/** A signed statement that the chain had `hash` at `seq`. Ed25519 over the canonical JSON of the other fields. */
export const Checkpoint = z.object({
  seq: z.int().min(0),
  hash: z.string(),
  at: z.iso.datetime(),
  keyId: z.string(),
  signature: z.string(),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** Public keys in JWK form (OKP, Ed25519) by key id; the id is the first 16 hex digits of the key's SHA-256. */
export const LedgerKeys = z.object({
  keys: z.array(
    z.object({
      keyId: z.string(),
      jwk: z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() }),
      since: z.iso.datetime(),
    }),
  ),
});
export type LedgerKeys = z.infer<typeof LedgerKeys>;
