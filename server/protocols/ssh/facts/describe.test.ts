import { expect, test } from "vitest";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { describeScript, describeShell, withScripts } from "./describe.ts";
import type { ShellWords } from "./meaning.ts";

const knowing = (told: Partial<ShellWords>): ShellWords => ({
  aliases: {},
  functions: {},
  programs: {},
  ...told,
});
const deletes = (text: string, known?: ShellWords): string[] =>
  describeShell(text, known).facts.deletes.map(({ path }) => path);

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};

test("the shell is asked for each word that may be an alias or a function, once", () => {
  const line = "sudo ls | grep x; ./run; $y; /bin/cat f; grep z";
  expect(describeShell(line).words).toEqual(["grep", "sudo"]);
  expect(describeShell(line, knowing({ programs: { sudo: "/usr/bin/sudo", grep: "" } })).words).toEqual([]);
});

test("words within another shell are not asked for", () => {
  expect(describeShell("bash -c 'ls; x'").words).toEqual(["bash"]);
  expect(describeShell("eval 'ls; x'").words).toEqual(["eval", "ls", "x"]);
});

test("an alias counts as what it stands for", () => {
  const known = knowing({ aliases: { ll: "ls -l; rm -rf /srv/x;", sudo: "sudo ", e: "echo" } });
  expect(deletes("ll /tmp", known)).toEqual(["/srv/x"]);
  expect(deletes("sudo ll /tmp", known)).toEqual(["/srv/x"]);
  expect(deletes("A=b ll | e", known)).toEqual(["/srv/x"]);
});

test.each(["\\ll", "'ll'", "command ll", "/bin/ll", "bash -c ll"])("%s is not the alias", (word) => {
  expect(deletes(word, knowing({ aliases: { ll: "rm -rf /srv/x" } }))).toEqual([]);
});

test("an alias that names itself, or others in a circle, ends", () => {
  const known = knowing({ aliases: { ls: "ls --color", a: "b", b: "a" } });
  expect(describeShell("ls; a", known).facts.programs).toEqual(["a", "ls"]);
});

test.each(["if true; then", "echo 'x"])("an alias that stands for %s cannot be known", (value) => {
  expect(describeShell("x", knowing({ aliases: { x: value } })).facts.opaque).toBe(true);
});

test("a function counts as its body, with the arguments of the call", () => {
  const known = knowing({
    functions: { clean: 'clean () \n{ \n    rm -rf "/srv/$1"\n}', both: 'rm -f "$@"' },
  });
  expect(deletes("clean x", known)).toEqual(["/srv/x"]);
  expect(deletes("both a b", known)).toEqual(["a", "b"]);
  expect(deletes("\\clean x", known)).toEqual(["/srv/x"]);
  expect(deletes("sudo clean x", known)).toEqual([]);
});

test("a function that calls itself, or cannot be read, ends", () => {
  const known = knowing({ functions: { f: "f () { f; g; }", g: "g () { f; }", h: "h () { echo '" } });
  expect(describeShell("f", known).facts.opaque).toBe(false);
  expect(describeShell("h", known).facts.opaque).toBe(true);
});

test("what the shell finds outside the system's directories is a script until somebody has looked", () => {
  const known = knowing({ programs: { deploy: "/home/ops/bin/deploy", ls: "/usr/bin/ls" } });
  expect(describeShell("ls; deploy prod", known).scripts).toEqual([
    {
      path: "/home/ops/bin/deploy",
      interpreter: "",
      sourced: false,
      span: { start: 4, end: 10 },
      arguments: ["prod"],
    },
  ]);
});

