import { z } from "zod";
import { TargetName } from "../ids.ts";

export const TargetKind = z.enum(["postgres"]);
export type TargetKind = z.infer<typeof TargetKind>;

/** `env=prod` and kin: what policies speak of. */
export const Tags = z.record(z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/), z.string().min(1).max(128));
export type Tags = z.infer<typeof Tags>;

export const TlsMode = z.enum(["off", "require", "verify"]);

/** How to reach a PostgreSQL target; the credential is held apart, sealed. */
export const PostgresAddress = z.object({
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65535),
  database: z.string().min(1).max(63),
  /** `verify` checks the certificate against the system's or the given CA; `off` is for loopback. */
  tls: TlsMode.default("verify"),
  tlsCa: z.string().max(65536).optional(),
});
export type PostgresAddress = z.infer<typeof PostgresAddress>;

/** A thing that can be reached, as anyone who may reach it sees it. Never carries a credential. */
export const Target = z.object({
  name: TargetName,
  kind: TargetKind,
  tags: Tags,
  address: PostgresAddress,
  user: z.string(),
  /** Grows with every change of address, credential or tags; a Permit is bound to it. */
  revision: z.int(),
  disabled: z.boolean(),
  /** True where the declarative file manages it: read-only in the portal. */
  managed: z.boolean(),
  updatedAt: z.iso.datetime(),
});
export type Target = z.infer<typeof Target>;

/** `PUT /api/targets/{name}`. `password` is write-only: left out on replace, the sealed one stays. */
export const TargetInput = z.strictObject({
  kind: z.literal("postgres"),
  host: PostgresAddress.shape.host,
  port: PostgresAddress.shape.port.default(5432),
  database: PostgresAddress.shape.database,
  user: z.string().min(1).max(63),
  password: z.string().min(1).max(4096).optional(),
  tls: z.union([TlsMode, z.boolean()]).optional(),
  tlsCa: PostgresAddress.shape.tlsCa,
  tags: Tags.default({}),
  disabled: z.boolean().default(false),
});
export type TargetInput = z.infer<typeof TargetInput>;

/** What the vault releases for a Permit. Exists in memory only, for the length of a connect. */
export type Credential = { user: string; password?: string };
