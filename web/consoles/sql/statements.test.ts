import { describe, expect, it } from "vitest";
import { parameterNumbers, statementAt, statementSpans } from "./statements.ts";

const texts = (text: string) => statementSpans(text).map(({ start, end }) => text.slice(start, end));
const at = (marked: string) => {
  const offset = marked.indexOf("|");
  const text = marked.replace("|", "");
  const span = statementAt(text, offset);
  return span === undefined ? undefined : text.slice(span.start, span.end);
};

describe("the statements of a text", () => {
  it("end at semicolons, without leading comments and space", () => {
    expect(texts("-- a\nselect 1;\n\n/* b */ select 2 ;; ")).toEqual(["select 1", "select 2"]);
  });
  it("keep a comment inside", () => {
    expect(texts("select /* one; two */ 1 -- three;\n, 2; select 3")).toEqual([
      "select /* one; two */ 1 -- three;\n, 2",
      "select 3",
    ]);
  });
  it.each([
    ["a quote", "select 'a;b'"],
    ["a doubled quote", "select 'it''s;'"],
    ["a backslash in an escape string", "select E'a\\';b'"],
    ["a quoted name", 'select "a;b" from t'],
    ["a dollar quote", "do $$ begin; end $$"],
    ["a tagged dollar quote with another inside", "do $a$ select $$;$$ $a$"],
    ["a nested comment", "select /* a /* b; */ c; */ 1"],
    ["an unterminated quote", "select 'a; b"],
  ])("do not end inside %s", (_, text) => {
    expect(texts(text)).toEqual([text]);
  });
  it("take a backslash in a plain string for what it is", () => {
    expect(texts("select 'a\\'; select 2")).toEqual(["select 'a\\'", "select 2"]);
  });
  it("are none in a text of comments", () => {
    expect(texts("-- nothing; here\n")).toEqual([]);
  });
});

describe("the statement at the cursor", () => {
  it.each([
    ["inside", "select 1; sel|ect 2; select 3", "select 2"],
    ["right behind its semicolon", "select 1;| select 2", "select 1"],
    ["in the comment before it", "select 1;\n-- the sec|ond\nselect 2", "select 2"],
    ["after the last one", "select 1; select 2;\n\n|", "select 2"],
    ["at the very start", "|select 1; select 2", "select 1"],
  ])("is the one %s", (_, marked, expected) => {
    expect(at(marked)).toBe(expected);
  });
  it("is none in an empty text", () => {
    expect(at("|")).toBeUndefined();
  });
});

describe("parameters", () => {
  it("are numbered, once each, and not those in strings", () => {
    expect(parameterNumbers("select $2, $1, '$3', $2 -- $4\n, $$ $5 $$")).toEqual([1, 2]);
  });
});
