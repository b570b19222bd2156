import { expect, test } from "vitest";
import { homeOf } from "./navigation.ts";

test("auditors begin at the recordings, everyone else at the targets", () => {
  expect(homeOf({ kind: "human", roles: ["auditor"] })).toBe("/audit");
  expect(homeOf({ kind: "human", roles: ["reviewer"] })).toBe("/targets");
  expect(homeOf({ kind: "human", roles: [] })).toBe("/targets");
});
