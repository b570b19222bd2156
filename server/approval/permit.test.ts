import { describe, expect, it } from "vitest";
import { digest } from "./binding.ts";
import { mintPermit, Permit, type Binding } from "./permit.ts";
import { decisionOf, partsOf, person } from "./testing.ts";

const decision = decisionOf("allow");
const parts = partsOf(person("mara"), decision);
const binding: Binding = {
  purpose: "command",
  command: parts.commandId,
  actor: parts.actor.id,
  session: parts.session.id,
  target: parts.target.name,
  targetRevision: parts.target.revision,
  sha256: digest(parts),
  obligations: parts.obligations,
  policyVersion: parts.policyVersion,
  writes: true,
  expiresAt: 1_000,
};

describe("a permit", () => {
  it("cannot be made elsewhere, copied or changed", () => {
    expect(() => new Permit(Symbol("permit"), binding)).toThrow("minted in approval/");
    const permit = mintPermit(binding);
    expect(() => Object.assign(permit.binding, { writes: false })).toThrow("read only");
    expect(() => Object.assign(permit.binding.obligations, { maxRows: 9 })).toThrow("read only");
    expect(() => permit.binding.obligations.unmask.push({ class: "card", policy: "x" })).toThrow(
      "not extensible",
    );
    expect(() => permit.check.call({ ...permit, binding }, 0, {})).toThrow("private");
  });

  it("is good until it expires, for what it is bound to", () => {
    const permit = mintPermit(binding);
    permit.check(999, {
      target: binding.target,
      targetRevision: 3,
      sha256: binding.sha256,
      session: binding.session,
    });
    expect(() => permit.check(1_000, {})).toThrow("has expired");
    expect(() => permit.check(0, { sha256: "0".repeat(64) })).toThrow("another sha256");
    expect(() => permit.check(0, { targetRevision: 4 })).toThrow("another targetRevision");
    expect(() => permit.check(0, { session: null })).toThrow("another session");
  });

  it("is used up once, and not by a use that was refused", () => {
    const permit = mintPermit(binding);
    expect(() => permit.spend(0, { sha256: "" })).toThrow("another sha256");
    permit.spend(0, { sha256: binding.sha256 });
    expect(() => permit.spend(0, { sha256: binding.sha256 })).toThrow("has been used");
    expect(() => permit.check(0, {})).toThrow("has been used");
  });
});

describe("the digest", () => {
  it("tells values and their types apart, and nothing else", () => {
    const turned = Object.fromEntries(Object.entries(parts.obligations).toReversed());
    expect(digest({ ...parts, obligations: { ...parts.obligations, ...turned } })).toBe(digest(parts));
    expect(digest({ ...parts, original: "something else that was rewritten into the same bytes" })).toBe(
      digest(parts),
    );
    expect(digest({ ...parts, parameters: [["paid"].join()] })).toBe(digest(parts));
    expect(digest({ ...parts, parameters: [null] })).not.toBe(digest({ ...parts, parameters: ["null"] }));
    expect(digest({ ...parts, parameters: [1] })).not.toBe(digest({ ...parts, parameters: ["1"] }));
  });
});
