import { canonicalJson } from "../../shared/canonical.ts";
import type {
  PostgresAddress,
  PostgresTargetInput,
  SshAddress,
  SshProof,
  SshSecret,
  SshTargetInput,
  TargetInput,
} from "../../shared/nouns/target.ts";
import { checkedHost, isLoopback } from "./host.ts";

/** What of a target's settings says where it is, and whose word for it is taken. Throws `invalid`. */
export function addressOf(input: TargetInput): Placed {
  return input.kind === "postgres"
    ? { kind: input.kind, address: postgresAddress(input) }
    : { kind: input.kind, address: sshAddress(input) };
}
/** Where a target is, by its kind. */
export type Placed = { kind: "postgres"; address: PostgresAddress } | { kind: "ssh"; address: SshAddress };

/** `tls` left out: a certificate that is checked, but on this machine. `true` is `verify`, `false` is `off`. */
function postgresAddress(input: PostgresTargetInput): PostgresAddress {
  const host = checkedHost(input.host);
  const asked = input.tls ?? !isLoopback(host);
  const tls = typeof asked === "boolean" ? (asked ? "verify" : "off") : asked;
  const { port, database, tlsCa } = input;
  return { host, port, database, tls, ...(tlsCa === undefined ? {} : { tlsCa }) };
}

function sshAddress({ host, port, hostKeys, jumps }: SshTargetInput): SshAddress {
  return {
    host: checkedHost(host),
    port,
    hostKeys,
    jumps: jumps.map(({ host, port, user, hostKeys }) => ({
      host: checkedHost(host),
      port,
      user,
      hostKeys,
    })),
  };
}

/** What of the settings is secret, as one text to be sealed; undefined where they carry none. */
export function secretOf(input: TargetInput): string | undefined {
  if (input.kind === "postgres") return input.password;
  const given = [input, ...input.jumps].some((place) => Object.keys(proofOf(place)).length > 0);
  if (!given) return undefined;
  const secret: SshSecret = { ...proofOf(input), jumps: input.jumps.map(proofOf) };
  return canonicalJson(secret);
}

const proofOf = ({ password, privateKey, passphrase, answers }: SshProof): SshProof => ({
  ...(password !== undefined && { password }),
  ...(privateKey !== undefined && { privateKey }),
  ...(passphrase !== undefined && { passphrase }),
  ...(answers !== undefined && { answers }),
});

/** What a secret is sent to: where any of it changes, the secret has to be entered again. */
export function secretGoesTo({ kind, address, user }: Placed & { user: string }): string {
  if (kind === "ssh") return canonicalJson({ kind, address, user });
  const { host, port, tls, tlsCa = null } = address;
  return canonicalJson({ kind, host, port, tls, tlsCa, user });
}
