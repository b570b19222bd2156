import { canonicalJson } from "../../shared/canonical.ts";
import type { Actor } from "../../shared/nouns/actor.ts";

export const isSame = (a: Actor, b: Actor): boolean => a === b || canonicalJson(a) === canonicalJson(b);

/** Whether two tokens say the same of somebody, but for when they end. */
export const hasRightsOf = (a: Actor, b: Actor): boolean =>
  isSame({ ...a, tokenExpiresAt: b.tokenExpiresAt }, b);
