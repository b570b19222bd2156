import { hash } from "node:crypto";
import { canonicalJson } from "../../shared/canonical.ts";
import type { CommandId, SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Parameter } from "../../shared/nouns/command.ts";
import type { Obligations } from "../../shared/nouns/decision.ts";
import type { Impact } from "../../shared/nouns/review.ts";
import type { Target } from "../../shared/nouns/target.ts";

/** Everything that one command's approval speaks of. */
export type Parts = {
  commandId: CommandId;
  actor: Actor;
  session: { id: SessionId; reason: string };
  target: Target;
  /** What was asked. */
  original: string;
  /** What will run: the final bytes, after rewriting. */
  sql: string;
  parameters: Parameter[];
  obligations: Obligations;
  policyVersion: number;
  writes: boolean;
  /** Hash of what the names in the text were resolved to when the command was judged. */
  resolved: string;
  /** Shown to reviewers; what follows from it (`obligations.maxAffectedRows`) is bound, not the measurement. */
  impact?: Impact | null;
};

/**
 * Hex SHA-256 over the canonical JSON (RFC 8785) of what an approval and a Permit are bound to: the final bytes,
 * parameters, who, in which session, on which target at which revision, what its names were resolved to, under which obligations and policies.
 */
export function digest(parts: Parts): string {
  const { sql, parameters, actor, session, target, obligations, policyVersion, writes, resolved } = parts;
  const bound = {
    sql,
    parameters,
    actor: actor.id,
    session: session.id,
    target: target.name,
    targetRevision: target.revision,
    obligations,
    policyVersion,
    writes,
    resolved,
  };
  return hash("sha256", canonicalJson(bound));
}
