import { describe, expect, test } from "vitest";
import type { SshTarget } from "../../shared/nouns/target.ts";
import { emptyProof, moved, newJump, readKeys } from "./target-form-ssh.ts";
import { emptyForm, formOf, ofKind, readForm } from "./target-form.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpeHR1cmUgb2YgYSBob3N0IGtleSwgbm90IHJlYWw=";
const pem = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----";
const filled = {
  ...ofKind(emptyForm, "ssh"),
  name: "bastion",
  host: " host.example ",
  user: "deploy",
  hostKeys: [key],
  proof: { ...emptyProof, privateKey: ` ${pem}\r\n` },
};
const saved: SshTarget = {
  ...{ name: "bastion" as SshTarget["name"], kind: "ssh", tags: { env: "prod" }, user: "deploy" },
  ...{ revision: 2, disabled: false, managed: false, updatedAt: "2026-01-01T00:00:00Z" },
  address: {
    ...{ host: "host.example", port: 22, hostKeys: [key] },
    jumps: [{ host: "edge.example", port: 2222, user: "hop", hostKeys: [key] }],
  },
};

describe("the form of an SSH target", () => {
  test("a whole one becomes what the gateway takes", () => {
    const { errors, input } = readForm(filled, true);
    expect(errors).toEqual({});
    expect(input).toEqual({
      ...{ kind: "ssh", host: "host.example", port: 22, user: "deploy", hostKeys: [key], jumps: [] },
      ...{ privateKey: `${pem}\n`, tags: { env: "staging" }, disabled: false },
    });
  });
  test("nothing is connected before keys are pinned and a way to sign in is given", () => {
    const { errors } = readForm({ ...filled, hostKeys: [], proof: emptyProof }, true);
    expect(Object.keys(errors).toSorted()).toEqual(["hostKeys", "privateKey"]);
    expect(readForm({ ...filled, proof: { ...emptyProof, ways: [] } }, true).errors).toHaveProperty("ways");
  });
  test("each way sends its own: key with passphrase, password, answers", () => {
    const proof = {
      ...{ ways: ["privateKey", "password", "answers"] as const, privateKey: pem, passphrase: "p" },
      ...{ password: "w", answers: ["one", "two"] },
    };
    expect(readForm({ ...filled, proof }, true).input).toMatchObject({
      ...{ passphrase: "p", password: "w", answers: ["one", "two"] },
    });
    const { input } = readForm({ ...filled, proof: { ...proof, ways: ["password"] } }, true);
    expect(input).toMatchObject({ password: "w" });
    for (const field of ["privateKey", "passphrase", "answers"]) expect(input).not.toHaveProperty(field);
  });
  test("left alone, the sealed credentials stay; entering one means entering all", () => {
    const form = formOf(saved);
    const { input } = readForm(form, false);
    expect(input).toMatchObject({ port: 22, jumps: [{ host: "edge.example", port: 2222 }] });
    expect(JSON.stringify(input)).not.toMatch(/password|privateKey|answers/);
    const one = { ...form, proof: { ...emptyProof, ways: ["password"] as const, password: "w" } };
    expect(Object.keys(readForm(one, false).errors)).toEqual(["0.ways"]);
  });
  test("a jump host has an address, keys and a way to sign in of its own", () => {
    const { errors } = readForm({ ...filled, jumps: [newJump("a")] }, true);
    expect(Object.keys(errors).toSorted()).toEqual(["0.host", "0.hostKeys", "0.privateKey", "0.user"]);
  });
  test("keys are pinned for one address: they go when it changes", () => {
    expect(moved(filled, { host: "host.example" }).hostKeys).toEqual([key]);
    expect(moved(filled, { host: "other.example" }).hostKeys).toEqual([]);
    expect(moved(filled, { port: "2222" }).hostKeys).toEqual([]);
  });
  test("the other kind keeps what was typed, and a port that somebody chose", () => {
    expect(ofKind(emptyForm, "ssh").port).toBe("22");
    expect(ofKind({ ...filled, port: "2222" }, "postgres")).toMatchObject({
      port: "2222",
      host: filled.host,
    });
  });
  test("keys are read from known_hosts, from a .pub file, and told where they are neither", () => {
    expect(readKeys(`# note\nhost,10.0.0.1 ${key}\n\n${key} root@host\nrubbish here`)).toEqual({
      keys: [key],
      unread: ["rubbish here"],
    });
  });
});
