import { Refusal } from "../../shared/contract/errors.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import { visible } from "../../shared/visible.ts";
import { readAnnotations, type Terms } from "./annotations.ts";
import { EngineFailure, split, toJson, validate, type PolicyJson, type PolicyTexts } from "./engine.ts";
import { maxPolicies, maxProblems, maxTextBytes } from "./limits.ts";

/** One policy as people see it: its id, its own text and the 1-based line where that starts. */
export type Policy = {
  id: string;
  effect: "permit" | "forbid";
  text: string;
  line: number;
  terms: Terms;
  /** The group that its scope asks for, if any. */
  onlyFor: string | undefined;
  /** A permit whose scope names the action `unmask`: an open scope never unmasks. */
  unmasks: boolean;
  /** Attributes that its conditions name. */
  mentions: ReadonlySet<string>;
};

/** Validated policies of one version, in the text's order. */
export type PolicySet = {
  version: number;
  text: string;
  policies: ReadonlyMap<string, Policy>;
  texts: PolicyTexts;
};

/** Where a text is wrong: `line` and `column` count from 1, columns in UTF-16 units, `end` is exclusive. */
export type PolicyProblem = {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  message: string;
  policy?: string;
};

/**
 * Parses and validates policies. An empty text is valid and allows nothing.
 * @throws Refusal `policy_invalid` with `extra.positions: PolicyProblem[]`; `too_large`.
 */
export function compilePolicies(text: string, version: number): PolicySet {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length > maxTextBytes)
    throw new Refusal(
      "too_large",
      `The policies have ${bytes.length} bytes; at most ${maxTextBytes} are read.`,
    );
  const problems: PolicyProblem[] = [];
  const at = (startByte: number, endByte: number, message: string, policy?: string) => {
    if (problems.length >= maxProblems) return;
    const [start, end] = [place(bytes, startByte), place(bytes, endByte)];
    problems.push({ ...start, endLine: end.line, endColumn: end.column, message, policy });
  };
  try {
    refuseUnseen(text, at);
    const policies = problems.length === 0 ? read(text, at) : [];
    if (problems.length === 0) check(text, policies, at);
    if (problems.length > 0) throw invalid(problems);
    return {
      version,
      text,
      policies: new Map(policies.map((policy) => [policy.id, policy])),
      texts: Object.fromEntries(policies.map((policy) => [policy.id, policy.text])),
    };
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    at(0, 0, error.message);
    throw invalid(problems);
  }
}

/** False where the policy's scope shows that it never matches the actor. */
export const concerns = ({ onlyFor }: Policy, { groups }: Pick<Actor, "groups">): boolean =>
  onlyFor === undefined || groups.includes(onlyFor);

/** Whether what is decided for the actor may change as time goes by: then it is not to be remembered. */
export const readsClock = ({ policies }: PolicySet, actor: Pick<Actor, "groups">): boolean =>
  [...policies.values()].some(
    (policy) =>
      (policy.mentions.has("now") || policy.mentions.has("sessionAgeSeconds")) && concerns(policy, actor),
  );

type Report = (startByte: number, endByte: number, message: string, policy?: string) => void;

function read(text: string, at: Report): Policy[] {
  const parts = split(text);
  if ("errors" in parts) {
    for (const error of parts.errors) {
      const location = error.sourceLocations?.[0];
      at(location?.start ?? 0, location?.end ?? 0, sentence(error.message, location?.label));
    }
    return [];
  }
  if (parts.templates.length > 0)
    at(0, 0, "Templates (?principal, ?resource) are not used here: write a policy for each.");
  if (parts.policies.length > maxPolicies) at(0, 0, `There are more than ${maxPolicies} policies.`);
  const seen = new Set<string>();
  let searchFrom = 0;
  return parts.policies.slice(0, maxPolicies).map((source) => {
    const start = text.indexOf(source, searchFrom);
    searchFrom = start + source.length;
    const startByte = Buffer.byteLength(text.slice(0, start));
    const json = toJson(source);
    const { id, terms, problems } = readAnnotations(json.effect, json.annotations ?? {});
    if (id !== "" && seen.has(id)) problems.push(`The @id "${id}" is taken by a policy above.`);
    seen.add(id);
    for (const problem of problems)
      at(startByte, startByte + Buffer.byteLength(source), problem, id === "" ? undefined : id);
    const line = text.slice(0, start).split("\n").length;
    const named = JSON.stringify(json.conditions).matchAll(/"attr":"(\w+)"/g);
    const mentions = new Set([...named].map(([, attribute = ""]) => attribute));
    return {
      id,
      effect: json.effect,
      text: source,
      line,
      terms,
      onlyFor: onlyFor(json),
      unmasks: unmasks(json),
      mentions,
    };
  });
}

/** Carriage returns end lines on some systems; U+FE0F only colours an emoji. */
const harmless: ReadonlySet<string> = new Set(["U+000D", "U+FE0F"]);

/** People review this text, so what they cannot see in it, also in comments, is refused. */
function refuseUnseen(text: string, at: Report): void {
  const unseen = visible(text).hidden.filter(
    ({ why, character }) => why === "invisible" && !harmless.has(character),
  );
  for (const { index, character } of unseen.slice(0, maxProblems)) {
    const byte = Buffer.byteLength(text.slice(0, index));
    at(byte, byte, `${character} cannot be seen; policies are read by people.`);
  }
}

/** Holds the text against the schema. The engine's warnings count too: an impossible policy protects nobody. */
function check(text: string, policies: readonly Policy[], at: Report): void {
  const seen = new Set<string>();
  for (const { policyId, error } of validate(text)) {
    const location = error.sourceLocations?.[0];
    // The same mistake is told once for each action that the policy covers.
    const key = `${policyId}:${location?.start}:${location?.end}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const message = error.message.replace(/^for policy `[^`]*`, /, "");
    const policy = policies[Number(policyId.replace("policy", ""))]?.id;
    at(location?.start ?? 0, location?.end ?? 0, sentence(message, error.help), policy);
  }
}

function unmasks({ effect, action }: PolicyJson): boolean {
  if (effect === "forbid" || action.op === "All") return false;
  const entities = "entities" in action ? action.entities : "entity" in action ? [action.entity] : [];
  return entities.some((entity) => "id" in entity && entity.id === "unmask");
}

function onlyFor({ principal }: PolicyJson): string | undefined {
  const scope = principal.op === "in" && "entity" in principal ? principal.entity : undefined;
  return scope && "type" in scope && scope.type === "Group" ? scope.id : undefined;
}

function invalid(problems: PolicyProblem[]): Refusal {
  const [first] = problems;
  const more =
    problems.length > 1
      ? ` There ${problems.length === 2 ? "is 1 more" : `are ${problems.length - 1} more`}.`
      : "";
  const where = first === undefined ? "" : `Line ${first.line}, column ${first.column}: ${first.message}`;
  return new Refusal("policy_invalid", `${where}${more}`, { extra: { positions: problems } });
}

function place(bytes: Buffer, offset: number): { line: number; column: number } {
  const lines = bytes.subarray(0, offset).toString("utf8").split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

function sentence(message: string, more: string | null | undefined): string {
  const text = [message, more].filter((part) => part).join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}