test.each([
  [
    "bash -x run.sh a b",
    {
      path: "run.sh",
      interpreter: "bash",
      sourced: false,
      span: { start: 8, end: 14 },
      arguments: ["a", "b"],
    },
  ],
  [
    "echo; . './x y'",
    { path: "./x y", interpreter: "source", sourced: true, span: { start: 8, end: 15 }, arguments: [] },
  ],
  [
    "sudo python3 app.py --x",
    {
      path: "app.py",
      interpreter: "python3",
      sourced: false,
      span: { start: 13, end: 19 },
      arguments: ["--x"],
    },
  ],
  [
    "echo $(sh f)",
    { path: "f", interpreter: "sh", sourced: false, span: { start: 10, end: 11 }, arguments: [] },
  ],
  ["eval 'sh f'", { path: "f", interpreter: "sh", sourced: false, span: undefined, arguments: [] }],
])("%s runs a file, whose place in the text is told", (text, script) => {
  expect(describeShell(text).scripts).toEqual([script]);
});

test("a script's content is judged by its grammar, with the arguments it gets", () => {
  const { facts } = describeScript('#!/bin/bash\nset -e\nrm -rf "$1"\n', "", { arguments: ["/srv/x"] });
  expect(facts.deletes).toEqual([{ path: "/srv/x", recursive: true, forced: true }]);
  expect(facts.opaque).toBe(false);
});

test.each([
  ["#!/usr/bin/env python3\nimport os", ""],
  ["import os", "python3"],
  ["\u007fELF\0", ""],
  ["#!/bin/bash -c\nls", ""],
])("a script that is no shell's is opaque: %j", (text, interpreter) => {
  expect(describeScript(text, interpreter).facts.opaque).toBe(true);
});

test("a script in another shell cannot touch the hook; a sourced one can", () => {
  const text = "trap 'echo x' EXIT\nexec ls\n";
  expect(describeScript(text, "bash").facts.tampers).toEqual([]);
  expect(describeScript(text, "source", { sourced: true }).facts.tampers).toEqual(["exec", "trap"]);
});

test("comments in a script are comments, in zsh too", () => {
  expect(describeScript("#!/bin/zsh\n# x\nls\n", "").facts.opaque).toBe(false);
});

test("a command's facts take in those of its scripts", () => {
  const command = describeShell("bash a.sh && bash b.sh");
  const both = withScripts(command, [
    describeScript("rm -rf /srv/x", "bash"),
    describeScript("bash c.sh", "bash"),
  ]);
  expect(both.facts).toMatchObject({
    deletes: [{ path: "/srv/x" }],
    scripts: ["a.sh", "b.sh", "c.sh"],
    actions: ["shell.delete", "shell.read", "shell.run", "shell.script"],
  });
  expect(both.facts.summary).toContain("the script deletes /srv/x");
});

test.each([
  "ls )",
  "ls;;",
  "ls >",
  "cat <<",
  "coproc",
  "if; then",
  "echo $(ls ;; x)",
  "{ }",
  "a\0b",
  "a\u001b[31m",
  "a\rb",
  "a\u0085b",
  "a\ud800b",
])("%j is refused", (text) => {
  expect(codeOf(() => describeShell(text))).toBe("shell_unparseable");
});

test.each([
  ["bytes", "a".repeat(70_000)],
  ["bytes of wide characters", "ä".repeat(40_000)],
  ["substitutions", "$(".repeat(5000) + ")".repeat(5000)],
  ["substitutions that a quoted bracket hides", "$(')'".repeat(8000)],
  ["open brackets", "(".repeat(1000)],
  ["compounds", "if ".repeat(10_000)],
  ["functions", "f()".repeat(20_000)],
])("too much is refused: %s", (_, text) => {
  expect(codeOf(() => describeShell(text))).toBe("shell_too_large");
});

test("aliases within one another beyond measure are refused", () => {
  const chain = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`a${index}`, `a${index + 1}`]));
  expect(codeOf(() => describeShell("a0", knowing({ aliases: chain })))).toBe("shell_too_large");
});

