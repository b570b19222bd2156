import { assert, constantFrom, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { shellTokens } from "./shell-tokens.ts";

const of = (text: string, kind: string) =>
  shellTokens(text)
    .filter((token) => token.kind === kind)
    .map(({ start, end }) => text.slice(start, end));

describe("the tokens of a shell command", () => {
  it("cover every character once, whatever the text is", () => {
    assert(
      property(string({ unit: constantFrom(..."aE'\"$;-<>&|#\\ \n1(){}`=🙂") }), (text) => {
        const tokens = shellTokens(text);
        expect(tokens.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
      }),
    );
  });
  it.each([
    ["ls -l; rm -rf / && echo done | tee f", ["ls", "rm", "echo", "tee"]],
    ['echo "now $(date) and `who`"', ["echo", "date", "who"]],
    ["if test -f x; then cat x; else touch x; fi", ["test", "cat", "touch"]],
    ["for f in a b; do rm $f; done", ["rm"]],
    ["LANG=C X=$(id) sort <in >out file", ["id", "sort"]],
    ["2>/dev/null make all", ["make"]],
    ["diff <(sort a) <(sort b)", ["diff", "sort", "sort"]],
    ["( cd /tmp; ls )", ["cd", "ls"]],
  ])("%s names what is run", (text, programs) => {
    expect(of(text, "function")).toEqual(programs);
  });
  it("know strings, variables, words of the shell and remarks", () => {
    const text = "while true; do echo 'a b' \"${HOME:-/x} z\" $1 a#b; done # over";
    expect(of(text, "keyword")).toEqual(["while", "do", "done"]);
    expect(of(text, "string")).toEqual(["'a b'", '"', " z", '"']);
    expect(of(text, "parameter")).toEqual(["${HOME:-/x}", "$1"]);
    expect(of(text, "comment")).toEqual(["# over"]);
  });
  it("take a here-document for text, up to its own end", () => {
    const text = "cat <<'END' >f\nrm -rf /\nEND\nls";
    expect(of(text, "function")).toEqual(["cat", "ls"]);
    expect(of(text, "string")).toContain("rm -rf /\nEND\n");
  });
});
