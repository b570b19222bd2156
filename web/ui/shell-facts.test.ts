import { expect, test } from "vitest";
import { runsAs } from "./shell-facts.tsx";

test("as whom a command acts is told from what it wraps", () => {
  expect(runsAs({ actions: ["shell.run"], wrappers: ["timeout"] })).toBe(
    "the target's user, no privilege gained",
  );
  expect(runsAs({ actions: ["shell.privilege"], wrappers: ["env", "sudo"] })).toBe("another user, by sudo");
  expect(runsAs({ actions: ["shell.privilege"], wrappers: [] })).toBe("another user");
});
