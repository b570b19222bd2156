import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "../targets/fixtures.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");

/** What the README tells to type into one shell, and what it says to come of it, where it says so. */
const steps = [...readme.matchAll(/```bash\n([\s\S]*?)```\n(?:\n```(?:json|text)\n([\s\S]*?)```)?/g)].map(
  ([, typed = "", said = ""]) => ({
    typed,
    said: said
      .trim()
      .split("\n")
      .filter((line) => line !== ""),
  }),
);

const mark = "---- next step ----";
/** The shop's figures depend on the day on which it was made. */
const withoutNumbers = (text: string) => text.replace(/\d+/g, "N").replace(/•••@[\w.]+/g, "•••@somewhere");

test("the README's story with curl comes true, line by line", async ({ gateway }) => {
  expect(steps.length).toBeGreaterThan(5);
  const script = steps.map(({ typed }) => typed).join(`\necho "${mark}"\n`);
  expect(script).toContain("SLUICE=http://localhost:8080");
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["-c", script.replace("http://localhost:8080", gateway.url)],
    { cwd: root, encoding: "utf8", env: { PATH: process.env["PATH"], HOME: process.env["HOME"] } },
  );
  expect(status, stderr).toBe(0);
  const outputs = stdout.split(`${mark}\n`);
  expect(outputs).toHaveLength(steps.length);
  steps.forEach(({ said }, step) => {
    const printed = withoutNumbers(outputs[step] ?? "").split("\n");
    for (const line of said) expect(printed).toContain(withoutNumbers(line));
  });
  expect(stdout).not.toContain("undefined");
});
