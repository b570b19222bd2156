/**
 * The closed set of error codes. Each crosses the wire as `application/problem+json` (RFC 9457) with `code`,
 * `title`, `status`, `detail` and, where one helps, `hint`. A code never changes its meaning.
 */
export const errorCodes = {
  unauthenticated: { status: 401, title: "Sign in first" },
  token_invalid: { status: 401, title: "The token is not accepted" },
  token_expired: { status: 401, title: "The token has expired" },
  issuer_unavailable: { status: 503, title: "The identity provider gives no answer" },
  access_revoked: { status: 403, title: "Your access was taken back" },
  groups_overage: { status: 403, title: "The token carries no groups" },
  origin_refused: { status: 403, title: "Requests from this origin are refused" },
  host_refused: { status: 421, title: "This host name is not served here" },
  ticket_invalid: { status: 401, title: "The ticket is not valid" },
  forbidden: { status: 403, title: "You may not do this" },
  not_found: { status: 404, title: "There is nothing here for you" },
  removed: { status: 410, title: "Removed by retention" },
  method_not_allowed: { status: 405, title: "This method is not offered here" },
  malformed: { status: 400, title: "The request cannot be read" },
  invalid: { status: 422, title: "The request does not fit its schema" },
  too_large: { status: 413, title: "The request is too large" },
  rate_limited: { status: 429, title: "Too many requests" },
  conflict: { status: 409, title: "The state has changed" },
  idempotency_conflict: { status: 409, title: "This Idempotency-Key was used with another body" },
  managed: { status: 409, title: "A file manages this" },
  sql_unparseable: { status: 400, title: "The SQL cannot be parsed" },
  sql_too_large: { status: 413, title: "The SQL is too large" },
  sql_empty: { status: 400, title: "There is no statement" },
  shell_unparseable: { status: 400, title: "The command cannot be parsed" },
  shell_too_large: { status: 413, title: "The command is too large" },
  shell_not_governable: { status: 409, title: "This shell cannot be governed" },
  parser_unavailable: { status: 503, title: "The parser gave no answer" },
  parameters_mismatch: { status: 422, title: "The parameters do not fit the statement" },
  runs_alone: { status: 422, title: "A statement of it runs alone" },
  blocked: { status: 403, title: "Blocked by policy" },
  masking_refused: { status: 403, title: "This statement cannot be masked safely" },
  rejected: { status: 403, title: "Rejected by a reviewer" },
  expired: { status: 403, title: "The review expired" },
  withdrawn: { status: 403, title: "The request was withdrawn" },
  self_approval: { status: 403, title: "You cannot decide your own request" },
  not_a_reviewer: { status: 403, title: "You are not among its reviewers" },
  hash_mismatch: { status: 409, title: "This is not the command that is held" },
  already_decided: { status: 409, title: "The review is decided" },
  already_voted: { status: 409, title: "You have voted" },
  permit_invalid: { status: 403, title: "The permit does not fit what would run" },
  stale_authority: { status: 403, title: "What was approved no longer holds" },
  session_closed: { status: 409, title: "The session is closed" },
  session_limit: { status: 429, title: "Too many open sessions" },
  session_busy: { status: 409, title: "The session is running another command" },
  target_unreachable: { status: 502, title: "The target cannot be reached" },
  target_refused: { status: 502, title: "The target refused the gateway" },
  host_key_changed: { status: 502, title: "The host is not the one that was pinned" },
  target_disabled: { status: 409, title: "The target is disabled" },
  target_kind: { status: 422, title: "This kind of target cannot do that" },
  file_not_found: { status: 404, title: "The target has no such file" },
  file_refused: { status: 409, title: "The target refuses this for the file" },
  not_text: { status: 409, title: "The file is no text" },
  content_gone: { status: 410, title: "The file's content is gone" },
  catalog_unavailable: { status: 503, title: "The target's catalog is not known" },
  credential_unavailable: { status: 500, title: "The target's credential cannot be opened" },
  policy_invalid: { status: 422, title: "The policies do not validate" },
  classes_invalid: { status: 422, title: "The classes do not fit the catalog" },
  journal_unavailable: { status: 503, title: "Nothing runs while it cannot be recorded" },
  store_unavailable: { status: 503, title: "The gateway's store gives no answer" },
  cancelled: { status: 409, title: "The command was cancelled" },
  timeout: { status: 504, title: "It took too long" },
  too_many_rows: { status: 409, title: "It would have touched more rows than allowed" },
  draining: { status: 503, title: "The gateway is stopping" },
  internal: { status: 500, title: "Something failed inside the gateway" },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** RFC 9457 problem details, as the API sends them. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  hint?: string;
  /** More fields by code: `positions` (policy_invalid), `decision` (blocked), `command`... */
  [extension: string]: unknown;
};

/** The one way in which a stage says no. `detail` is shown to people; it never carries a secret or a row value. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly extra: Record<string, unknown>;
  constructor(
    code: ErrorCode,
    detail: string,
    options: { hint?: string; extra?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Refusal";
    this.code = code;
    this.hint = options.hint;
    this.extra = options.extra ?? {};
  }
  /** The HTTP status that belongs to the code. */
  get status(): number {
    return errorCodes[this.code].status;
  }
  toProblem(): Problem {
    const { status, title } = errorCodes[this.code];
    return {
      ...this.extra,
      type: `urn:sluice:error:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    };
  }
}
