import type { Permit } from "../../../approval/permit.ts";

/** Longest waits of one backend connection, in milliseconds. */
export type BackendLimits = {
  connectTimeoutMs: number;
  /** The server's own stop, behind the gateway's deadline for each command. */
  statementTimeoutMs: number;
  lockTimeoutMs: number;
  idleInTransactionMs: number;
  /** IP addresses that nothing connects to, whatever name leads there. */
  isRefusedAddress: (ip: string) => boolean;
};

export const defaultBackendLimits = {
  connectTimeoutMs: 10_000,
  statementTimeoutMs: 15 * 60_000,
  lockTimeoutMs: 10_000,
  idleInTransactionMs: 60_000,
} satisfies Partial<BackendLimits>;

/**
 * Settings that facts and masking rely on. Given at startup, they are what RESET goes back to, also where the role
 * or the database has others.
 */
const pinned = {
  default_transaction_read_only: "on",
  standard_conforming_strings: "on",
  client_encoding: "UTF8",
  DateStyle: "ISO",
  extra_float_digits: "1",
  client_min_messages: "notice",
} as const;

/**
 * Puts every setting and the role back to what the session started with, so that no command meets another's: what
 * was reviewed would otherwise mean something else.
 */
export const restoreSettings = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL";

const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * `search_path` with each schema quoted and `pg_temp` last, so that a temporary table cannot stand in for one that
 * the command was judged by.
 */
export function searchPathSetting(schemas: readonly string[]): string {
  const path = schemas.filter((schema) => schema !== "pg_temp");
  return [...path, "pg_temp"].map(quoteIdentifier).join(", ");
}

/** The `options` startup parameter: `-c name=value`, with a backslash before white space and backslashes. */
export function startupOptions(searchPath: readonly string[] | undefined, limits: BackendLimits): string {
  const settings = {
    ...pinned,
    ...(searchPath && { search_path: searchPathSetting(searchPath) }),
    statement_timeout: String(limits.statementTimeoutMs),
    lock_timeout: String(limits.lockTimeoutMs),
    idle_in_transaction_session_timeout: String(limits.idleInTransactionMs),
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, "\\$&")}`)
    .join(" ");
}

/** `sluice/<session id>`: what the target's own administrators see. */
export function applicationName(permit: Permit): string {
  return `sluice/${permit.binding.session ?? permit.binding.purpose}`;
}
