import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { z } from "zod";
import { Refusal } from "../../shared/contract/errors.ts";

/** Where unexpected failures are told: never to the caller. */
export type FailureLog = (failure: { error: unknown; method: string; path: string }) => void;

const storeFailures = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "57P01",
  "57P03",
  "53300",
]);

/** Whether an error says that the store, not the request, is at fault. */
function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return "code" in error ? storeFailures.has(String(error.code)) : withoutConnection.test(error.message);
}
/** What pg says, without a code, where it got no connection in time or lost the one that it had. */
const withoutConnection = /^(timeout exceeded when trying to connect|Connection terminated)/;

/** Any error as the Refusal that the caller may see. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof HTTPException) {
    if (error.status === 413) return new Refusal("too_large", "The body is larger than this gateway takes.");
    if (error.status < 500)
      return new Refusal("malformed", "The request cannot be read.", {
        hint: "Send JSON with Content-Type: application/json.",
      });
  }
  if (isStoreFailure(error))
    return new Refusal("store_unavailable", "The gateway's store gives no answer. Nothing ran.", {
      hint: "Try again shortly.",
    });
  return new Refusal("internal", "Something failed inside the gateway. The log says what.");
}

/** Sends a refusal as `application/problem+json` (RFC 9457). */
export function sendProblem(context: Context, refusal: Refusal): Response {
  const headers: Record<string, string> = { "content-type": "application/problem+json; charset=utf-8" };
  if (refusal.status === 401)
    headers["www-authenticate"] =
      `Bearer error="${refusal.code === "unauthenticated" ? "" : "invalid_token"}"`;
  if (refusal.status === 429 || refusal.status === 503)
    headers["retry-after"] = String(Number(refusal.extra["retryAfterSeconds"] ?? 1));
  // The rest of the body stays unread, so this connection is good for nothing more (RFC 9112, section 9.6).
  if (refusal.status === 413) headers["connection"] = "close";
  return context.body(JSON.stringify(refusal.toProblem()), refusal.status as 400, headers);
}

/** Hono's error handler: logs what nobody planned, answers with what the caller may know. */
export function onError(log: FailureLog) {
  return (error: Error, context: Context): Response => {
    const refusal = toRefusal(error);
    if (refusal.code === "internal" || refusal.code === "store_unavailable")
      log({ error, method: context.req.method, path: context.req.path });
    return sendProblem(context, refusal);
  };
}

/** Of a choice the alternative that fits best: its problems are what the caller has to mend. */
function nearest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const [best] = issue.errors.toSorted((a, b) => a.length - b.length);
  const inner = best?.flatMap(nearest) ?? [];
  return inner.length === 0 ? [issue] : inner.map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

/** A zod failure as `invalid`, with the places that do not fit. */
export function invalid(error: z.core.$ZodError): Refusal {
  const issues = error.issues
    .flatMap(nearest)
    .slice(0, 10)
    .map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  const [first] = issues;
  return new Refusal(
    "invalid",
    first ? `${first.path || "The body"}: ${first.message}.` : "The request does not fit its schema.",
    {
      extra: { issues },
    },
  );
}
