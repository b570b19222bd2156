import type { Actor } from "../../shared/nouns/actor.ts";
import type { DataClass } from "../../shared/nouns/catalog.ts";
import type { Decision, Obligations, ReviewRequirement } from "../../shared/nouns/decision.ts";
import type { Facts, ShellFacts, SqlFacts } from "../../shared/nouns/facts.ts";
import type { Target } from "../../shared/nouns/target.ts";
import { concerns, readsClock, type Policy, type PolicySet } from "./compile.ts";
import { authorize, EngineFailure, type Answer, type Question } from "./engine.ts";
import { answerOf } from "./kept-answers.ts";
import { defaultExpirySeconds, defaultMaxRows, defaultTimeoutMs } from "./limits.ts";
import { actionQuestions, openQuestion, unmaskQuestion, type Circumstances } from "./request.ts";

export { compilePolicies, readsClock, type PolicyProblem, type PolicySet } from "./compile.ts";

export type DecideInput = Circumstances & {
  actor: Actor;
  target: Target;
  /** Every class that there is: a class that nobody defined cannot be unmasked. */
  dataClasses: readonly DataClass[];
};

/**
 * Decides one command. Most restrictive wins: for each action in it, a forbid blocks, else a permit with `@review`
 * holds, else a permit allows, else it is blocked; the command gets the strictest of its actions. Where anything
 * fails to evaluate, it is blocked. Never throws.
 */
export function decide(set: PolicySet, input: DecideInput): Decision {
  const { facts, actor, target } = input;
  if (facts.actions.length === 0 || (facts.kind === "sql" && facts.statements === 0))
    return blocked(set, facts, { reasons: ["It is not known what this command does, so it does not run."] });
  const verdicts = actionQuestions(input, input).map(({ action, question }) => ({
    action,
    verdict: judge(set, actor, question),
  }));

  const failures = verdicts.flatMap(({ verdict }) => (verdict.kind === "failed" ? [verdict] : []));
  if (failures.length > 0)
    return blocked(set, facts, {
      policies: distinct(failures.flatMap((failure) => failure.policies)),
      reasons: distinct(failures.map((failure) => failure.reason)),
      hint: "An administrator must repair the policy; until then it blocks.",
    });

  const forbids = inOrder(
    set,
    verdicts.flatMap(({ verdict }) => (verdict.kind === "forbidden" ? verdict.by : [])),
  );
  if (forbids.length > 0)
    return blocked(set, facts, {
      policies: forbids.map((policy) => policy.id),
      reasons: [
        ...forbids.map((policy) => policy.terms.say ?? `Policy ${policy.id} forbids it.`),
        ...(facts.kind === "sql" ? sqlDetails(forbids, facts) : shellDetails(forbids, facts)),
      ],
      hint: forbids.find((policy) => policy.terms.hint !== undefined)?.terms.hint,
    });

  const unpermitted = verdicts.flatMap(({ action, verdict }) =>
    verdict.kind === "unpermitted" ? [action] : [],
  );
  if (unpermitted.length > 0)
    return blocked(set, facts, {
      reasons: [
        `No policy allows ${unpermitted.join(", ")} for ${groupsOf(actor)} on a target tagged ${tagsOf(target)}.`,
      ],
      hint: "What no policy allows is blocked. An administrator can add a policy that permits it.",
    });

  const permits = inOrder(
    set,
    verdicts.flatMap(({ verdict }) => (verdict.kind === "permitted" ? verdict.by : [])),
  );
  const reviewing = permits.filter((policy) => policy.terms.review !== undefined);
  const deciding = reviewing.length > 0 ? reviewing : permits;
  const unmask = unmasked(set, input);
  return {
    effect: reviewing.length > 0 ? "review" : "allow",
    policies: deciding.map((policy) => policy.id),
    reasons: [
      ...deciding.map(because),
      ...distinct(unmask.flatMap(({ policy }) => set.policies.get(policy)?.terms.say ?? [])),
    ],
    hint: deciding.find((policy) => policy.terms.hint !== undefined)?.terms.hint,
    obligations: { ...demanded(permits), unmask },
    facts,
    policyVersion: set.version,
  };
}

