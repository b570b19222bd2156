import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DataClass } from "../../shared/nouns/catalog.ts";
import { createScreenText } from "./screen-text.ts";

const hidden = new Map(
  ["card", "email", "iban", "phone"].map((name): [string, DataClass] => [
    name,
    { name, description: "", mask: { kind: "redact" }, lookup: false },
  ]),
);
/** Everything that is shown of these pieces, and how many there were. */
function shown(...pieces: string[]): string {
  const screen = createScreenText(hidden);
  return pieces.map((piece) => screen.write(piece)).join("") + screen.flush();
}
const bullets = (count: number) => "•".repeat(count);

describe("values", () => {
  const secrets = [
    "4111 1111 1111 1111",
    "4111111111111111",
    "4111\u00a01111\u00a01111\u00a01111",
    "ada@example.org",
    "GB82 WEST 1234 5698 7654 32",
    "+49 170 1234567",
    "AKIAIOSFODNN7EXAMPLE",
  ];

  test.each(secrets)("%s is hidden wherever its pieces are cut, and keeps its width", (secret) => {
    const text = `first line\r\nvalue: ${secret} end\r\n`;
    const masked = text.replace(secret, secret.replaceAll(/\S/g, "•"));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2, max: 20 }), { minLength: 20 }), (lengths) => {
        const at = [0];
        for (const length of lengths) at.push(Math.min(text.length, (at.at(-1) ?? 0) + length));
        at.push(text.length);
        expect(shown(...at.slice(1).map((to, i) => text.slice(at[i], to)))).toBe(masked);
      }),
      { numRuns: 200 },
    );
  });

  test.each(secrets)("%s, one character after the other, shows no more than how it begins", (secret) => {
    const out = shown(...secret.split(""), "\r\n");
    expect(out.replaceAll(/[\s•]/g, "").length).toBeLessThanOrEqual(4);
  });

  test("are hidden through colours, which stay", () => {
    expect(shown("\u001b[31m4111 1111\u001b[0m 1111 1111\r\n")).toBe(
      "\u001b[31m•••• ••••\u001b[0m •••• ••••\r\n",
    );
  });

  test.each([
    "\u0000",
    "\u0005",
    "\u007f",
    "\u001b7",
    "\u001b=",
    "\u001bH",
    "\u001b[J",
    "\u001b[5 q",
    "\u001b[>1u",
    "\u001b[?1s",
    "\u001b[c",
    "\u001b[!p",
    "\u001b[3g",
  ])("are hidden through %j, which moves nothing", (control) => {
    expect(shown([..."4111111111111111"].join(control) + "\r\n").replaceAll(/[^\d•]/g, "")).not.toContain(
      "4111",
    );
    expect(shown(...[..."ada@example.org"].join(control), "\r\n")).not.toContain("example");
  });

  test.each([
    ["as less does", " \u0008"],
    ["as a line editor does", " \r"],
  ])("are hidden over a screen's edge, crossed %s", (_, edge) => {
    const [before, after] = [`id,411111111${edge}1111111,name`, "id,•••••••••" + edge + "•••••••,name"];
    expect(shown(`${before}\r\n`)).toBe(`${after}\r\n`);
    expect(shown(...before.split(/(?<=,)/), "\r\n")).toBe(`${after}\r\n`);
    for (const text of [`a${edge}b`, `${edge}b`, `\u001b[m${edge}x`, ` ${edge} `, edge + edge])
      expect(shown(text)).toBe(text);
  });

  test.each([
    ["nothing seen", () => "\u200b"],
    ["a soft hyphen", () => "\u00ad"],
    ["a mark", () => "\u0301"],
    ["a tag beyond the first plane", () => "\u{e0041}"],
    ["a control that is left out", () => "\u0001"],
    ["a window's report", () => "\u001b[99t"],
    ["the cursor's place", (n: number) => `\u001b[5;${n + 11}H`],
    ["its column", (n: number) => `\u001b[${n + 11}G`],
    ["the edge and columns from there", (n: number) => `\r\u001b[${n + 1}C`],
    ["back and forth", () => "\u001b[D\u001b[C"],
  ])("are hidden with %s between any two characters, in whatever pieces they come", (_, between) => {
    for (const secret of ["4111111111111111", "AKIAIOSFODNN7EXAMPLE"]) {
      const whole = [...secret].map((character, n) => `${between(n)}${character}`).join("");
      const digits = (text: string) => text.replaceAll(/\u001b\[[\d;]*\w/g, "").replaceAll(/[^\w•]/g, ""); // oxlint-disable-line no-control-regex
      expect(digits(shown("\r\n", whole, "\r\n"))).toBe(bullets(secret.length));
      for (const length of [2, 7]) {
        const pieces = whole.match(new RegExp(`.{1,${length}}`, "gsu")) ?? [];
        // As everywhere, what looks like a key's echo is shown as far as it is the beginning of anything.
        expect(digits(shown("\r\n", ...pieces, "\r\n")).slice(4)).toBe(bullets(secret.length - 4));
      }
    }
  });

  test("are no values where the cursor goes elsewhere in between", () => {
    const apart = [..."4111111111111111"].map((digit, n) => `\u001b[${n + 1};${n * 7 + 1}H${digit}`).join("");
    expect(shown(apart)).toBe(apart);
  });

  test("that begin before a pause lose their rest", () => {
    const screen = createScreenText(hidden);
    const before = screen.write("card 4111 1111") + screen.flush();
    expect(before).toBe("card 4111 1111");
    expect(screen.write(" 1111 1111\r\n")).toBe(" •••• ••••\r\n");
  });

  test("a private key is hidden line by line, to its end", () => {
    const key = [
      "-----BEGIN OPENSSH PRIVATE KEY-----",
      "b3BlbnNzaC1rZXk",
      "AAAAtzc2gt",
      "-----END OPENSSH PRIVATE KEY-----",
    ];
    const out = shown(...key.map((line) => `${line}\r\n`), "$ ls\r\n");
    expect(out).not.toMatch(/b3Bl|AAAA/);
    expect(out).toContain("$ ls\r\n");
  });

  test("are named for the journal", () => {
    const screen = createScreenText(hidden);
    screen.write("4111 1111 1111 1111\r\n");
    expect(screen.takeFound()).toEqual([
      { field: "screen", class: "card", by: "detector", rule: "detector:card" },
    ]);
    screen.write("and nothing more\r\n");
    expect(screen.takeFound()).toEqual([]);
  });
});

