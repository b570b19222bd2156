import { describe, expect, test } from "vitest";
import type { ValueRule } from "../../shared/nouns/catalog.ts";
import { ruleAt, type Step } from "./json-paths.ts";

const redact: ValueRule = { kind: "redact" };
const last: ValueRule = { kind: "last", count: 4 };
const paths = {
  "address.street": redact,
  "phones[*].number": last,
  "tags[*]": redact,
  "0": redact,
  "lists[*][*].x": last,
};

describe("what a view takes out of a document", () => {
  test.each<[Step[]]>([
    [["newsletter"]],
    [["address", "city"]],
    [["address", "city", "name"]],
    [["phones", 0, "kind"]],
    [["phones", "0", "kind"]],
    [["lists", 1, 2, "y"]],
  ])("%j is shown", (steps) => expect(ruleAt(paths, steps)).toBeUndefined());

  test.each<[Step[]]>([
    [["address", "street"]],
    [["address", "street", "name"]],
    [["phones", 0, "number"]],
    [["phones", "-1", "number"]],
    [["tags", 3]],
    [["tags", 3, "x"]],
    [["0"]],
  ])("%j is named by a path, and redacted", (steps) => expect(ruleAt(paths, steps)).toEqual(redact));

  test.each<[Step[]]>([
    [[0]],
    [["1"]],
    [["address", 0]],
    [["phones", "number"]],
    [["tags", "x"]],
    [["lists", 0, "x"]],
  ])("%j is where the paths expect another shape, and redacted", (steps) =>
    expect(ruleAt(paths, steps)).toEqual(redact),
  );

  test.each<[Step[], Record<string, ValueRule>]>([
    [["address"], { street: redact }],
    [["phones"], { "[*].number": last }],
    [["phones", 0], { number: last }],
    [["lists"], { "[*][*].x": last }],
    [[], paths],
  ])("of %j the parts are masked", (steps, below) =>
    expect(ruleAt(paths, steps)).toEqual({ kind: "json", paths: below }),
  );

  test("a number that may be a key or an element is hidden where both are", () => {
    expect(ruleAt({ "a.0.x": redact, "a[*].y": redact }, ["a", "0", "z"])).toEqual(redact);
  });
});
