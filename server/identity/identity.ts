import { createHash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from "jose";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { IssuerConfig } from "../config/config.ts";
import { actorFrom } from "./claims.ts";
import { createKeys } from "./keys.ts";
import type { Rates } from "./rates.ts";

export type Identity = {
  /**
   * Who presents this bearer token (without the word `Bearer`). Throws `unauthenticated` where there is none,
   * `token_expired`, `token_invalid`, `groups_overage`, `issuer_unavailable`, and `rate_limited` for a token that is
   * not known yet where too many `from` the same network were refused.
   */
  authenticate(bearer: string, from?: string): Promise<Actor>;
};

const maxTokenLength = 16 * 1024;
/** Difference between the issuer's clock and ours that is forgiven. */
const clockSkewSeconds = 30;
/** An answer is remembered until the token ends, but no longer than this. */
const rememberMs = 60_000;
const maxRemembered = 10_000;

/** Symmetric algorithms and `none` are never accepted, whatever the configuration says (RFC 8725, 2.1). */
const asymmetric = new Set([
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
]);

const refuse = (detail: string, cause?: unknown) => new Refusal("token_invalid", detail, { cause });

/** Bearer tokens of the configured issuers: signed JWT access tokens (RFC 9068 and Entra ID's). */
export function createIdentity({
  issuers,
  now,
  fetch = globalThis.fetch,
  refused,
}: {
  issuers: readonly IssuerConfig[];
  /** Milliseconds since 1970. */
  now: () => number;
  fetch?: typeof globalThis.fetch;
  /** Of each network, how many credentials were refused. */
  refused?: Rates;
}): Identity {
  const trusted = new Map(issuers.map((config) => [config.issuer, verifier(config, { now, fetch })]));
  const remembered = new Map<string, { actor: Actor; until: number }>();
  const verifying = new Map<string, Promise<Actor>>();

  async function verify(token: string, key: string): Promise<Actor> {
    const check = trusted.get(issuerOf(token));
    if (check === undefined) throw refuse("The token's issuer is not trusted here.");
    const actor = await check(token);
    remembered.set(key, { actor, until: Math.min(Date.parse(actor.tokenExpiresAt), now() + rememberMs) });
    const [oldest] = remembered.keys();
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
    return actor;
  }

  return {
    async authenticate(bearer, from = "") {
      if (bearer === "") throw new Refusal("unauthenticated", "The request carries no token.");
      if (bearer.length > maxTokenLength) throw refuse("The token is too long.");
      const key = createHash("sha256").update(bearer).digest("base64");
      const known = remembered.get(key);
      if (known !== undefined) {
        remembered.delete(key);
        if (now() < known.until) {
          // Put back at the end: the least recently used one is at the front.
          remembered.set(key, known);
          return known.actor;
        }
      }
      refused?.check(from);
      let answer = verifying.get(key);
      if (answer === undefined) {
        answer = verify(bearer, key).finally(() => verifying.delete(key));
        verifying.set(key, answer);
      }
      try {
        return await answer;
      } catch (error) {
        if (error instanceof Refusal && error.code === "token_invalid") refused?.spend(from);
        throw error;
      }
    },
  };
}

/** The claimed issuer, which only chooses the keys by which the claim is then checked. */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? "";
  } catch (cause) {
    throw refuse("The token is not a signed JWT.", cause);
  }
}

function verifier(
  config: IssuerConfig,
  clock: { now: () => number; fetch: typeof globalThis.fetch },
): (token: string) => Promise<Actor> {
  const keys = createKeys(config, clock);
  const algorithms = config.algorithms.filter((name) => asymmetric.has(name));
  return async (token) => {
    const claims = await jwtVerify(token, keys, {
      algorithms,
      issuer: config.issuer,
      audience: config.audience,
      clockTolerance: clockSkewSeconds,
      currentDate: new Date(clock.now()),
      requiredClaims: ["sub", "exp"],
    }).then(({ payload }) => payload, translate);
    const { iss, sub, exp, iat } = claims;
    if (iss === undefined || typeof sub !== "string" || exp === undefined)
      throw refuse("The token lacks a claim.");
    if (iat !== undefined && iat * 1000 > clock.now() + clockSkewSeconds * 1000)
      throw refuse("The token is from the future.");
    if (config.tenant !== undefined && claims["tid"] !== config.tenant)
      throw refuse("The token is of another tenant.");
    if (!isAccessToken(decodeProtectedHeader(token).typ, claims, config))
      throw refuse("This is not an access token for this gateway.");
    return actorFrom({ ...claims, iss, sub, exp }, config);
  };
}

const accessTypes = ["at+jwt", "application/at+jwt"];
const idTokenClaims = ["nonce", "at_hash", "c_hash", "s_hash", "events"];
const accessTokenClaims = ["scp", "scope", "client_id", "appid", "azp", "idtyp"];

/**
 * An ID token says that somebody signed in somewhere, not that they may call this API. RFC 9068 tells them apart by
 * type; others by what only one of them carries, and where API and client share an id, an access token has to show
 * that it is one.
 */
function isAccessToken(type: string | undefined, claims: JWTPayload, config: IssuerConfig): boolean {
  const kind = type?.toLowerCase();
  if (kind !== undefined && accessTypes.includes(kind)) return true;
  if (kind !== undefined && kind !== "jwt") return false;
  if (typeof claims["typ"] === "string" && claims["typ"].toLowerCase() !== "bearer") return false;
  if (idTokenClaims.some((name) => Object.hasOwn(claims, name))) return false;
  const sharedId = config.audience === config.clientId || [claims.aud].flat().includes(config.clientId);
  return !sharedId || accessTokenClaims.some((name) => Object.hasOwn(claims, name));
}

/** One sentence for every failure of key and signature: how a forgery fails is not told. */
function translate(error: unknown): never {
  if (error instanceof Refusal) throw error;
  if (error instanceof errors.JWTExpired)
    throw new Refusal("token_expired", "The token has expired. Sign in again.");
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "aud") throw refuse("The token is for another audience.", error);
    if (error.claim === "nbf") throw refuse("The token is not valid yet.", error);
    throw refuse(`The token's claim "${error.claim}" is not accepted.`, error);
  }
  throw refuse("The token's signature is not accepted.", error);
}
