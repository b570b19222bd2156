import { errorCodes, type ErrorCode } from "../../shared/contract/errors.ts";

/** `network`: no answer came at all. `unreadable`: an answer came that is not of this API. */
export type UserErrorCode = ErrorCode | "network" | "unreadable";

/** The one shape in which anything that went wrong reaches a page: what happened, what to do next, and its code. */
export class UserError extends Error {
  readonly code: UserErrorCode;
  readonly hint: string | undefined;
  /** More fields of the problem by code: `positions`, `decision`, `position`... */
  readonly extra: Readonly<Record<string, unknown>>;
  constructor(code: UserErrorCode, message: string, hint?: string, extra: Record<string, unknown> = {}) {
    super(message);
    this.name = "UserError";
    this.code = code;
    this.hint = hint;
    this.extra = extra;
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(errorCodes, code);
}

/** A problem document (RFC 9457), already read as JSON, in a person's terms. */
export function fromProblem(problem: unknown, status: number): UserError {
  const fields: Record<string, unknown> =
    typeof problem === "object" && problem !== null ? { ...problem } : {};
  if (!isErrorCode(fields["code"]))
    return new UserError(
      "unreadable",
      `The gateway answered ${status}, in words this page does not know.`,
      "Reload the page. If it stays, something between you and the gateway changes its answers.",
    );
  const { code, title, detail, hint, ...extra } = fields;
  const sentence =
    typeof detail === "string" ? detail : typeof title === "string" ? title : errorCodes[code].title;
  return new UserError(code, sentence, typeof hint === "string" ? hint : undefined, extra);
}

/** Anything thrown, in a person's terms. An abort stays an abort: nobody is told about it. */
export function toUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  if (error instanceof TypeError)
    return new UserError(
      "network",
      "The gateway does not answer.",
      "Check your connection. Nothing that you typed is lost.",
    );
  return new UserError(
    "internal",
    "This page ran into a fault of its own.",
    "Reload it. Your queries stay in this tab.",
  );
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
