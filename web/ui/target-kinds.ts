import type { TargetKind } from "../../shared/nouns/target.ts";

/** What each kind of target is called. */
export const kindNames: Record<TargetKind, string> = { postgres: "PostgreSQL", ssh: "SSH" };
