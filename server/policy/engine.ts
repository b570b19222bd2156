import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import type {
  AuthorizationAnswer,
  DetailedError,
  PolicyJson,
  StatefulAuthorizationCall,
  ValidationError,
} from "@cedar-policy/cedar-wasm/nodejs";
import { schema } from "./schema.ts";

type Cedar = typeof import("@cedar-policy/cedar-wasm/nodejs");
export type { DetailedError, PolicyJson };

/** Policies by their ids, as the engine takes them. */
export type PolicyTexts = Readonly<Record<string, string>>;

/** The engine broke or gave no answer: whatever was asked counts as refused. */
export class EngineFailure extends Error {
  override readonly name = "EngineFailure";
}

/**
 * The optimising compiler builds calls into WASM into hot functions of JavaScript. Where such a function loses its
 * grounds while the engine answers with an object, V8 ends the whole process ("unreachable code",
 * Deoptimizer::DoComputeBuiltinContinuation; Node.js 20.20): calls stay calls.
 */
setFlagsFromString("--no-turbo-inline-js-wasm-calls");

const require = createRequire(import.meta.url);
const moduleName = "@cedar-policy/cedar-wasm/nodejs";
const schemaName = "sluice";
/** Policy sets that are kept parsed: the one in force, the one before it, and drafts that are tried. */
const slotCount = 8;

/**
 * One instance of the WASM module. Deeply nested policies overflow its stack and leave its memory corrupt, so an
 * instance that throws is never asked again: the next question loads a fresh one (16 ms).
 */
class Instance {
  readonly cedar: Cedar;
  readonly #slots = new Map<PolicyTexts, string>();
  constructor() {
    delete require.cache[require.resolve(moduleName)];
    this.cedar = require(moduleName);
    const answer = this.cedar.preparseSchema(schemaName, schema);
    if (answer.type === "failure") throw new EngineFailure(messages(answer.errors));
  }
  /** The slot that holds `policies` parsed; the set that was used least recently makes room. */
  slot(policies: PolicyTexts): string {
    const oldest = this.#slots.entries().next().value;
    let slot = this.#slots.get(policies);
    if (slot === undefined) {
      const full = oldest !== undefined && this.#slots.size >= slotCount;
      slot = full ? oldest[1] : `slot-${this.#slots.size}`;
      if (full) this.#slots.delete(oldest[0]);
      const answer = this.cedar.preparsePolicySet(slot, { staticPolicies: { ...policies } });
      if (answer.type === "failure") throw new EngineFailure(messages(answer.errors));
    }
    this.#slots.delete(policies);
    this.#slots.set(policies, slot);
    return slot;
  }
}

let instance: Instance | undefined;

function ask<T>(question: (instance: Instance) => T): T {
  try {
    instance ??= new Instance();
    return question(instance);
  } catch (cause) {
    instance = undefined;
    if (cause instanceof EngineFailure) throw cause;
    throw new EngineFailure("The policy engine broke: something is nested too deeply for it.", { cause });
  }
}

const messages = (errors: readonly DetailedError[]) => errors.map((error) => error.message).join("; ");

/** Splits a text into policies, in the text's order. Errors' locations are in UTF-8 bytes of the text. */
export function split(
  text: string,
): { policies: string[]; templates: string[] } | { errors: DetailedError[] } {
  const answer = ask(({ cedar }) => cedar.policySetTextToParts(text));
  if (answer.type === "failure") return { errors: answer.errors };
  // The engine numbers policies in the text's order and hands them back sorted as strings: policy10 before policy2.
  const numbers = answer.policies.map((_, number) => number);
  const order = numbers.toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
  const policies: string[] = [];
  for (const [position, number] of order.entries()) policies[number] = answer.policies[position] ?? "";
  return { policies, templates: answer.policy_templates };
}

/** Checks a whole text against the schema; policies are called `policy0`, `policy1`... in the text's order. */
export function validate(text: string): ValidationError[] {
  const answer = ask(({ cedar }) => cedar.validate({ schema, policies: { staticPolicies: text } }));
  if (answer.type === "failure") throw new EngineFailure(messages(answer.errors));
  return [...answer.validationErrors, ...answer.validationWarnings];
}

/** One policy's tree, with its annotations. */
export function toJson(policy: string): PolicyJson {
  const answer = ask(({ cedar }) => cedar.policyToJson(policy));
  if (answer.type === "failure") throw new EngineFailure(messages(answer.errors));
  return answer.json;
}

export type Question = Pick<
  StatefulAuthorizationCall,
  "principal" | "action" | "resource" | "context" | "entities"
>;

/** The engine's answer: every satisfied permit (or forbid), and whichever policy failed. */
export type Answer = { allowed: boolean; policies: string[]; errors: { policy: string; message: string }[] };

/** Asks whether a request is permitted. Throws `EngineFailure` where it does not fit the schema. */
export function authorize(policies: PolicyTexts, question: Question): Answer {
  const answer: AuthorizationAnswer = ask((instance) =>
    instance.cedar.statefulIsAuthorized({
      ...question,
      preparsedPolicySetId: instance.slot(policies),
      preparsedSchemaName: schemaName,
      validateRequest: true,
    }),
  );
  if (answer.type === "failure") throw new EngineFailure(messages(answer.errors));
  const { decision, diagnostics } = answer.response;
  return {
    allowed: decision === "allow",
    policies: diagnostics.reason,
    errors: diagnostics.errors.map(({ policyId, error }) => ({ policy: policyId, message: error.message })),
  };
}
