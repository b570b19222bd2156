import { assert, constantFrom, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { sqlTokens } from "./sql-tokens.ts";

describe("the tokens of a SQL text", () => {
  it("cover every character once, whatever the text is", () => {
    assert(
      property(string({ unit: constantFrom(..."aE'\"$;-/*\\ \n1.é🙂(u&") }), (text) => {
        const tokens = sqlTokens(text);
        expect(tokens.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
      }),
    );
  });
  it("know words, functions, numbers and parameters", () => {
    const text = "SELECT count(x), 1.5e3, $2, 'a' FROM \"T\"";
    expect(
      sqlTokens(text)
        .filter(({ kind }) => kind !== "space" && kind !== "symbol")
        .map(({ kind }) => kind),
    ).toEqual(["keyword", "function", "identifier", "number", "parameter", "string", "keyword", "quoted"]);
  });
});
