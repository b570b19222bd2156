import { z } from "zod";
import { Refusal } from "../../shared/contract/errors.ts";
import { ActorId } from "../../shared/ids.ts";
import { type Actor, Role } from "../../shared/nouns/actor.ts";
import type { ClaimPaths, IssuerConfig } from "../config/config.ts";

/** The claims of a token whose signature, issuer, audience and time have been checked. */
export type Claims = { iss: string; sub: string; exp: number; [claim: string]: unknown };

/** Entra ID puts at most 200 groups into a token; other issuers have no such bound. */
const maxGroups = 2_000;
const maxTextLength = 255;
const maxNameLength = 120;

/** What a workload may do in the portal: never decide for people, never change what holds. */
const workloadRoles: readonly Role[] = ["engineer", "auditor"];

const refuse = (detail: string, hint?: string) =>
  new Refusal("token_invalid", detail, hint === undefined ? {} : { hint });

/** The claim of exactly this name, or where there is none, the one at this path of names joined by dots. */
export function claimAt(claims: Record<string, unknown>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let at: unknown = claims;
  for (const name of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
}

/**
 * The actor that a token describes. Throws `token_invalid` where a claim that identity rests on is missing or odd,
 * `groups_overage` where Entra ID left the groups out because there are too many.
 */
export function actorFrom(claims: Claims, config: IssuerConfig): Actor {
  // RFC 8693: whoever holds it is not who it speaks of. What they do would stand under another's name.
  if (claims["act"] !== undefined)
    throw refuse(
      "The token lets somebody act for another.",
      "Use a token of the workload's own; a claim says who owns it.",
    );
  const paths = config.claims;
  const subject = plainText(claims.sub, "sub");
  const id = ActorId.safeParse(`${issuerKey(config.issuer)}|${subject}`);
  if (!id.success) throw refuse("The token's subject is too long.");
  const kind = kindOf(claims, paths.kind);
  const groups = groupsOf(claims, paths.groups);
  const roles = rolesOf(claims, paths.roles, groups, config.groupRoles);
  const issuedAt = claims["iat"];
  const owner = kind === "workload" ? personAt(claims, paths, paths.owner, config.issuer) : undefined;
  return {
    id: id.data,
    kind,
    name: nameOf(claims, paths.name) ?? subject,
    issuer: config.issuer,
    subject,
    ...(claims["tid"] === undefined ? {} : { tenant: plainText(claims["tid"], "tid") }),
    groups,
    roles: kind === "workload" ? roles.filter((role) => workloadRoles.includes(role)) : roles,
    person: personOf(claims, paths, config.issuer, kind),
    ...(owner === undefined ? {} : { owner }),
    ...(typeof issuedAt === "number" &&
      issuedAt >= 0 && { issuedAt: new Date(issuedAt * 1000).toISOString() }),
    tokenExpiresAt: new Date(claims.exp * 1000).toISOString(),
  };
}

/** An issuer as it stands in ids: without scheme and final slash. */
function issuerKey(issuer: string): string {
  return issuer.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

function plainText(value: unknown, claim: string): string {
  if (
    typeof value !== "string" ||
    value === "" ||
    value.length > maxTextLength ||
    /[\p{Cc}\p{Cf}]/u.test(value)
  )
    throw refuse(`The token's claim "${claim}" cannot be used as an identifier.`);
  return value;
}

/**
 * A workload is told by the configured claim; where that says nothing, by the marks of client credentials: Entra's
 * `idtyp`, Auth0's `gty`, a client as its own subject (RFC 9068), an Entra service principal without delegated scope.
 */
function kindOf(claims: Claims, path: string | undefined): Actor["kind"] {
  const said = path === undefined ? undefined : claimAt(claims, path);
  if (said !== undefined) return said === "human" || said === "user" ? "human" : "workload";
  const { idtyp, gty, sub, oid, scp, scope } = claims;
  const client = claims["client_id"] ?? claims["azp"] ?? claims["appid"];
  const serviceItself = scp === undefined && scope === undefined && client !== undefined && oid === sub;
  return idtyp === "app" || gty === "client-credentials" || client === sub || serviceItself
    ? "workload"
    : "human";
}

function groupsOf(claims: Claims, path: string): string[] {
  const value = claimAt(claims, path);
  if (value === undefined) {
    const elsewhere = claimAt(claims, "_claim_names");
    const overage = typeof elsewhere === "object" && elsewhere !== null && Object.hasOwn(elsewhere, "groups");
    if (overage || claims["hasgroups"] !== undefined)
      throw new Refusal(
        "groups_overage",
        "You are in more groups than the token can carry, so it carries none.",
        {
          hint: "Ask for the application's groups claim to be limited to the groups assigned to it.",
        },
      );
    return [];
  }
  return names(value, path);
}

function rolesOf(
  claims: Claims,
  path: string,
  groups: string[],
  byGroup: IssuerConfig["groupRoles"],
): Role[] {
  const claimed = claimAt(claims, path);
  const said = claimed === undefined ? [] : names(claimed, path);
  const brought = groups.flatMap((group) => (Object.hasOwn(byGroup, group) ? (byGroup[group] ?? []) : []));
  return Role.options.filter((role) => said.includes(role) || brought.includes(role));
}

function names(value: unknown, path: string): string[] {
  const list = z.union([
    z.array(z.string().max(maxTextLength)).max(maxGroups),
    z.string().max(maxTextLength),
  ]);
  const result = list.safeParse(value);
  if (!result.success) throw refuse(`The token's claim "${path}" is not a list of names.`);
  return [...new Set([result.data].flat())];
}

function personOf(claims: Claims, paths: ClaimPaths, issuer: string, kind: Actor["kind"]): string {
  const person = personAt(claims, paths, paths.person, issuer);
  if (person !== undefined) return person;
  if (kind === "workload") return `${issuerKey(issuer)}|${claims.sub}`;
  throw refuse(`The token lacks the claim "${paths.person}", by which people are told apart.`);
}

/**
 * The person named at `path`. Subjects and object ids mean something at their issuer alone; any other claim is taken
 * to be the same at every issuer, without regard to case: to take two for one only ever restricts.
 */
function personAt(claims: Claims, paths: ClaimPaths, path: string, issuer: string): string | undefined {
  const value = claimAt(claims, path);
  if (value === undefined || value === null || value === "") return undefined;
  const text = plainText(value, path);
  const atIssuer = paths.person === "sub" || paths.person === "oid";
  return atIssuer ? `${issuerKey(issuer)}|${text}` : text.normalize("NFKC").trim().toLowerCase();
}

/** For people to read: without characters that could forge a line or turn its direction. */
function nameOf(claims: Claims, path: string): string | undefined {
  const value = claimAt(claims, path);
  if (typeof value !== "string") return undefined;
  const name = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").trim();
  return name === "" ? undefined : name.slice(0, maxNameLength);
}
