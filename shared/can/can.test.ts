import { describe, expect, it } from "vitest";
import type { Role } from "../nouns/actor.ts";
import { allRights, can, rightsOf } from "./can.ts";

const human = (...roles: Role[]) => ({ kind: "human" as const, roles });
const workload = (...roles: Role[]) => ({ kind: "workload" as const, roles });

describe("rights in the portal", () => {
  it("are these, by role", () => {
    expect(rightsOf(human("engineer"))).toEqual([]);
    expect(rightsOf(human("reviewer"))).toEqual(["reviews.vote", "policies.read"]);
    expect(rightsOf(human("auditor"))).toEqual([
      "recordings.read",
      "recordings.watch",
      "recordings.hold",
      "ledger.read",
      "evidence.export",
      "evidence.read",
      "sessions.kill",
      "policies.read",
    ]);
    expect(rightsOf(human("administrator"))).toEqual([
      "recordings.hold",
      "evidence.read",
      "ledger.rotate",
      "sessions.kill",
      "policies.read",
      "policies.edit",
      "policies.evaluate-for-others",
      "targets.edit",
      "classes.edit",
      "actors.block",
    ]);
  });

  it("give a workload nothing but an auditor's reading, whatever roles its token claims", () => {
    expect(rightsOf(workload("engineer", "reviewer", "auditor", "administrator"))).toEqual([
      "recordings.read",
      "ledger.read",
      "evidence.export",
      "evidence.read",
    ]);
  });

  it("give nobody anything without a role", () => {
    for (const right of allRights) expect(can(human(), right)).toBe(false);
  });
});
