import type { Findings } from "./findings.ts";

/**
 * Settings that change who acts, what names mean, or what is protected (PostgreSQL 18, chapter 19): each is a fact
 * by its own name, and counts as a change.
 */
const guarded = new Map<string, string>([
  ["role", "role"],
  ["session_authorization", "session-authorization"],
  ["search_path", "set:search_path"],
  ["standard_conforming_strings", "set:standard_conforming_strings"],
  ["backslash_quote", "set:backslash_quote"],
  ["client_encoding", "set:client_encoding"],
  ["row_security", "set:row_security"],
  ["session_replication_role", "set:session_replication_role"],
  ["session_preload_libraries", "set:session_preload_libraries"],
  ["local_preload_libraries", "set:local_preload_libraries"],
  ["dynamic_library_path", "set:dynamic_library_path"],
  ["temp_tablespaces", "set:temp_tablespaces"],
  ["log_statement", "set:log_statement"],
  ["log_min_messages", "set:log_min_messages"],
  ["statement_timeout", "set:statement_timeout"],
  ["lock_timeout", "set:lock_timeout"],
  ["transaction_timeout", "set:transaction_timeout"],
  ["idle_in_transaction_session_timeout", "set:idle_in_transaction_session_timeout"],
]);

/** Settings that leave read-only, unless they are switched on. */
const readOnly = new Set(["transaction_read_only", "default_transaction_read_only"]);

/** Settings by which the target reads later commands otherwise than the parser does. */
const misleading = new Set([
  "search_path",
  "standard_conforming_strings",
  "backslash_quote",
  "client_encoding",
]);

/** Notes that what follows in the session cannot be read for certain; `what` says by which change. */
export function noteUnreadable(findings: Findings, what: string): void {
  findings.opaque.add(`${what} changes how later commands are read`);
}

const on = (value: string | undefined): boolean => /^(on|true|yes|1|t|y|tr|tru|ye)$/i.test(value ?? "");

/**
 * Notes a change of a setting by SET, RESET or set_config. `name` undefined: an expression decides. `shown`: the name
 * is an identifier, not a value of the text. No values: "read-write" alone tells one from another.
 */
export function noteSetting(
  findings: Findings,
  name: string | undefined,
  values: readonly string[],
  shown: boolean,
): void {
  const change = (fact: string): void => void findings.sessionChanges.add(fact);
  if (name === undefined) {
    change("set:unknown");
    findings.opaque.add("which setting it changes is computed as it runs");
    findings.writes = true;
    return;
  }
  const setting = name.toLowerCase().replaceAll(" ", "_");
  const fact = guarded.get(setting);
  if (readOnly.has(setting)) {
    if (values.length === 1 && on(values[0])) return change("read-only");
    findings.writes = true;
    return change("read-write");
  }
  if (fact !== undefined) {
    findings.writes = true;
    if (misleading.has(setting)) noteUnreadable(findings, `setting ${setting}`);
    return change(fact);
  }
  // Custom settings (`app.user`) feed row security policies.
  if (setting.includes(".")) {
    findings.writes = true;
    return change("set:custom");
  }
  change(shown ? `set:${setting}` : "set:other");
}
