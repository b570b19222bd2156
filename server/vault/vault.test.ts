import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { ActorId } from "../../shared/ids.ts";
import { Target } from "../../shared/nouns/target.ts";
import { type Binding, mintPermit } from "../approval/permit.ts";
import { createVault } from "./vault.ts";

const now = () => 1_000;
const [oldKey, newKey] = [
  { id: "old", key: randomBytes(32) },
  { id: "new", key: randomBytes(32) },
];
const vault = createVault({ keys: [oldKey], now });
const target = (name: string, revision = 3) =>
  Target.parse({
    name,
    kind: "postgres",
    tags: {},
    address: { host: "db.test", port: 5432, database: "shop" },
    user: "gate",
    revision,
    disabled: false,
    managed: false,
    updatedAt: "2026-11-20T10:00:00.000Z",
  });
const permit = (changed: Partial<Binding> = {}) =>
  mintPermit({
    purpose: "command",
    command: null,
    actor: ActorId.parse("issuer.test|ada"),
    session: null,
    target: target("shop").name,
    targetRevision: 3,
    sha256: "",
    obligations: {
      reviewers: [],
      reviewExpiresSeconds: 60,
      maxRows: 0,
      timeoutMs: 0,
      maxAffectedRows: null,
      unmask: [],
      masks: [],
    },
    policyVersion: 1,
    writes: false,
    expiresAt: 2_000,
    ...changed,
  });

test("a permit for the target opens what was sealed for it", () => {
  const sealed = vault.seal("shop", "hünter2");
  expect(vault.open(permit(), target("shop"), sealed)).toEqual({ user: "gate", secret: "hünter2" });
  expect(vault.open(permit(), target("shop"), null)).toEqual({ user: "gate" });
  expect(JSON.stringify(sealed)).not.toContain("hünter2");
  expect(vault.seal("shop", "hünter2").box).not.toBe(sealed.box);
});

test("without a fitting permit nothing is opened", () => {
  const sealed = vault.seal("shop", "secret");
  const open = (changed: Partial<Binding>, at = target("shop")) => vault.open(permit(changed), at, sealed);
  expect(() => open({ expiresAt: 1_000 })).toThrow(/expired/);
  expect(() => open({ targetRevision: 2 })).toThrow(/another targetRevision/);
  expect(() => open({}, target("other"))).toThrow(/another target/);
  expect(() => open({}, target("shop", 4))).toThrow(/another targetRevision/);
});

test("one target's seal is not opened as another's, nor when a byte has changed", () => {
  const sealed = vault.seal("other", "secret");
  const code = { code: "credential_unavailable" };
  const opening = (changed: Partial<typeof sealed>) => () =>
    vault.open(permit(), target("shop"), { ...vault.seal("shop", "secret"), ...changed });
  expect(() => vault.open(permit(), target("shop"), sealed)).toThrow(expect.objectContaining(code));
  expect(opening({ nonce: sealed.nonce })).toThrow(expect.objectContaining(code));
  expect(opening({ keyId: "gone" })).toThrow(expect.objectContaining(code));
  expect(opening({ box: "" })).toThrow(expect.objectContaining(code));
  expect(opening({ box: Buffer.alloc(22).toString("base64") })).toThrow(expect.objectContaining(code));
});

test("a new first key seals, the old one still opens until all is sealed anew", () => {
  const sealed = vault.seal("shop", "secret");
  const rotated = createVault({ keys: [newKey, oldKey], now });
  expect(rotated.needsReseal(sealed)).toBe(true);
  expect(rotated.open(permit(), target("shop"), sealed).secret).toBe("secret");
  const again = rotated.reseal("shop", sealed);
  expect(rotated.needsReseal(again)).toBe(false);
  expect(createVault({ keys: [newKey], now }).open(permit(), target("shop"), again).secret).toBe("secret");
  expect(rotated.matches("shop", again, "secret")).toBe(true);
  expect(rotated.matches("shop", again, "Secret")).toBe(false);
});

test("keys that are missing, short or ambiguous are refused at the start", () => {
  expect(() => createVault({ keys: [], now })).toThrow(TypeError);
  expect(() => createVault({ keys: [{ id: "a", key: randomBytes(16) }], now })).toThrow(TypeError);
  expect(() => createVault({ keys: [oldKey, { ...newKey, id: "old" }], now })).toThrow(TypeError);
});