describe("what is none", () => {
  test.each([
    "$ ls -la /var/log\r\n",
    "order 4711-2026-000123 shipped\r\n",
    "0f8fad5b-d9cb-469f-a165-70867728950e\r\n",
    "2026-11-20T09:12:33.123456Z INFO ready\r\n",
    "\u001b[1;32muser@host\u001b[0m:~$ ",
    "\u001b[?1049h\u001b[2J\u001b[H\u001b[?25l~\r\n~\u001b[24;1H:q\u001b[?1049l",
    "grün ✓ 日本語 👩‍👩‍👧\r\n",
  ])("%j is shown as it is, whatever its pieces", (text) => {
    expect(shown(text)).toBe(text);
    expect(shown(...text.split(""))).toBe(text);
  });

  test.each(["@", "a@", "eyJ", "4 ", "GB82 ", "://", "-----BEGIN "])(
    "what looks like the beginning of %j a thousand times over is read in steps by its length",
    (text) => {
      // By the square it would be minutes.
      const many = `${text.repeat(1_000)} x`;
      const screen = createScreenText(hidden);
      for (let piece = 0; piece < 1_000; piece++) screen.write(many);
      expect(screen.flush().length).toBeLessThan(many.length);
    },
  );

  test("a key's echo is shown at once", () => {
    const screen = createScreenText(hidden);
    for (const key of "systemctl status nginx") expect(screen.write(key)).toBe(key);
    // Also the first one on a line that was taken back.
    const back = `${"\b".repeat(22)}\x1b[K`;
    expect(screen.write(back)).toBe(back);
    expect(screen.write("l")).toBe("l");
  });
});

describe("sequences that speak to more than the screen", () => {
  test.each([
    ["a title", "\u001b]0;owned\u0007"],
    ["a title, ended by ST", "\u001b]2;owned\u001b\\"],
    ["the clipboard", "\u001b]52;c;cm0gLXJmIC8=\u0007"],
    ["a question about colours", "\u001b]10;?\u0007"],
    ["a device control string", "\u001bP$q q\u001b\\"],
    ["a title of screen", "\u001bkowned\u001b\\"],
    ["a window report", "\u001b[21t"],
    ["an enquiry", "\u0005"],
    ["a title as C1", "\u009d0;owned\u009c"],
  ])("%s is taken out, in whatever pieces it comes", (_, sequence) => {
    expect(shown(`a${sequence}b`)).toBe("ab");
    expect(shown(...`a${sequence}b`.split(""))).toBe("ab");
  });

  test.each(["S", "T", "L", "M", "I", "Z", "b"])(
    "what would be done without end is taken out, and what a screen can do stays: %s",
    (final) => {
      for (const csi of ["\u001b[", "\u009b"]) {
        expect(shown(`a${csi}2147483647${final}b`)).toBe("ab");
        expect(shown(`a${csi}00001001;1${final}b`)).toBe("ab");
        expect(shown(`a${csi}1000${final}b`)).toBe(`a${csi}1000${final}b`);
      }
      expect(shown("\u001b[9999;9999H")).toBe("\u001b[9999;9999H");
    },
  );

  test("marks without end pile up on no character, also across what is held back", () => {
    const marks = Array<string>(2_000).fill("\u0301");
    expect(shown("a", ...marks, "b").length).toBe(32);
    expect(shown("4111", ...marks, "b").length).toBe(35);
  });

  test("one without an end swallows no more than a bound", () => {
    const screen = createScreenText(hidden);
    screen.write(`\u001b]0;${"x".repeat(20_000)}`);
    expect(screen.flush().length).toBeLessThan(4_100);
  });

  test.each([
    ["printed", "\u001b]8;;\u001b[m4111111111111111\u0007"],
    ["printed in a string that is dropped", "\u001bPq\u001b[m4111111111111111\u001b\\"],
    ["the target of a link", "\u001b]8;;https://example.org/4111111111111111\u001b\\here"],
  ])("a value does not pass for a part of one: %s", (_, sequence) => {
    expect(shown(sequence)).not.toContain("4111111111111111");
    expect(shown(...sequence.split(""))).not.toContain("4111111111111111");
  });

  test("an escape within a string gives it up, and no other hides in it", () => {
    expect(shown("a\u001b]8;;\u001b]52;c;cm0gLXJmIC8=\u0007b")).toBe("ab");
    expect(shown("a\u001b]4;1;red\u001b[1mb")).toBe("a\u001b[1mb");
  });

  test("links stay, to be asked about", () => {
    const link = "\u001b]8;;https://example.org\u001b\\here\u001b]8;;\u001b\\";
    expect(shown(link)).toBe(link);
  });
});

test("a masked width is the width", () => {
  expect(shown("4111111111111111\n")).toBe(`${bullets(16)}\n`);
});
