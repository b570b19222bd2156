import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { Refusal } from "../../shared/contract/errors.ts";

/** Probes ask by address, not by name; they answer nothing that is worth a forged Host. */
const probes = new Set(["/healthz", "/readyz", "/metrics"]);

/** Refuses a `Host` that is not served here (DNS rebinding) and a foreign `Origin` (cross-site requests, CSWSH). */
export function checkOrigin(options: { hosts: string[]; origins: string[] }): MiddlewareHandler {
  return async function origin(context, next) {
    if (probes.has(context.req.path)) return next();
    const host = context.req.header("host")?.toLowerCase() ?? "";
    if (!options.hosts.includes(host))
      throw new Refusal("host_refused", "This host name is not served here.", {
        hint: "Open the address that the gateway prints at its start.",
      });
    const origin = context.req.header("origin");
    if (origin !== undefined && !options.origins.includes(origin)) {
      // A page may be navigated to from elsewhere (sign-in posts back with `Origin: null`); the API may not be called so.
      if (context.req.path.startsWith("/api/"))
        throw new Refusal("origin_refused", "Requests from this origin are refused.");
    }
    return next();
  };
}

/** Whether a text is JSON that has the key `__proto__` somewhere, however that is spelt. */
function namesPrototype(text: string): boolean {
  if (!/__proto__|\\u/i.test(text)) return false;
  let found = false;
  try {
    JSON.parse(text, (key, value: unknown) => {
      found ||= key === "__proto__";
      return value;
    });
  } catch {
    // Whoever reads the body says that it is no JSON.
    return false;
  }
  return found;
}

/**
 * Refuses a replacement whose body names `__proto__`: the key would vanish on its way into an object, and a map
 * without it would replace the whole.
 */
export const refusePrototypeKeys: MiddlewareHandler = async function prototypeKeys(context, next) {
  if (context.req.method === "PUT" && namesPrototype(await context.req.text()))
    throw new Refusal("malformed", "The body has a key __proto__, which names nothing here.");
  return next();
};

/** A file's bytes are counted as they are taken in, and are no JSON. */
export const unlessUpload = (guard: MiddlewareHandler): MiddlewareHandler =>
  function uploads(context, next) {
    const { method, path } = context.req;
    const isUpload = method === "PUT" && /^\/api\/sessions\/[^/]+\/files\/content$/.test(path);
    return isUpload ? next() : guard(context, next);
  };

/** The answer to HEAD is the one to GET without its body: what would have written that is told that nobody reads it. */
export const dropUnread: MiddlewareHandler = async function unread(context, next) {
  await next();
  if (context.req.method === "HEAD") await context.res.body?.cancel();
};

/**
 * Response headers for pages and API. Monaco and the terminal set styles inline, hence `unsafe-inline` for styles
 * alone; scripts come from here only.
 */
export function securityHeaders(options: { issuerOrigins: string[]; secure: boolean }): MiddlewareHandler {
  const elsewhere = options.issuerOrigins.join(" ");
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    `connect-src 'self' ${elsewhere}`,
    `frame-src 'self' ${elsewhere}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].map((directive) => directive.trimEnd());
  return async function headers(context, next) {
    await next();
    // The response's own: setting them through the context would copy the response for each.
    const { headers } = context.res;
    const set = (name: string, value: string) => headers.has(name) || headers.set(name, value);
    // Silent renewal opens the portal's own redirect page in a hidden frame.
    const ancestors = context.req.path.startsWith("/auth/") ? "'self'" : "'none'";
    set("content-security-policy", `${policy.join("; ")}; frame-ancestors ${ancestors}`);
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "no-referrer");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("permissions-policy", "camera=(), microphone=(), geolocation=()");
    if (options.secure) set("strict-transport-security", "max-age=31536000; includeSubDomains");
    if (context.req.path.startsWith("/api/")) set("cache-control", "no-store");
  };
}

/**
 * Refuses larger bodies with `too_large`. A declared length is judged without opening the body, for Node's parser holds
 * the client to it; what comes in pieces is counted.
 */
export function limitBody(maxBytes: number): MiddlewareHandler {
  const refuse = (): never => {
    throw new Refusal("too_large", `The body is larger than ${maxBytes} bytes.`);
  };
  const counted = bodyLimit({ maxSize: maxBytes, onError: refuse });
  return async function limit(context, next) {
    const length = context.req.header("content-length");
    if (length === undefined || context.req.header("transfer-encoding") !== undefined)
      return counted(context, next);
    return Number(length) > maxBytes ? refuse() : next();
  };
}
