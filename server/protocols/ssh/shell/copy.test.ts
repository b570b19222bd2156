import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { until } from "../connect/testing.ts";
import { lineWithCopy, maxCopyBytes, type ScriptUse } from "./copy.ts";
import { dialects, useHost, type Desk, type Judge } from "./testing.ts";

const host = useHost();

const uses: [typed: string, use: (line: string) => ScriptUse][] = [
  ["bash -u f one 'two three'", (line) => at(line, { how: "argument" })],
  ["./f one 'two three'", (line) => at(line, { how: "program", shell: "bash" }, "./f")],
  [". ./f one 'two three'", (line) => at(line, { how: "source" }, "./f")],
  ["source ./f one 'two three'", (line) => at(line, { how: "source" }, "./f")],
];
function at(
  line: string,
  use: { how: "argument" } | { how: "source" } | { how: "program"; shell: "bash" },
  word = "f",
): ScriptUse {
  const start = line.indexOf(` ${word} `) < 0 ? 0 : line.indexOf(` ${word} `) + 1;
  return { ...use, start, end: start + word.length };
}

const good = "#!/bin/bash\n# grün: \\ ; 'quotes' $HOME `x`\necho \"good $# $2\" >said\n";
const evil = "#!/bin/bash\necho evil >said\n";

describe.each(dialects)("%s", (dialect) => {
  test.each(uses)("%s runs the bytes that were judged, though the file was swapped", async (typed, use) => {
    let desk: Desk | undefined;
    const judge: Judge = ({ text }) => {
      if (!/\bf one/.test(text)) return { kind: "allow" };
      const script = readFileSync(join(desk?.home ?? "", "f"));
      // Whoever wants another script to run swaps it between the reading and the running.
      writeFileSync(join(desk?.home ?? "", "f"), evil);
      return { kind: "copy", line: lineWithCopy(text, use(text)), script };
    };
    desk = await host.sit(dialect, { judge, files: { f: good } });
    await desk.run("chmod +x f");
    await desk.run(typed);
    expect(readFileSync(join(desk.home, "said"), "utf8")).toBe("good 2 two three\n");
    // The history has what was typed.
    await desk.run("\u001b[A\u0001echo ");
    expect(desk.asked.at(-1)?.text).toBe(`echo ${typed}`);
    expect(desk.incidents).toEqual([]);
  });

  test("a script of the largest size arrives whole", async () => {
    const script = Buffer.from(`: ${"x".repeat(maxCopyBytes - 40)}\necho whole >said\n`);
    const judge: Judge = ({ text }) =>
      text === "bash f"
        ? { kind: "copy", line: lineWithCopy(text, { how: "argument", start: 5, end: 6 }), script }
        : { kind: "allow" };
    const desk = await host.sit(dialect, { judge });
    await desk.run("bash f");
    expect(readFileSync(join(desk.home, "said"), "utf8")).toBe("whole\n");
  });

  test("a script that cannot be carried over does not run", async () => {
    const judge: Judge = ({ text }) => ({
      kind: "copy",
      line: text,
      script: Buffer.alloc(maxCopyBytes + 1, "x"),
    });
    const desk = await host.sit(dialect, { judge });
    desk.type("touch ran\r");
    await until(() => desk.shown().includes("cannot be run from the bytes"));
    expect(desk.exists("ran")).toBe(false);
  });
});
