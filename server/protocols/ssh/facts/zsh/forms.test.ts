import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asBash } from "./forms.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-zsh-"));
  for (const name of ["a.txt", "b.txt", "c.md"]) writeFileSync(join(folder, name), "");
});
afterAll(() => rmSync(folder, { recursive: true }));
const says = (shell: string, options: string[], text: string): string =>
  execFileSync(shell, [...options, text], { cwd: folder, encoding: "utf8" });

describe("forms of zsh", () => {
  test.each([
    "for x (a 'b c') echo $x; echo after",
    "for x (a b) echo $x && echo also; echo after",
    "for x (a b) { echo $x }; echo after",
    "for x (a b) do echo $x; done",
    "for x (a b); do echo $x; done",
    "for x (a\nb)\necho $x",
    "for x in a b; echo $x",
    "for x in a b; { echo $x; }",
    "for ((i = 0; i < 2; i++)) echo $i",
    "for ((i = 0; i < 2; i++)) { echo $i }",
    "for x ({1..3}) { echo $x } | tail -n 1",
    "f() { echo in }; f",
    "f () { echo $1; echo ${2} }\nf a 'b }'",
    "f() {\n  echo in\n}; f && echo after",
    "f() echo in; f",
    "function f { echo in }; f",
    "{ echo a }; { echo b; } && echo c",
    "(echo a) | { cat }",
    "{ echo a } always { echo b }",
    "if [[ -n x ]] { echo y } else { echo n }",
    "if [[ -n x ]] { echo y }; if [[ -z x ]] { echo z } else { if true; then echo w; fi }",
    "i=0; while (( i < 2 )) { echo $i; i=$((i + 1)) }",
    "echo {a,b}{1,2} \"}\" '}' \\} ${HOME:+x}",
    "for f (*.txt(N)) echo $f",
    "files=(*.txt(.N)); echo ${files[@]}",
    "ls *.txt(N) | wc -l",
    "ls -d *(.)",
  ])("%j is read as what zsh does", (text) => {
    const { texts, strange } = asBash(text);
    const [form = ""] = texts;
    expect(strange).toEqual([]);
    expect(says("bash", ["--norc", "-c"], form)).toBe(says("zsh", ["-fc"], text));
  });

  test("a word that may be missing is read both ways", () => {
    expect(asBash("cp a /etc/x b(N) c*(.N)").texts).toEqual([
      "cp a /etc/x b* c*",
      "cp a /etc/x  c*",
      "cp a /etc/x b* ",
      "cp a /etc/x  ",
    ]);
    expect(asBash("ls a(N) b(N) c(N) d(N)").strange).toHaveLength(1);
  });

  test.each(["ls *.txt(e:'touch ran':)", "ls x(+run)", "ls *.txt(#q.)", "ls *.txt(:h)"])(
    "%s is not judged",
    (text) => expect(asBash(text).strange).toHaveLength(1),
  );

  test.each([
    "echo }",
    "{ echo a } }",
    "ls (a|b)*",
    "for x y (1 2) echo $x",
    "case a in (a) echo;; esac",
    "cat <<E\n{ x }\nE",
    "ls # { x }",
    "if [[ -z x ]] { y } elif [[ -n x ]] { z }",
    "x=*(N)",
    "x*(N) rm",
    "echo 'open { x }",
    "echo $(( 1 { x }",
    "[[ $(x) == (a) ]] { y }",
  ])("%j is left as it is", (text) => expect(asBash(text)).toEqual({ texts: [text], strange: [] }));

  test("any text has an end, and one without such forms stays", () => {
    const piece = fc.constantFrom(
      ..."for|in|do|x|(|)|{|}|;|\n| |&|'|\"|`|$|((|))|[[ |]]|<|>|if |else|*|(N)|=|\\|#|f()".split("|"),
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 24 }), (parts) => void asBash(parts.join(""))));
    fc.assert(
      fc.property(fc.stringMatching(/^[\w ;|&$'"<>\n-]*$/), (text) => {
        fc.pre(!/&\|/.test(text));
        expect(asBash(text).texts).toEqual([text]);
      }),
    );
  });
});
