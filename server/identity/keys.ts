import { createLocalJWKSet, errors, type CryptoKey, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { Refusal } from "../../shared/contract/errors.ts";
import type { IssuerConfig } from "../config/config.ts";

/** Keys are read again after this long, and used at most `maxStaleMs` where the issuer does not answer. */
const freshMs = 10 * 60_000;
const maxStaleMs = 60 * 60_000;
/** Unknown keys make the issuer be asked again, but not more often than this; after a failure sooner. */
const cooldownMs = 30_000;
const retryMs = 5_000;
const timeoutMs = 5_000;
const maxDocumentBytes = 512 * 1024;

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const KeyDocument = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/**
 * The signing keys of one issuer, by OpenID Connect Discovery 1.0, held in memory. Follows the issuer's rotation.
 * A token's own `jku`, `x5u`, `jwk` and `x5c` headers never name a key.
 * Throws `issuer_unavailable` where no keys can be had; jose's errors where none fits the token.
 */
export function createKeys(
  config: Pick<IssuerConfig, "issuer" | "discoveryUrl">,
  { now, fetch }: { now: () => number; fetch: typeof globalThis.fetch },
): JWTVerifyGetKey<CryptoKey> {
  let held: { find: ReturnType<typeof createLocalJWKSet>; at: number } | undefined;
  let triedAt = -Infinity;
  let failed = false;
  let reading: Promise<void> | undefined;

  const unavailable = (cause?: unknown) =>
    new Refusal("issuer_unavailable", `The identity provider ${config.issuer} gives no answer.`, {
      hint: "Try again in a minute.",
      cause,
    });

  async function read(): Promise<void> {
    const base = config.issuer.replace(/\/$/, "");
    const discovered = Discovery.parse(
      await getJson(config.discoveryUrl ?? `${base}/.well-known/openid-configuration`),
    );
    if (discovered.issuer !== config.issuer) throw new Error("the discovery document is another issuer's");
    const { protocol } = new URL(discovered.jwks_uri);
    if (protocol !== "https:" && protocol !== new URL(config.issuer).protocol)
      throw new Error("the keys would cross the network unprotected");
    held = { find: createLocalJWKSet(KeyDocument.parse(await getJson(discovered.jwks_uri))), at: now() };
  }

  async function getJson(url: string): Promise<unknown> {
    const response = await fetch(url, {
      redirect: "error",
      headers: { accept: "application/json, application/jwk-set+json" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200 || response.body === null) throw new Error(`HTTP status ${response.status}`);
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > maxDocumentBytes) throw new Error("the document is too large");
    }
    return JSON.parse(text);
  }

  /** One reading at a time, which everybody waits for. Keeps the keys that are held where it fails. */
  async function refresh(): Promise<void> {
    if (reading === undefined) {
      triedAt = now();
      reading = read()
        .then(
          () => void (failed = false),
          (cause: unknown) => {
            failed = true;
            if (held === undefined || now() - held.at > maxStaleMs) throw unavailable(cause);
          },
        )
        .finally(() => (reading = undefined));
    }
    await reading;
  }

  const mayAsk = () => now() - triedAt >= (failed ? retryMs : cooldownMs);

  return async (header, token) => {
    const stale = held === undefined || now() - held.at > freshMs;
    if (stale && (reading !== undefined || mayAsk())) await refresh();
    if (held === undefined || now() - held.at > maxStaleMs) throw unavailable();
    try {
      return await held.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayAsk()) throw error;
      await refresh();
      return held.find(header, token);
    }
  };
}
