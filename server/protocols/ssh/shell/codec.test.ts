import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFrameScanner, encodeVerdict, type Scanned } from "./codec.ts";
import { escapeForPrintf, QuotingError, unquoteBytes, unquoteWords } from "./quoting.ts";

const [right, next, wrong] = ["a".repeat(32), "b".repeat(32), "c".repeat(32)];
const frame = (nonce: string, payload = "'x'", end = nonce): string =>
  `\u001b]7777;${nonce};Q;3;0,0,0;${payload.length};${payload};${end}\u0007`;

function scan(...pieces: (string | Uint8Array)[]): {
  text: string;
  rest: Exclude<Scanned, { kind: "bytes" }>[];
} {
  const scanner = createFrameScanner(() => [right, next]);
  const all = pieces.flatMap((piece) =>
    scanner.push(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece),
  );
  const text = all
    .map((one) => (one.kind === "bytes" ? Buffer.from(one.bytes).toString("latin1") : "|"))
    .join("");
  return { text, rest: all.filter((one) => one.kind !== "bytes") };
}

describe("frames in the output", () => {
  test("are taken out and read, wherever the stream is cut", () => {
    const stream = `before\u001b[31m${frame(right)}between\u001b]0;title\u0007${frame(next, "$'\\n;'")}after`;
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const { text, rest } = scan(...places.slice(1).map((end, index) => stream.slice(places[index], end)));
        expect(text.replaceAll(/(?<=\|)\|/g, "|")).toBe("before\u001b[31m|between\u001b]0;title\u0007|after");
        expect(rest).toEqual([
          { kind: "frame", frame: { kind: "Q", nonce: right, first: "3", second: "0,0,0", payload: "'x'" } },
          {
            kind: "frame",
            frame: { kind: "Q", nonce: next, first: "3", second: "0,0,0", payload: "$'\\n;'" },
          },
        ]);
      }),
    );
  });

  test("any other bytes pass unchanged", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
        const all = Buffer.concat(pieces);
        fc.pre(!all.includes("\u001b]7777;"));
        const { text } = scan(...pieces, "end");
        expect(text).toBe(`${all.toString("latin1")}end`);
      }),
    );
  });

  test("with another nonce mean nothing, and are taken out", () => {
    expect(scan(`a${frame(wrong)}b`)).toEqual({ text: "ab", rest: [] });
    expect(scan(`a\u001b]7777;BOOT\u0007b\u001b]7777;${"x".repeat(40)}\u001b\\c`).rest).toEqual([]);
  });

  test("without an end swallow no more than a terminal would", () => {
    const { text } = scan(`\u001b]7777;${"x".repeat(10_000)}`, frame(right));
    expect(text.length).toBeGreaterThan(5_000);
    expect(text.endsWith("|")).toBe(true);
  });

  test("into which other output fell are broken, not altered", () => {
    const whole = frame(right, "'rm -rf precious'");
    const into = (piece: string, at = "'rm ".length): string => {
      const place = whole.indexOf("'rm") + at;
      return whole.slice(0, place) + piece + whole.slice(place);
    };
    for (const piece of ["x", "'", `;${wrong}\u0007`, "\u0007", `;\u0007${"y".repeat(10)}`])
      expect(scan(into(piece)).rest.every((one) => one.kind === "broken" && one.of === "Q")).toBe(true);
    expect(scan(frame(right, "'x'", wrong)).rest).toEqual([{ kind: "broken", of: "Q" }]);
  });

  test("that never end are given up", () => {
    const { rest } = scan(`\u001b]7777;${right};Q;1;0;9;`, "y".repeat(600 * 1024));
    expect(rest).toEqual([{ kind: "broken", of: "Q" }]);
  });
});

describe("words as shells quote them", () => {
  test("are read back", () => {
    expect(unquoteWords("'' 'it'\\''s' $'a\\tb\\E\\303\\251\\'\\\\\\007' plain $''")).toEqual([
      "",
      "it's",
      "a\tb\u001b\u00e9'\\\u0007",
      "plain",
      "",
    ]);
    expect(unquoteBytes("$'\\377\\x01'")).toEqual(Uint8Array.of(255, 1));
  });

  test.each(["'open", "$'open", "$'\\", "$'\\q'", "$'\\777'", "$'\\377'", "a\u00e9", "  "])(
    "%s is refused",
    (quoted) => {
      expect(() => unquoteWords(quoted)).toThrow(QuotingError);
    },
  );
});

test("a verdict is one run of printable characters between its marks", () => {
  const odd = Buffer.from("a;b\r\n\u001e\u00ff\\ é");
  const bytes = encodeVerdict({ kind: "instead", nonce: right, next, id: 7, first: escapeForPrintf(odd) });
  expect(Buffer.from(bytes).toString("latin1")).toMatch(/^\u001dV;a{32};7;instead;b{32};[!-~]+\u001e$/); // oxlint-disable-line no-control-regex
});
