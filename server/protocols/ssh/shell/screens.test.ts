import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { until } from "../connect/testing.ts";
import { dialects, drawn, useHost, type Desk } from "./testing.ts";

const host = useHost();
const [columns, rows] = [90, 30];

/** The same program in a plain terminal of the same host, with the same keys, until its screen is as expected. */
async function direct(
  home: string,
  program: string,
  keys: string[],
  isThere: (screen: string) => boolean,
): Promise<string> {
  const channel = await host.terminal(
    `export HOME=${home} LANG=C.UTF-8; cd; stty sane; ${program}`,
    columns,
    rows,
  );
  let text = "";
  channel.onBytes((bytes) => {
    text += Buffer.from(bytes).toString("utf8");
  });
  try {
    for (const [index, key] of ["", ...keys].entries()) {
      if (index > 0) channel.write(Buffer.from(key));
      await settled(() => text, index === keys.length ? isThere : () => true);
    }
    return await drawn(text, columns, rows);
  } finally {
    channel.close();
  }
}

/** Looks until the screen is as expected and stays so: programs draw in pieces. */
async function settled(text: () => string, isThere: (screen: string) => boolean): Promise<void> {
  let last = "";
  let same = 0;
  await until(async () => {
    const now = await drawn(text(), columns, rows);
    same = now === last && now !== "" ? same + 1 : 0;
    last = now;
    return same >= 10 && isThere(now);
  });
}

const installed = (program: string): boolean => {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** What htop shows: one process with one thread, which is always in one state. */
const asleep = spawn("sleep", ["3600"], { stdio: "ignore" });
afterAll(() => void asleep.kill());

const screens: [program: string, command: string, keys: string[], shows: string][] = [
  [
    "vim",
    "vim -n -u NONE -N file",
    ["/line 40\r", "ddOinserted\u001b", ":echo 'fini' . 'shed'\r"],
    "finished",
  ],
  ["less", "less file", [" ", "/line 77\r"], "line 77"],
  [
    "tmux",
    "tmux -f /dev/null -L $(basename $HOME)$SIDE new 'cat file; exec cat' ';' set destroy-unattached on ';' setw automatic-rename off ';' rename-window here",
    ["typed", "\r"],
    "typed",
  ],
  ["htop", `HTOPRC=/dev/null htop --readonly -p ${asleep.pid} -d 100`, [], "Quit"],
  ["tput", "tput smcup; tput cup 5 10; printf mid; tput setaf 2; tput cup 29 80; printf end; cat", [], "mid"],
];

/** Without what differs from one moment to the next: clocks, figures, and the bars that show them. */
const still = (screen: string): string =>
  screen
    .replaceAll(/\d\d:\d\d|\d\d-\w\w\w-\d\d/g, "now")
    .replaceAll(/\u001b\[[\d;]*m/g, "") // oxlint-disable-line no-control-regex
    .replaceAll(/\u001b\[(\d*)C/g, (_, columns: string) => " ".repeat(Number(columns || 1))) // oxlint-disable-line no-control-regex
    .replaceAll(/\[[|\s\d.,%KMGT/]*\]/g, "[bar]")
    .replaceAll(/[\d.]+/g, "0");

describe.each(dialects)("through a governed %s", (dialect) => {
  for (const [program, command, keys, shows] of screens)
    test(`${program} looks as it does directly`, async () => {
      if (!installed(program)) throw new Error(`${program} is missing: apt-get install ${program}`);
      const desk: Desk = await host.sit(dialect, { columns, rows });
      writeFileSync(
        join(desk.home, "file"),
        Array.from({ length: 120 }, (_, index) => `line ${index} grün 中文\n`).join(""),
      );
      await desk.run("clear; export SIDE=a");
      const from = desk.shown().length;
      desk.type(`${command}\r`);
      await until(() => desk.shell.state === "running");
      // What the shell draws of the line ends where it gives the terminal to the program.
      const given = "\u001b[?2004l\r";
      const shown = (): string =>
        `\u001b[H\u001b[2J${desk.shown().slice(from).split(given).slice(1).join(given)}`;
      for (const [index, key] of ["", ...keys].entries()) {
        desk.type(key);
        await settled(shown, index === keys.length ? (screen) => screen.includes(shows) : () => true);
      }
      const expected = await direct(desk.home, command, keys, (screen) => screen.includes(shows));
      expect(still(await drawn(shown(), columns, rows))).toBe(still(expected));
    });
});
