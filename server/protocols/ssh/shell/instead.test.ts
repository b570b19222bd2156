import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { until } from "../connect/testing.ts";
import { describeShell } from "../facts/describe.ts";
import { inlined } from "../facts/inline.ts";
import { dialects, useHost, type Desk, type Judge } from "./testing.ts";

const host = useHost();

/** The line with the text in the place of the scripts that it runs, as the gate has it after reading them. */
function withText(line: string, text: string): string {
  const { scripts } = describeShell(line);
  const instead = inlined(
    line,
    scripts.map((use) => ({ use, text })),
  );
  if (scripts.length === 0 || instead === undefined) throw new Error(`${line} runs no script`);
  return instead;
}

const good = "#!/bin/bash\n# grün: \\ ; 'quotes' $HOME `x`\necho \"good $# $2\" >said\n";
const evil = "#!/bin/bash\necho evil >said\n";

describe.each(dialects)("%s", (dialect) => {
  test.each([
    "bash -u f one 'two three'",
    "./f one 'two three'",
    ". ./f one 'two three'",
    "source ./f one 'two three'",
  ])("%s runs the bytes that were judged, though the file was swapped", async (typed) => {
    let desk: Desk | undefined;
    const judge: Judge = ({ text }) => {
      if (text !== typed) return { kind: "allow" };
      const script = readFileSync(join(desk?.home ?? "", "f"), "utf8");
      // Whoever wants another script to run swaps it between the reading and the running.
      writeFileSync(join(desk?.home ?? "", "f"), evil);
      return { kind: "instead", line: withText(text, script) };
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
    const script = `: ${"x".repeat(98_000)}\necho whole >said\n`;
    const judge: Judge = ({ text }) =>
      text === "bash f" ? { kind: "instead", line: withText(text, script) } : { kind: "allow" };
    const desk = await host.sit(dialect, { judge });
    await desk.run("bash f");
    expect(readFileSync(join(desk.home, "said"), "utf8")).toBe("whole\n");
  });

  test("nothing runs instead of a line whose first part the shell has already", async () => {
    const judge: Judge = ({ kind }) =>
      kind === "line" ? { kind: "allow" } : { kind: "instead", line: "touch ran" };
    const desk = await host.sit(dialect, { judge });
    await desk.idle();
    desk.type("for i in 1; do\rtouch ran; done\r");
    await until(() => desk.shown().includes("cannot be run from the bytes"));
    await desk.idle();
    expect(desk.exists("ran")).toBe(false);
  });
});
