import { expect, test } from "vitest";
import { groupsIn, outline } from "./policy-outline.ts";

const text = `// @id("comment") permit (principal, action, resource);
@id("no-grants")
@say("Never; not even \\"once\\".")
forbid (principal, action == Action::"sql.grant", resource);

@id("write-prod")
@review("shop-reviewers")
permit (
  principal in Group::"engineers",
  action, resource
) when { context.facts.writes };
@id("sees-email")
permit (principal in Group::"support", action == Action::"unmask", resource);
permit (principal, action, resource);
@id("unfinished")
permit (principal`;

test("policies are found with their lines and what they do, comments and strings aside", () => {
  expect(outline(text)).toEqual([
    { id: "no-grants", group: "block", line: 2, endLine: 4 },
    { id: "write-prod", group: "review", line: 6, endLine: 11 },
    { id: "sees-email", group: "unmask", line: 12, endLine: 13 },
    { id: "(no id)", group: "allow", line: 14, endLine: 14 },
  ]);
});
test("an empty text has none", () => {
  expect(outline("")).toEqual([]);
});
test("groups are collected once each", () => {
  expect(groupsIn(text + text)).toEqual(["engineers", "support"]);
});
