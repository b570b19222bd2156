import { z } from "zod";
import { Decision } from "../../shared/nouns/decision.ts";
import type { TriedCommand } from "../../shared/nouns/tried-command.ts";
import type { Client } from "./client.ts";
import { toUserError } from "./errors.ts";
import { apiPath } from "./paths.ts";

export const Policies = z.object({
  version: z.int(),
  text: z.string(),
  by: z.string(),
  comment: z.string(),
  /** A file manages them: read-only here. */
  managed: z.boolean(),
  at: z.iso.datetime(),
});
export type Policies = z.infer<typeof Policies>;

export const readPolicies = (api: Client, signal?: AbortSignal) =>
  api.get(apiPath("policies"), Policies, { signal });

export const readPolicyHistory = (api: Client, signal?: AbortSignal) =>
  api.get(apiPath("policies", "history"), z.object({ versions: z.array(Policies) }), { signal });

/** Puts `text` in force if `version` still is; else `conflict`. */
export const putPolicies = (api: Client, change: { text: string; comment: string; version: number }) =>
  api.put(apiPath("policies"), change, Policies);

const PolicyProblem = z.object({
  line: z.int(),
  column: z.int(),
  endLine: z.int(),
  endColumn: z.int(),
  message: z.string(),
  policy: z.string().optional(),
});
/** Lines and columns count from 1; the end is exclusive. */
export type PolicyProblem = z.infer<typeof PolicyProblem>;

export type Validation =
  | { valid: true; policies: number }
  | { valid: false; problems: readonly PolicyProblem[] };

const Valid = z.object({ policies: z.array(z.object({ id: z.string(), effect: z.string() })) });

/** Where the problem document of `policy_invalid` says that a text is wrong; undefined for any other error. */
export function policyProblems(error: unknown): readonly PolicyProblem[] | undefined {
  const { code, message, extra } = toUserError(error);
  if (code !== "policy_invalid") return undefined;
  const positions = z.array(PolicyProblem).safeParse(extra["positions"]);
  return positions.success && positions.data.length > 0
    ? positions.data
    : [{ line: 1, column: 1, endLine: 1, endColumn: 1, message }];
}

export async function validatePolicies(api: Client, text: string, signal?: AbortSignal): Promise<Validation> {
  try {
    const { policies } = await api.post(apiPath("policies", "validate"), { text }, Valid, { signal });
    return { valid: true, policies: policies.length };
  } catch (error) {
    const problems = policyProblems(error);
    if (problems === undefined) throw error;
    return { valid: false, problems };
  }
}

export type Trial = {
  target: string;
  /** A text in the target's own language, without values, or what else policies decide on there. */
  command: TriedCommand | string;
  /** Somebody as an administrator imagines them; absent: the caller. */
  actor?: { id: string; kind: "human" | "workload"; groups: string[] } | undefined;
  /** A draft to judge by; absent: the text in force. */
  policies?: string | undefined;
};

const Outcome = z.object({
  mayOpen: z.object({ allowed: z.boolean(), reasons: z.array(z.string()) }),
  decision: Decision,
  rewritten: z.string().optional(),
  sha256: z.string().optional(),
});
export type TrialOutcome = z.infer<typeof Outcome>;

/** What would be decided; runs nothing. */
export const tryCommand = (api: Client, { target, command, actor, policies }: Trial, signal?: AbortSignal) =>
  api.post(
    apiPath("policies", "evaluate"),
    {
      target,
      command,
      ...(actor && { actor }),
      ...(policies !== undefined && { policies }),
    },
    Outcome,
    { signal },
  );
