import { describe, expect, it } from "vitest";
import { createChunkStore } from "./chunk-store.ts";
import { csvField, toCsv } from "./csv.ts";

const store = createChunkStore([
  { name: "=id", type: "int8" },
  { name: "note", type: "text" },
]);
store.append([
  ["1", "plain"],
  ["-2", null],
  ["3", 'say "hi",\nthere'],
]);

describe("a CSV field", () => {
  it.each([
    "=1+1",
    "+1",
    "-1",
    "@sum(a1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    '"=1+1',
    "'=1",
    "\u200B=1",
    "\uFEFF@x",
    "\uFF1D1+1",
    `=HYPERLINK("http://x","y")`,
  ])("stays text where %j would be a formula", (value) => {
    expect(csvField(value).replace(/^"/u, "")).toMatch(/^'/u);
  });
  it("is quoted where it holds a comma, a quote or a line end", () => {
    expect(csvField('a"b')).toBe('"a""b"');
    expect(csvField("a,b")).toBe('"a,b"');
    expect(csvField("a\nb")).toBe('"a\nb"');
    expect(csvField("a b")).toBe("a b");
  });
  it("is empty for null", () => {
    expect(csvField(null)).toBe("");
  });
});

describe("an export", () => {
  it("has the names first and neutralises them too", () => {
    expect(toCsv(store)).toBe('\'=id,note\r\n1,plain\r\n\'-2,\r\n3,"say ""hi"",\nthere"\r\n');
  });
});
