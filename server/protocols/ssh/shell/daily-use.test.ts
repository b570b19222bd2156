import { describe, expect, test } from "vitest";
import { until } from "../connect/testing.ts";
import { dialects, drawn, useHost, type Judge } from "./testing.ts";

const host = useHost();
const asks: Judge = ({ text }) =>
  text.includes("asked") ? { kind: "need", names: ["asked", "no-such"] } : { kind: "allow" };

describe.each(dialects)("%s", (dialect) => {
  test("a line with exclamation marks runs as it was typed", async () => {
    const desk = await host.sit(dialect);
    const lines = [
      "[ ! -e nothing ] && echo none",
      "[[ one != two ]] && echo other!",
      "true & echo $! >/dev/null",
      "echo 'a!b'",
    ];
    for (const line of lines) await desk.run(line);
    expect(desk.asked.map((one) => one.text)).toEqual(lines);
    for (const said of ["none", "other!", "a!b"]) expect(desk.shown()).toContain(`${said}\r\n`);
  });

  test("$_ is the last word of the line before", async () => {
    const desk = await host.sit(dialect);
    await desk.run("echo one two");
    await desk.run("echo [$_]");
    expect(desk.shown()).toContain("[two]\r\n");
  });

  test("$? is what the line before ended with, in the next one and in a prompt", async () => {
    const file = { bash: ".bashrc", zsh: ".zshrc" }[dialect];
    const desk = await host.sit(dialect, {
      files: { [file]: "setopt promptsubst 2>/dev/null; PS1='[$?]$ '\n" },
    });
    await desk.run("(exit 3)");
    await until(() => desk.shown().includes("[3]$ "));
    await desk.run("echo [$?]");
    expect(desk.shown()).toContain("[3]\r\n");
  });

  test("a shell that ends with the first error, or tells each, ends and tells as ever", async () => {
    const desk = await host.sit(dialect, {
      judge: asks,
      files: { ".bashrc": "trap 'echo trapped' ERR\nset -E\n", ".zshrc": "trap 'echo trapped' ZERR\n" },
    });
    await desk.run("set -e; : forbidden");
    desk.type("echo asked\r");
    await until(() => desk.told.length === 1);
    desk.shell.answer(desk.told[0]?.id ?? 0, { kind: "deny", message: "Not this one." });
    await desk.idle();
    await desk.run("! true");
    await desk.run("echo 'alive!'");
    expect(desk.shown()).toContain("alive!\r\n");
    expect(desk.shown()).not.toContain("trapped\r\n");
    await desk.run("false");
    expect(desk.shell.state).toBe("closed");
    expect(desk.shown()).toContain("trapped\r\n");
    expect(desk.incidents).toEqual([]);
  });

  test("any name of the user's own may be read-only, and the shell asks as ever", async () => {
    const names = "f v kind next first line word words name names map keys alias body marks ahead one REPLY";
    const desk = await host.sit(dialect, { judge: asks });
    await desk.run(`readonly ${names}${dialect === "zsh" ? " LC_ALL" : ""}`);
    desk.type("echo asked\r");
    await until(() => desk.told.length === 1);
    expect(desk.told[0]?.words.map(({ name }) => name)).toEqual(["asked", "no-such"]);
    desk.shell.answer(desk.told[0]?.id ?? 0, { kind: "allow" });
    await until(() => desk.ended.length === 2);
    await desk.run("echo after");
    expect(desk.asked.at(-1)?.told.words.map(({ name }) => name)).toEqual(["echo"]);
    expect(desk.shown()).toContain("after\r\n");
    expect(desk.shown()).not.toMatch(/read-?only variable/);
  });

  test("where the hook cannot set a variable, the session ends and says which", async () => {
    const desk = await host.sit(dialect);
    await desk.run("readonly IFS");
    desk.type("echo never\r");
    await until(() => desk.shell.state === "closed");
    expect(desk.incidents).toEqual([expect.stringMatching(/IFS is read-only in this shell/)]);
    const file = { bash: ".bashrc", zsh: ".zshrc" }[dialect];
    const frozen = await host.sit(dialect, { files: { [file]: "readonly IFS\n" }, unready: true });
    await expect(frozen.shell.ready).rejects.toMatchObject({
      code: "shell_not_governable",
      message: expect.stringMatching(/IFS is read-only in this shell/),
    });
  });

  test("what was printed without a line's end stays on the screen", async () => {
    const desk = await host.sit(dialect);
    await desk.run("printf 'unended'");
    await desk.run("printf '\\033[31mcoloured\\033[m'");
    await desk.run("echo after");
    const lines = (await drawn(desk.shown(), 80, 24)).replaceAll(/\u001b\[[\d;]*m/g, "").split("\r\n"); // oxlint-disable-line no-control-regex
    for (const printed of ["unended", "coloured", "after"])
      expect(lines.some((line) => line.startsWith(printed))).toBe(true);
  });

  test("a prompt of two lines is shown once", async () => {
    const prompt = "PS1=$'top\\n$ '\n";
    const desk = await host.sit(dialect, { files: { ".bashrc": prompt, ".zshrc": prompt } });
    await desk.idle();
    await desk.run("clear; echo ended");
    expect((await drawn(desk.shown().split("clear")[0] ?? "", 80, 24)).match(/top/g)).toHaveLength(1);
  });
});

test("bash: an event that is none is told, and its line does not run", async () => {
  const desk = await host.sit("bash");
  await desk.run("echo one");
  desk.type("touch !nosuch\r");
  await until(() => desk.shown().includes("event not found"));
  desk.type("^two^three\r");
  await until(() => desk.shown().includes("substitution failed"));
  await desk.run("echo after");
  expect(desk.asked.map((one) => one.text)).toEqual(["echo one", "echo after"]);
  expect(desk.exists("!nosuch")).toBe(false);
});

test("bash: Tab completes, and lists what there is when it is pressed again", async () => {
  const desk = await host.sit("bash", { files: { "only-one": "", "twin-a": "", "twin-b": "" } });
  await desk.run("echo onl\t");
  desk.type("echo $(ls tw\t");
  desk.type("\t\t");
  await until(() => desk.shown().includes("twin-a  twin-b"));
  await desk.run("a)");
  desk.type("set -o vi; echo $HOM\t\u0015");
  await desk.run("echo after");
  expect(desk.asked.map((one) => one.text.trimEnd())).toEqual([
    "echo only-one",
    "echo $(ls twin-a)",
    "echo after",
  ]);
});

test("zsh: completion fills in what is missing, as start-up files set it up", async () => {
  const desk = await host.sit("zsh", {
    files: {
      ".zshrc": "PS1='$ '; autoload -U compinit; compinit -u -D\n",
      "only-one": "",
      "twin-a": "",
      "twin-b": "",
    },
  });
  await desk.run("echo onl\t");
  await desk.run("echo tw\t\t\t");
  expect(desk.asked.map((one) => one.text.trimEnd())).toEqual(["echo only-one", "echo twin-a"]);
});

test("zsh: the keypad is in the mode whose keys start-up files bind, and only in the editor", async () => {
  const zshrc = `PS1='$ '
zmodload zsh/terminfo
bindkey "\${terminfo[khome]}" beginning-of-line
zle-line-init() { echoti smkx }
zle -N zle-line-init
`;
  const desk = await host.sit("zsh", { files: { ".zshrc": zshrc } });
  await desk.idle();
  const isOn = (): boolean => desk.shown().lastIndexOf("\u001b[?1h") > desk.shown().lastIndexOf("\u001b[?1l");
  expect(isOn()).toBe(true);
  desk.type("one\u001bOHecho \r");
  await until(() => desk.ended.length === 1);
  expect(desk.asked[0]?.text).toBe("echo one");
  desk.type("cat\r");
  await until(() => desk.shell.state === "running");
  expect(isOn()).toBe(false);
});
