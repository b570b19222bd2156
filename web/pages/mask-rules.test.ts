import { expect, test } from "vitest";
import { MaskRule } from "../../shared/nouns/catalog.ts";
import { maskKinds, maskOf, sampleOf, wrongClassification } from "./mask-rules.ts";

test("every way to hide a value begins as a valid rule and has a sample", () => {
  for (const { kind } of maskKinds) {
    const rule = maskOf(kind);
    expect(rule.kind).toBe(kind);
    expect(MaskRule.safeParse(rule).success).toBe(true);
    expect(sampleOf(rule)).not.toBe("");
  }
});
test("what cannot be put in force is said in words", () => {
  const email = { name: "email", description: "", mask: maskOf("redact"), lookup: false };
  expect(
    wrongClassification({ classes: [email], patterns: [{ column: "*mail*", class: "email" }] }),
  ).toBeUndefined();
  expect(wrongClassification({ classes: [{ ...email, name: "E Mail" }], patterns: [] })).toContain("E Mail");
  expect(wrongClassification({ classes: [email, email], patterns: [] })).toContain("two classes");
  expect(wrongClassification({ classes: [email], patterns: [{ column: "", class: "email" }] })).toContain(
    "no column",
  );
  expect(wrongClassification({ classes: [], patterns: [{ column: "x", class: "email" }] })).toContain(
    "not there",
  );
});