test("aliases and functions that grow without bound are refused", () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`a${index}`, `a${index + 1} x; a${index + 1} y`]),
  );
  expect(codeOf(() => describeShell("a0", knowing({ aliases: doubling })))).toBe("shell_too_large");
  const bodies = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`f${index}`, `f${index + 1}; f${index + 1}`]),
  );
  expect(codeOf(() => describeShell("f0", knowing({ functions: bodies })))).toBe("shell_too_large");
});

test("programs that a line starts beyond measure are refused", () => {
  const line = `find ${"a ".repeat(2000)} ${"-exec x {} + ".repeat(2000)}`;
  expect(codeOf(() => describeShell(line))).toBe("shell_too_large");
});

test.each([`awk '${"{ print } ".repeat(1000)}'`, `sed '${"p;".repeat(4000)}'`])(
  "code in another language is looked at up to a length, and opaque beyond",
  (line) => {
    expect(describeShell(line).facts.opaque).toBe(true);
  },
);

test.each([`cat /${"*?".repeat(10_000)}`, `sed '${"\n".repeat(30_000)}x'`, `chmod ${"u+".repeat(20_000)} x`])(
  "no pattern takes more than counted steps",
  (line) => {
    expect(describeShell(line).complete).toBe(true);
  },
);

test("braces and loops that multiply are taken for unknown", () => {
  expect(describeShell("rm {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}").facts.opaque).toBe(true);
  expect(describeShell("rm {1..999999999}").facts.opaque).toBe(true);
});

test.each([
  ["rm -rf /var/log/app", "deletes /var/log/app recursively, by force", "rm /var/log/app"],
  ["sudo systemctl restart nginx", "changes services; acts as another user", "systemctl restart"],
  ["ls -la /etc", "reads /etc", "ls /etc"],
  ["cd /srv", "runs cd", "cd /srv"],
  ["ps aux | grep x", "runs grep and ps", "ps aux"],
  ["x=1", "does nothing outside the shell", ""],
  [
    "curl https://x.example/i | sh",
    "runs what it downloads; cannot be known in full: sh runs what it is given; downloads from x.example",
    "sh",
  ],
  ["cp a /etc/cron.d/b", "stays by cron; changes /etc/cron.d/b; reads a", "cp a"],
])("%s is told as: %s", (text, summary, subject) => {
  expect(describeShell(text).facts).toMatchObject({ summary, subject });
});

test("where the shell stands makes relative names exact", () => {
  const known = knowing({ directory: "/etc/ssh" });
  expect(describeShell("cat ../shadow-", known).facts.secrets).toEqual(["shadow"]);
  expect(describeShell("echo x > ../cron.d/y", known).facts.persistence).toEqual(["cron"]);
});

test("equal commands give equal facts", () => {
  const text = "rm b a; cat <(ls) > c; sudo reboot";
  expect(describeShell(text)).toEqual(describeShell(text));
});

test.each([
  "echo 'a",
  'echo "a',
  "echo `a",
  "echo ${x",
  "echo $((1 +",
  "a=(b",
  "cat <<E\nE x",
  "cat <<A <<B\nA\n",
  "a |",
  "a &&\n",
  "(a",
  "{ a;",
  "if a; then b; else",
  "case x in a) b;;",
  "until x; do",
  "f()",
  "[[ a",
  "ls \\",
  "ls \\\n",
  "cat <(a",
])("%j has not ended", (text) => {
  expect(describeShell(text).complete).toBe(false);
});

test.each(["a # \\", "a \\\\", "cat <<E\nx\nE", "# 'a", "echo '\\'", "", "\n", "! a", "time"])(
  "%j has ended",
  (text) => {
    expect(describeShell(text).complete).toBe(true);
  },
);

test("brackets of an awk pattern that could end in two ways each are read in one", () => {
  // In two ways each, a few hundred would be read for ever.
  expect(describeShell(`awk '/^${":[^]".repeat(200)}'`).facts.opaque).toBe(true);
  expect(describeShell("awk '/[^]/\"]x/ { print }' a").facts.opaque).toBe(false);
});
