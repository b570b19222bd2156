import fc from "fast-check";
import { expect, test } from "vitest";
import { describeShell } from "./describe.ts";

/** Other spellings of a word that the shell reads as the same word. */
const spelled = (word: string): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom("plain", "single", "double", "escape", "ansi", "empty", "continued"), {
      minLength: word.length,
      maxLength: word.length,
    })
    .map((ways) => [...word].map((letter, index) => spelling(letter, ways[index] ?? "plain")).join(""));

function spelling(letter: string, way: string): string {
  switch (way) {
    case "single":
      return `'${letter}'`;
    case "double":
      return `"${letter}"`;
    case "escape":
      return `\\${letter}`;
    case "ansi":
      return `$'\\x${letter.charCodeAt(0).toString(16)}'`;
    case "empty":
      return `${letter}''`;
    case "continued":
      return `${letter}\\\n`;
    default:
      return letter;
  }
}

const blank = fc.constantFrom(" ", "  ", "\t", " \\\n", "\\\n ");
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Lines in which the given one runs. */
const wraps: ((line: string) => string)[] = [
  (line) => `sudo ${line}`,
  (line) => `sudo -u root -- ${line}`,
  (line) => `env -i A=b ${line}`,
  (line) => `nohup ${line} &`,
  (line) => `timeout 5 ${line}`,
  (line) => `command ${line}`,
  (line) => `A=b ${line}`,
  (line) => `ls; ${line}`,
  (line) => `ls && ${line} || ls`,
  (line) => `( ${line})`,
  (line) => `{ ${line}; }`,
  (line) => `if true; then ${line}; fi`,
  (line) => `for i in a; do ${line}; done`,
  (line) => `echo $( ${line})`,
  (line) => `cat <( ${line})`,
  (line) => `sh -c ${quote(line)}`,
  (line) => `eval ${quote(line)}`,
  (line) => `ssh host ${quote(line)}`,
  (line) => `echo ${quote(line)} | bash`,
  (line) => `bash <<'END_OF_IT'\n${line}\nEND_OF_IT\n`,
  (line) => `f() { ${line}; }; f`,
  (line) => `! ${line}`,
  (line) => `time ${line}`,
  (line) => `x=$( ${line})`,
];

/** Those that take a simple command alone, and those that make one. */
const takesSimple = new Set([0, 1, 2, 3, 4, 5, 6]);
const makesSimple = new Set([0, 1, 2, 4, 5]);

const dangerous = fc
  .tuple(
    fc.constantFrom("rm", "/bin/rm", "/usr/bin/rm"),
    fc.constantFrom(["-rf"], ["-fr"], ["-r", "-f"], ["-R", "-f"], ["--recursive", "--force"], ["-vrf"]),
    fc.boolean(),
  )
  .chain(([program, options, after]) => {
    const words = after ? [program, "/srv/x", ...options] : [program, ...options, "/srv/x"];
    return fc
      .tuple(...words.map(spelled), fc.array(blank, { minLength: words.length, maxLength: words.length }))
      .map((parts) => {
        const blanks = parts.at(-1) as string[];
        return (parts.slice(0, -1) as string[])
          .map((word, index) => (index === 0 ? word : (blanks[index] ?? " ") + word))
          .join("");
      });
  });

const wrapped = fc
  .tuple(dangerous, fc.array(fc.nat({ max: wraps.length - 1 }), { maxLength: 4 }))
  .map(([line, order]) => {
    let isSimple = true;
    return order.reduce((text, index) => {
      if (takesSimple.has(index) && !isSimple) return text;
      // A document's end must stand alone on its line: nothing can follow it on the same one.
      if (text.includes("END_OF_IT\n")) return text;
      isSimple = isSimple && makesSimple.has(index);
      return wraps[index]?.(text) ?? text;
    }, line);
  })
  .filter((line) => !/& *[;|&)]/.test(line));

test("no spelling and no wrapping hides what a line deletes", () => {
  fc.assert(
    fc.property(wrapped, (line) => {
      const { facts } = describeShell(line);
      expect(facts.programs).toContain("rm");
      expect(facts.deletes).toEqual([{ path: "/srv/x", recursive: true, forced: true }]);
      expect(facts.writes).toBe(true);
      expect(facts.actions).toContain("shell.delete");
    }),
    { numRuns: 500 },
  );
});

test("whatever stands in a text, it is described or refused", () => {
  const pieces = fc.array(
    fc.constantFrom(
      "rm",
      " ",
      "'",
      '"',
      "$(",
      ")",
      "`",
      "\\",
      "\n",
      "|",
      ";",
      "&",
      "<",
      ">",
      "<<E",
      "{",
      "}",
      "(",
      "${",
      "x",
      "=",
      "*",
      "[",
      "]",
      "if ",
      "done",
      "#",
      "$",
      "a[",
      "-rf",
      "sh -c ",
      "eval ",
      "/etc/shadow",
      "~",
    ),
    { maxLength: 24 },
  );
  fc.assert(
    fc.property(
      pieces,
      fc.constantFrom("bash" as const, "zsh" as const, "sh" as const, "other" as const),
      (parts, dialect) => {
        try {
          describeShell(parts.join(""), undefined, dialect);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^shell_(unparseable|too_large)$/) });
        }
      },
    ),
    { numRuns: 1500 },
  );
});
