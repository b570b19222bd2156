import { z } from "zod";
import { TargetName } from "../ids.ts";

export const TargetKind = z.enum(["postgres", "ssh"]);
export type TargetKind = z.infer<typeof TargetKind>;

/** `env=prod` and kin: what policies speak of. */
export const Tags = z.record(z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/), z.string().min(1).max(128));
export type Tags = z.infer<typeof Tags>;

export const TlsMode = z.enum(["off", "require", "verify"]);

const Host = z.string().min(1).max(253);
const Port = z.int().min(1).max(65535);

/** How to reach a PostgreSQL target; the credential is held apart, sealed. */
export const PostgresAddress = z.object({
  host: Host,
  port: Port,
  database: z.string().min(1).max(63),
  /** `verify` checks the certificate against the system's or the given CA; `off` is for loopback. */
  tls: TlsMode.default("verify"),
  tlsCa: z.string().max(65536).optional(),
});
export type PostgresAddress = z.infer<typeof PostgresAddress>;

/** A public key as `known_hosts` has it, without the name before it: `ssh-ed25519 AAAA...`. */
export const HostKey = z
  .string()
  .max(4096)
  .regex(/^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}$/);
const HostKeys = z.array(HostKey).min(1).max(8);
const SshUser = z.string().min(1).max(255);

/** A host on the way, with the user there. */
export const SshJump = z.object({ host: Host, port: Port.default(22), user: SshUser, hostKeys: HostKeys });
export type SshJump = z.infer<typeof SshJump>;

/** How to reach an SSH host. A host that shows none of these keys is not spoken to. */
export const SshAddress = z.object({
  host: Host,
  port: Port,
  hostKeys: HostKeys,
  /** In the order in which they are passed. */
  jumps: z.array(SshJump).max(3),
});
export type SshAddress = z.infer<typeof SshAddress>;

const common = {
  name: TargetName,
  tags: Tags,
  user: z.string(),
  /** Grows with every change of address, credential or tags; a Permit is bound to it. */
  revision: z.int(),
  disabled: z.boolean(),
  /** True where the declarative file manages it: read-only in the portal. */
  managed: z.boolean(),
  updatedAt: z.iso.datetime(),
};
export const PostgresTarget = z.object({ ...common, kind: z.literal("postgres"), address: PostgresAddress });
export type PostgresTarget = z.infer<typeof PostgresTarget>;
export const SshTarget = z.object({ ...common, kind: z.literal("ssh"), address: SshAddress });
export type SshTarget = z.infer<typeof SshTarget>;

/** A thing that can be reached, as anyone who may reach it sees it. Never carries a credential. */
export const Target = z.discriminatedUnion("kind", [PostgresTarget, SshTarget]);
export type Target = z.infer<typeof Target>;

const inputs = { tags: Tags.default({}), disabled: z.boolean().default(false) };

/** `PUT /api/targets/{name}`. `password` is write-only: left out on replace, the sealed one stays. */
export const PostgresTargetInput = z.strictObject({
  kind: z.literal("postgres"),
  host: Host,
  port: Port.default(5432),
  database: PostgresAddress.shape.database,
  user: z.string().min(1).max(63),
  password: z.string().min(1).max(4096).optional(),
  tls: z.union([TlsMode, z.boolean()]).optional(),
  tlsCa: PostgresAddress.shape.tlsCa,
  ...inputs,
});
export type PostgresTargetInput = z.infer<typeof PostgresTargetInput>;

/** How one proves who one is to an SSH host. All of it is write-only, and sealed as one. */
const proofs = {
  password: z.string().min(1).max(4096).optional(),
  /** In OpenSSH's or PEM form. */
  privateKey: z.string().min(1).max(65536).optional(),
  passphrase: z.string().min(1).max(4096).optional(),
  /** To a host's keyboard-interactive questions, in their order. */
  answers: z.array(z.string().max(4096)).max(8).optional(),
};
export const SshProof = z.strictObject(proofs);
export type SshProof = z.infer<typeof SshProof>;

/** As above; leaving every proof out on replace keeps the sealed ones. */
export const SshTargetInput = z.strictObject({
  kind: z.literal("ssh"),
  host: Host,
  port: Port.default(22),
  user: SshUser,
  hostKeys: HostKeys,
  ...proofs,
  jumps: z
    .array(z.strictObject({ ...SshJump.shape, ...proofs }))
    .max(3)
    .default([]),
  ...inputs,
});
export type SshTargetInput = z.infer<typeof SshTargetInput>;

export const TargetInput = z.discriminatedUnion("kind", [PostgresTargetInput, SshTargetInput]);
export type TargetInput = z.infer<typeof TargetInput>;

/** What the vault releases for a Permit: the user and what was sealed for it. In memory only, for the length of a connect. */
export type Credential = { user: string; secret?: string };

/** What is sealed for an SSH target, as JSON: the proof for the host, and for each jump in its order. */
export const SshSecret = SshProof.extend({ jumps: z.array(SshProof).max(3) });
export type SshSecret = z.infer<typeof SshSecret>;
export type SshCredential = SshSecret & { user: string };
