import { z } from "zod";

/**
 * Branded ids. Every id is `<prefix>_<26 characters>`: 10 characters of milliseconds and 16 of randomness in
 * Crockford base32, so ids sort by time and cannot be guessed (80 random bits).
 */
export const idPrefixes = {
  session: "ses",
  command: "cmd",
  review: "rev",
  chunk: "chk",
  ticket: "tkt",
  block: "blk",
} as const;
export type IdKind = keyof typeof idPrefixes;

const pattern = (kind: IdKind) => new RegExp(`^${idPrefixes[kind]}_[0-9a-hjkmnp-tv-z]{26}$`);

export const SessionId = z.string().regex(pattern("session")).brand<"SessionId">();
export type SessionId = z.infer<typeof SessionId>;
export const CommandId = z.string().regex(pattern("command")).brand<"CommandId">();
export type CommandId = z.infer<typeof CommandId>;
export const ReviewId = z.string().regex(pattern("review")).brand<"ReviewId">();
export type ReviewId = z.infer<typeof ReviewId>;

export const BlockId = z.string().regex(pattern("block")).brand<"BlockId">();
export type BlockId = z.infer<typeof BlockId>;

/** `<issuer host>|<subject>`: stable for one login at one issuer. */
export const ActorId = z.string().min(1).max(512).brand<"ActorId">();
export type ActorId = z.infer<typeof ActorId>;

/** A target's name is its id in the API: lower case letters, digits and dashes. */
export const TargetName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "lower case letters, digits and dashes, at most 63")
  .brand<"TargetName">();
export type TargetName = z.infer<typeof TargetName>;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

const randomBytes = 16;
/** Fetched for many ids at once: the call costs more than the bytes. Each is used once. */
const pool = new Uint8Array(128 * randomBytes);
let used = pool.length;

function random(): Uint8Array {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += randomBytes;
  return pool.subarray(used - randomBytes, used);
}

/** Makes a new id of a kind. `now` is in milliseconds since 1970. */
export function newId(kind: IdKind, now: number = Date.now()): string {
  let time = "";
  for (let rest = now, i = 0; i < 10; i++) {
    time = alphabet.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let secret = "";
  for (const byte of random()) secret += alphabet.charAt(byte & 31);
  return `${idPrefixes[kind]}_${time}${secret}`;
}
export const newSessionId = (): SessionId => newId("session") as SessionId;
export const newCommandId = (): CommandId => newId("command") as CommandId;
export const newReviewId = (): ReviewId => newId("review") as ReviewId;
