import { bashBoot } from "./hooks/bash.ts";
import { zshBoot } from "./hooks/zsh.ts";

/** How lines are held: by a hook inside the shell, or by a line editor of the gate. */
export type Dialect = "bash" | "zsh" | "line";

/** A command for an `exec` request without a PTY, which asks the login shell what it is; see `readDialect`. */
export const dialectProbe = 'printf "%s\\n" "sluice bash=$BASH_VERSION zsh=$ZSH_VERSION"';

const oldestBash = [5, 1];
const oldestZsh = [5, 8];

/** What the probe's standard output says. Whatever has no hook, or is too old for it, is a `line`. */
export function readDialect(output: string): Dialect {
  const [, bash = "", zsh = ""] = /^sluice bash=(\S*) zsh=(\S*)$/m.exec(output) ?? [];
  if (isAtLeast(bash, oldestBash)) return "bash";
  return isAtLeast(zsh, oldestZsh) ? "zsh" : "line";
}

function isAtLeast(version: string, [oldestMajor = 0, oldestMinor = 0]: number[]): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return false;
  return Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
}

/** The command of the terminal in which a governed shell of that dialect starts. */
export function bootCommand(dialect: Exclude<Dialect, "line">): string {
  return dialect === "bash" ? bashBoot : zshBoot;
}
