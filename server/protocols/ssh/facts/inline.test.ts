import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { describeShell } from "./describe.ts";
import { inlined, readable } from "./inline.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-inline-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o755 });
  return path;
};
const bash = (command: string) => execFileSync("bash", ["-c", command], { encoding: "utf8" });
/** The command with these texts in the place of its scripts, in the order in which it names them. */
const withTexts = (command: string, ...texts: string[]) => {
  const { scripts } = describeShell(command);
  return inlined(
    command,
    scripts.map((use, i) => ({ use, text: texts[i] ?? "" })),
  );
};

const text = `#!/usr/bin/env bash\nprintf '%s|' "$0" "$#" "$@"; echo 'it'"'"'s "done" $HOME' \\\\\n`;

test.each([
  ["bash FILE one 'two three'"],
  ["bash -u FILE one"],
  ["FILE one"],
  ["nohup FILE one 2>/dev/null"],
  ["FILE a && FILE b; echo $?"],
  [". FILE; echo after"],
  ["source FILE x"],
])("%s does what the file does", (line) => {
  const command = line.replaceAll("FILE", file("script.sh", text));
  const count = line.split("FILE").length - 1;
  const copied = withTexts(command, ...Array.from({ length: count }, () => text));
  expect(copied).not.toBe(command);
  expect(bash(copied ?? "")).toBe(bash(command));
});

test("what is no shell's, or too long for one argument, is not run from a copy", () => {
  expect(withTexts("python3 x.py", "print(1)")).toBeUndefined();
  expect(withTexts("/srv/x", "#!/usr/bin/perl\nprint 1")).toBeUndefined();
  expect(withTexts("bash /srv/x", `# ${"x".repeat(100_000)}`)).toBeUndefined();
});

test.each([
  ["bash /srv/deploy.sh", true],
  ["sudo bash /srv/deploy.sh", true],
  ["bash ~/deploy.sh", true],
  ["bash deploy.sh", true],
  ["cd /srv && bash deploy.sh", false],
  ["cd /srv && bash /srv/deploy.sh", true],
  ["ssh other bash /srv/deploy.sh", false],
  ["docker exec box bash /srv/deploy.sh", false],
  ["chroot /jail bash /srv/deploy.sh", false],
  ["bash $DIR/deploy.sh", false],
])("%s: read where the shell will look for it: %s", (command, is) => {
  expect(readable(describeShell(command), "").length > 0).toBe(is);
});

test("a relative path is not read where nobody knows where the shell stands", () => {
  expect(readable(describeShell("bash deploy.sh"), undefined)).toEqual([]);
});
