import { expect, it } from "vitest";
import { problems } from "./documents.ts";
import { blocksOf, replacePart } from "./markdown.ts";
import { missingTests } from "./claims.ts";
import { root } from "./documents.ts";

it("what the documents say holds: generated parts, tests, links, policies, dependencies", () => {
  expect(problems()).toEqual([]);
});

it("a test that is not there under its title is found", () => {
  const file = "docs/X.md";
  const here = "`tools/docs/docs.test.ts`";
  const title = "a test that is not there under its title is found";
  expect(missingTests(root, { file, text: `${here}: "${title}"` })).toEqual([]);
  expect(missingTests(root, { file, text: `\n${here}: "${title.toUpperCase()}"` })).toEqual([
    `docs/X.md:2: tools/docs/docs.test.ts has no test "${title.toUpperCase()}"`,
  ]);
  expect(missingTests(root, { file, text: "`server/nowhere.test.ts`" })).toHaveLength(1);
});

it("blocks of one language are told from others, and a part goes between its marks", () => {
  expect(blocksOf("```sh\na\n```\n```cedar\nb\nc\n```\n", "cedar")).toEqual([{ text: "b\nc", line: 4 }]);
  const marks = "x\n<!-- generated: n -->\nold\n<!-- end: n -->\ny";
  expect(replacePart(marks, "n", "new")).toBe("x\n<!-- generated: n -->\nnew\n<!-- end: n -->\ny");
  expect(() => replacePart("x", "n", "new")).toThrow(/marks/);
});
