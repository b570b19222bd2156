import { canonicalJson } from "../../shared/canonical.ts";
import type { Actor } from "../../shared/nouns/actor.ts";

export const isSame = (a: Actor, b: Actor): boolean => a === b || canonicalJson(a) === canonicalJson(b);

/** Whether two tokens say the same of somebody, but for their times. */
export const hasRightsOf = (a: Actor, b: Actor): boolean =>
  isSame({ ...a, issuedAt: b.issuedAt, tokenExpiresAt: b.tokenExpiresAt }, b);

/** Whether the first was made later, and ends no earlier: of the second nothing is new then. */
export const isBehind = ({ issuedAt = "", tokenExpiresAt }: Actor, later: Actor): boolean =>
  tokenExpiresAt <= later.tokenExpiresAt && issuedAt <= (later.issuedAt ?? "");
