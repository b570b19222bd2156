import { expect, test } from "vitest";
import { bodyOfCommand } from "./entry-bodies.ts";
import { someCommand, someDecision, someSession } from "./testing.ts";

const decided = (decision: ReturnType<typeof someDecision>) =>
  bodyOfCommand({ ...someCommand(someSession().id), decision })["decision"];

test("an intent says which classes were shown in clear, by which policy", () => {
  const decision = someDecision("allow");
  const unmask = [{ class: "email", policy: "support-sees-email" }];
  const shown = { ...decision, obligations: { ...decision.obligations, unmask } };
  expect(decided(shown)).toMatchObject({ effect: "allow", policies: ["p1"], policyVersion: 1, unmask });
  expect(decided(decision)).toMatchObject({ unmask: [] });
});

test("a look-up's entry carries how many there were within the hour, another's says nothing of it", () => {
  expect(decided({ ...someDecision("review"), recentLookups: 21 })).toMatchObject({ recentLookups: 21 });
  expect(decided(someDecision("allow"))).not.toHaveProperty("recentLookups");
});
