import type { ActorId, CommandId, SessionId, TargetName } from "../../shared/ids.ts";
import type { Obligations } from "../../shared/nouns/decision.ts";
import { Refusal } from "../../shared/contract/errors.ts";

/** What a permit allows: exactly these bytes, for this actor and session, at this revision of the target. */
export type Binding = {
  purpose: "command" | "impact" | "catalog" | "test" | "discovery" | "terminal" | "script" | "path";
  command: CommandId | null;
  actor: ActorId;
  session: SessionId | null;
  target: TargetName;
  targetRevision: number;
  /** Hex SHA-256 of `bindingDigest`: the bytes that will run, parameters, obligations and the rest. */
  sha256: string;
  obligations: Obligations;
  policyVersion: number;
  /** Opens a read-write transaction. */
  writes: boolean;
  /** Milliseconds since 1970. */
  expiresAt: number;
};

const mark = Symbol("permit");

/** A copy of plain data, frozen through and through: nobody widens an obligation after the mint. */
function frozen<T>(value: T): T;
function frozen(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((each) => frozen<unknown>(each)));
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, member]) => [key, frozen<unknown>(member)])),
  );
}

/**
 * The right to run one command once. Only `approval/` makes one (the import test holds that); `vault` and `connect`
 * check it again, and `connect` spends it.
 */
export class Permit {
  readonly #binding: Readonly<Binding>;
  #spent = false;
  constructor(key: symbol, binding: Binding) {
    if (key !== mark) throw new TypeError("permits are minted in approval/");
    this.#binding = frozen(binding);
  }
  get binding(): Readonly<Binding> {
    return this.#binding;
  }
  /** Throws `permit_invalid` where it is expired, spent or for something else. */
  check(
    now: number,
    expected: Partial<Pick<Binding, "target" | "targetRevision" | "sha256" | "session" | "actor">>,
  ): void {
    const refuse = (why: string): never => {
      throw new Refusal("permit_invalid", `The permit ${why}.`);
    };
    if (this.#spent) refuse("has been used");
    if (now >= this.#binding.expiresAt) refuse("has expired");
    for (const [key, value] of Object.entries(expected) as [keyof typeof expected, unknown][])
      if (this.#binding[key] !== value) refuse(`is for another ${key}`);
  }
  /** Checks and uses it up; a second call throws. */
  spend(now: number, expected: Parameters<Permit["check"]>[1]): void {
    this.check(now, expected);
    this.#spent = true;
  }
}

/** The sole mint. Called from `approval/approvals.ts` alone. */
export function mintPermit(binding: Binding): Permit {
  return new Permit(mark, binding);
}
