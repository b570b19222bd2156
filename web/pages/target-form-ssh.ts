import { HostKey, type SshJump, type SshProof } from "../../shared/nouns/target.ts";
import { addressErrors, type FormErrors } from "./target-form-address.ts";
import type { TargetForm } from "./target-form.ts";

/** How the gateway may prove who it is to a host; one that asks for several gets several. */
export const proofWays = ["privateKey", "password", "answers"] as const;
export type ProofWay = (typeof proofWays)[number];

export type ProofForm = {
  ways: readonly ProofWay[];
  privateKey: string;
  passphrase: string;
  password: string;
  /** To the host's questions, in their order. */
  answers: readonly string[];
};

export const emptyProof: ProofForm = {
  ways: ["privateKey"],
  privateKey: "",
  passphrase: "",
  password: "",
  answers: [""],
};

/** A host on the way. `id` tells rows of the form apart. */
export type JumpForm = {
  id: string;
  host: string;
  port: string;
  user: string;
  hostKeys: readonly string[];
  proof: ProofForm;
};

export const newJump = (id: string): JumpForm => ({
  ...{ id, host: "", port: "22", user: "", hostKeys: [], proof: emptyProof },
});

export const jumpFormOf = ({ host, port, user, hostKeys }: SshJump, index: number): JumpForm => ({
  ...{ id: String(index), host, port: String(port), user, hostKeys },
  proof: { ...emptyProof, ways: [] },
});

export type HostPlace = { host: string; port: string; hostKeys: readonly string[] };

/** Keys are pinned for one address: at another one they say nothing. */
export function moved<Place extends HostPlace>(
  place: Place,
  to: Partial<Pick<Place, "host" | "port">>,
): Place {
  const next = { ...place, ...to };
  const same = next.host.trim() === place.host.trim() && next.port === place.port;
  return same ? next : { ...next, hostKeys: [] };
}

/** Lines as `known_hosts` or a `.pub` file has them; what stands before and behind the key is left out. */
export function readKeys(text: string): { keys: string[]; unread: string[] } {
  const keys: string[] = [];
  const unread: string[] = [];
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const words = line.split(/\s+/u);
    const at = words.findIndex((word) => /^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+$/u.test(word));
    const key = HostKey.safeParse(words.slice(at, at + 2).join(" "));
    if (at < 0 || !key.success) unread.push(line);
    else if (!keys.includes(key.data)) keys.push(key.data);
  }
  return { keys, unread };
}

const mostKeys = 8;
const notPinned = "Ask the host for its keys, compare them, and pin them.";

/**
 * SSH's part of a form. Its credentials are sealed as one: where one is entered, all are; where none is, the sealed
 * ones stay, unless `isNew`.
 */
export function readSsh(form: TargetForm, isNew: boolean): { errors: FormErrors; fields: object } {
  const { hostKeys, proof, jumps } = form;
  const enters = isNew || [proof, ...jumps.map((jump) => jump.proof)].some(({ ways }) => ways.length > 0);
  const errors: Record<string, string> = { ...keyErrors(hostKeys), ...(enters && proofErrors(proof)) };
  jumps.forEach((jump, index) => {
    const own = {
      ...addressErrors(jump),
      ...keyErrors(jump.hostKeys),
      ...(enters && proofErrors(jump.proof)),
    };
    for (const [field, error] of Object.entries(own)) errors[`${index}.${field}`] = error;
  });
  const fields = {
    hostKeys,
    ...proofOf(proof),
    jumps: jumps.map((jump) => ({
      ...{ host: jump.host.trim(), port: Number(jump.port), user: jump.user.trim() },
      hostKeys: jump.hostKeys,
      ...proofOf(jump.proof),
    })),
  };
  return { errors, fields };
}

function keyErrors(keys: readonly string[]): FormErrors {
  if (keys.length === 0) return { hostKeys: notPinned };
  return keys.length > mostKeys ? { hostKeys: `At most ${mostKeys} keys.` } : {};
}

function proofErrors({ ways, privateKey, password, answers }: ProofForm): FormErrors {
  if (ways.length === 0) return { ways: "Choose how the gateway signs in here. It is sealed." };
  return {
    ...(ways.includes("privateKey") &&
      !privateKey.includes("PRIVATE KEY-----") && {
        privateKey: "The whole file, from its BEGIN line to its END line.",
      }),
    ...(ways.includes("password") && password === "" && { password: "It is sealed, and never shown again." }),
    ...(ways.includes("answers") &&
      answers.every((answer) => answer === "") && { answers: "At least one answer." }),
  };
}

/** What was entered of the ways that are chosen; a key's file ends with a line end, whatever was pasted. */
function proofOf({ ways, privateKey, passphrase, password, answers }: ProofForm): SshProof {
  return {
    ...(ways.includes("privateKey") && { privateKey: `${privateKey.trim()}\n` }),
    ...(ways.includes("privateKey") && passphrase !== "" && { passphrase }),
    ...(ways.includes("password") && { password }),
    ...(ways.includes("answers") && { answers: [...answers] }),
  };
}