/** Whether an actor may open a session on a target, and the sentences that say why or why not. */
export function mayOpen(
  set: PolicySet,
  who: { actor: Actor; target: Target },
): { allowed: boolean; reasons: string[] } {
  const verdict = judge(set, who.actor, openQuestion(who));
  if (verdict.kind === "failed") return { allowed: false, reasons: [verdict.reason] };
  if (verdict.kind === "forbidden")
    return {
      allowed: false,
      reasons: verdict.by.map(({ id, terms }) => terms.say ?? `Policy ${id} forbids it.`),
    };
  // A session is opened or not: nobody reviews that, so a permit that asks for a review opens nothing.
  const plain =
    verdict.kind === "permitted" ? verdict.by.filter(({ terms }) => terms.review === undefined) : [];
  if (plain.length === 0)
    return {
      allowed: false,
      reasons: [`No policy lets ${groupsOf(who.actor)} open a target tagged ${tagsOf(who.target)}.`],
    };
  return { allowed: true, reasons: plain.map(because) };
}

const mentions = (policies: readonly Policy[]) => (attribute: string) =>
  policies.some((policy) => policy.mentions.has(attribute));

const opaqueness = ({ opaqueReasons }: Facts): string[] =>
  opaqueReasons.map((reason) => `${reason[0]?.toUpperCase()}${reason.slice(1)}.`);

/** Names what in the command the deciding policies object to. */
function shellDetails(forbids: readonly Policy[], facts: ShellFacts): string[] {
  const mention = mentions(forbids);
  const list = (attribute: string, say: string, names: readonly string[]) =>
    mention(attribute) && names.length > 0 ? [`${say} ${names.join(", ")}.`] : [];
  const deleted = (recursive: boolean) =>
    facts.deletes.filter((use) => !recursive || use.recursive).map(({ path }) => path);
  return [
    ...(mention("opaque") ? opaqueness(facts) : []),
    ...list("programs", "It runs", facts.programs),
    ...list("deletes", "It deletes", deleted(false)),
    ...list("deletesRecursively", "It deletes with all below", deleted(true)),
    ...list("secrets", "It reads", facts.secrets),
    ...list("persistence", "It leaves behind:", facts.persistence),
    ...list("effects", "Its effect:", facts.effects),
    ...list("tampers", "It touches what the gate rests on:", facts.tampers),
  ];
}

/** As above. */
function sqlDetails(forbids: readonly Policy[], facts: SqlFacts): string[] {
  const mention = mentions(forbids);
  return [
    ...(mention("opaque") ? opaqueness(facts) : []),
    ...(mention("effects") ? effectsOf(facts) : []),
    ...(mention("sessionChanges") ? facts.sessionChanges.map((change) => `It changes: ${change}.`) : []),
    ...(mention("outsideTransaction")
      ? facts.outsideTransaction.map((called) => `It cannot be rolled back: ${called}.`)
      : []),
    ...(mention("bounded") && !facts.bounded
      ? facts.changes.map(({ relation }) => `It changes ${relation}.`)
      : []),
  ];
}

/** Each effect after the functions and relations that have it; one that a statement has by itself stands alone. */
function effectsOf({ functions, reads, changes, effects }: SqlFacts): string[] {
  const named = [
    ...functions,
    ...[...reads, ...changes].map(({ relation, effect }) => ({ name: relation, effect })),
  ].filter(({ effect }) => effect !== undefined);
  const told = new Set(named.map(({ effect }) => effect));
  return [
    ...distinct(named.map(({ name, effect }) => `${name}: ${effect}.`)),
    ...effects.filter((effect) => !told.has(effect)).map((effect) => `Its effect: ${effect}.`),
  ];
}

type Verdict =
  | { kind: "permitted" | "forbidden"; by: Policy[] }
  | { kind: "unpermitted" }
  | { kind: "failed"; policies: string[]; reason: string };

