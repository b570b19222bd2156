import type { AnyAuthMethod, AuthHandlerMiddleware, KeyboardInteractiveCallback, Prompt } from "ssh2";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { SshProof } from "../../../../shared/nouns/target.ts";
import { readPrivateKey } from "./private-key.ts";
import { printable } from "./words.ts";

/** In the order of trial: a key says nothing to a host that does not have it; a password does. */
const METHODS = ["publickey", "keyboard-interactive", "password"] as const;
type Method = (typeof METHODS)[number];

/**
 * Proves who the gateway is, method by method as the host offers them (RFC 4252); several where the host wants
 * several. Each is tried once. `fail` is told the refusal when nothing is left or a question was not foreseen.
 * Throws `credential_unavailable` for a key that cannot be read.
 */
export function authentication(user: string, proof: SshProof, fail: (refusal: Refusal) => void) {
  const ways = methodsOf(user, proof, fail);
  const tried = new Set<Method>();
  let offers: readonly string[] = [];
  const handler: AuthHandlerMiddleware = (left, _partial, next) => {
    // `left` is null at first, whatever the types say: asking with `none` is how a client learns the methods.
    if (!Array.isArray(left)) return next({ type: "none", username: user });
    offers = left;
    const method = METHODS.find((one) => left.includes(one) && ways[one] !== undefined && !tried.has(one));
    const way = method && ways[method];
    if (method === undefined || way === undefined) return fail(refused());
    tried.add(method);
    next(way);
  };
  const refused = () => {
    const offered = offers.map(printable).join(", ") || "no method";
    const used = METHODS.filter((one) => tried.has(one)).join(", ");
    return new Refusal(
      "target_refused",
      used === ""
        ? `The target offers ${offered} to sign in with; the gateway has nothing for that.`
        : `The target does not accept the gateway's user and credential (tried: ${used}; it offers ${offered}).`,
      {
        hint: "Check the user, and that the host knows the gateway's key (`authorized_keys`) or its password.",
        extra: { offered: [...offers], tried: [...tried] },
      },
    );
  };
  return { handler, refused };
}

function methodsOf(
  user: string,
  proof: SshProof,
  fail: (refusal: Refusal) => void,
): Partial<Record<Method, AnyAuthMethod>> {
  const { password, answers } = proof;
  const prompt = answering(answers, password, fail);
  return {
    ...(proof.privateKey !== undefined && {
      publickey: { type: "publickey", username: user, key: readPrivateKey(proof) },
    }),
    ...((answers ?? password) !== undefined && {
      "keyboard-interactive": { type: "keyboard-interactive", username: user, prompt },
    }),
    ...(password !== undefined && { password: { type: "password", username: user, password } }),
  };
}

/** Answers in their order over all rounds. A password alone answers a single hidden question, as PAM asks for it. */
function answering(
  answers: readonly string[] | undefined,
  password: string | undefined,
  fail: (refusal: Refusal) => void,
) {
  let given = 0;
  return (
    _name: string,
    _instructions: string,
    _language: string,
    prompts: Prompt[],
    finish: KeyboardInteractiveCallback,
  ): void => {
    const [first] = prompts;
    if (
      answers === undefined &&
      password !== undefined &&
      prompts.length === 1 &&
      given === 0 &&
      !first?.echo
    ) {
      given += 1;
      return finish([password]);
    }
    const fitting = (answers ?? []).slice(given, given + prompts.length);
    const unforeseen = prompts[fitting.length];
    if (unforeseen !== undefined) return fail(unforeseenQuestion(unforeseen.prompt));
    given += prompts.length;
    finish(fitting);
  };
}

const unforeseenQuestion = (question: string) =>
  new Refusal(
    "target_refused",
    `The target asks a question that the gateway has no answer to: “${printable(question)}”.`,
    { hint: "Give the answers in the order in which the host asks. A code that changes cannot be kept." },
  );