/** One question to the engine. It skips a forbid that errs and says allow: here any error is a failure. */
function judge(set: PolicySet, actor: Actor, question: Question): Verdict {
  let answer: Answer;
  try {
    answer = readsClock(set, actor) ? authorize(set.texts, question) : answerOf(set, question);
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    return { kind: "failed", policies: [], reason: "The policies could not be evaluated, so it is blocked." };
  }
  const [failed] = answer.errors;
  if (failed !== undefined)
    return {
      kind: "failed",
      policies: answer.errors.map((error) => error.policy),
      reason: `Policy ${failed.policy} failed to evaluate, so it blocks: ${failed.message}.`,
    };
  const by = answer.policies.map((id) => {
    const policy = set.policies.get(id);
    if (policy === undefined) throw new TypeError(`the engine named a policy that is not in the set: ${id}`);
    return policy;
  });
  if (answer.allowed) return by.length > 0 ? { kind: "permitted", by } : { kind: "unpermitted" };
  return by.length > 0 ? { kind: "forbidden", by } : { kind: "unpermitted" };
}

/** What a permit says for itself. */
function because({ id, terms }: Policy): string {
  if (terms.say !== undefined) return terms.say;
  if (terms.review === undefined) return `Policy ${id} allows it.`;
  const { group, quorum } = terms.review;
  return `Policy ${id} asks for ${quorum === 1 ? "one person" : `${quorum} people`} of ${group}.`;
}

/** Obligations of all permits that matched: every group, its highest quorum, and the smallest of each bound. */
function demanded(permits: readonly Policy[]): Omit<Obligations, "unmask"> {
  const reviewers = new Map<string, ReviewRequirement>();
  for (const { id, terms } of permits) {
    if (terms.review === undefined) continue;
    const { group, quorum } = terms.review;
    if (quorum > (reviewers.get(group)?.quorum ?? 0)) reviewers.set(group, { group, quorum, policy: id });
  }
  const least = (read: (policy: Policy) => number | undefined): number | undefined => {
    const values = permits.map(read).filter((value) => value !== undefined);
    return values.length > 0 ? Math.min(...values) : undefined;
  };
  return {
    reviewers: [...reviewers.values()].toSorted((a, b) => (a.group < b.group ? -1 : 1)),
    reviewExpiresSeconds: least(({ terms }) => terms.review?.expiresSeconds) ?? defaultExpirySeconds,
    maxRows: least(({ terms }) => terms.maxRows) ?? defaultMaxRows,
    timeoutMs: least(({ terms }) => terms.timeoutMs) ?? defaultTimeoutMs,
    maxAffectedRows: least(({ terms }) => terms.maxAffectedRows) ?? null,
    masks: [],
  };
}

/** Classes in the command that this actor may see in clear. Whatever is not plainly permitted stays masked. */
function unmasked(set: PolicySet, input: DecideInput): Obligations["unmask"] {
  // Most actors unmask nothing: what no policy's scope could permit needs no question.
  const { facts } = input;
  if (facts.kind !== "sql") return [];
  if (![...set.policies.values()].some((policy) => policy.unmasks && concerns(policy, input.actor)))
    return [];
  const defined = new Set(input.dataClasses.map((dataClass) => dataClass.name));
  return facts.classes.flatMap((name) => {
    if (!defined.has(name)) return [];
    const verdict = judge(set, input.actor, unmaskQuestion(input, input, name));
    if (verdict.kind !== "permitted") return [];
    const [policy] = inOrder(set, verdict.by).filter((by) => by.unmasks && by.terms.review === undefined);
    return policy === undefined ? [] : [{ class: name, policy: policy.id }];
  });
}

function blocked(
  set: PolicySet,
  facts: Facts,
  why: { policies?: string[]; reasons: string[]; hint?: string | undefined },
): Decision {
  return {
    effect: "block",
    policies: why.policies ?? [],
    reasons: why.reasons,
    hint: why.hint,
    obligations: {
      reviewers: [],
      reviewExpiresSeconds: 0,
      maxRows: 0,
      timeoutMs: 0,
      maxAffectedRows: 0,
      unmask: [],
      masks: [],
    },
    facts,
    policyVersion: set.version,
  };
}

const distinct = (values: readonly string[]) => [...new Set(values)];

/** In the text's order, each once: the engine's own order says nothing. */
function inOrder(set: PolicySet, policies: readonly Policy[]): Policy[] {
  const chosen = new Set(policies);
  return [...set.policies.values()].filter((policy) => chosen.has(policy));
}

const groupsOf = (actor: Actor) =>
  actor.groups.length > 0 ? `groups ${actor.groups.join(", ")}` : "someone without groups";

const tagsOf = (target: Target) =>
  Object.entries(target.tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ") || "with nothing";
