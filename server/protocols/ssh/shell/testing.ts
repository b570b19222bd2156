import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SerializeAddon } from "@xterm/addon-serialize";
import headless from "@xterm/headless";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Channel } from "../connect/executable.ts";
import type { SshBackend } from "../connect/backend.ts";
import { open, openTerminal, until } from "../connect/testing.ts";
import { startSshd, type Sshd } from "../testing/sshd.ts";
import { createGovernedShell } from "./governed-shell.ts";
import type { ShellLimits } from "./limits.ts";
import { bashBoot } from "./hooks/bash.ts";
import { zshBoot } from "./hooks/zsh.ts";
import type { After, GovernedShell, ShellRequest, ShellVerdict, ShellWords } from "./seam.ts";

export type Dialect = "bash" | "zsh";
export const dialects: Dialect[] = ["bash", "zsh"];

export const after: After = (milliseconds, then) => {
  const timer = setTimeout(then, milliseconds);
  return () => clearTimeout(timer);
};
export const nonce = (): string => randomBytes(16).toString("hex");

/** Generous, so that a busy machine changes no outcome. */
const patient: ShellLimits = { readyMs: 60_000, answerMs: 60_000, enterMs: 300, beginMs: 20_000 };

/** What stands on a screen after these bytes. */
export async function drawn(text: string, columns: number, rows: number): Promise<string> {
  const terminal = new headless.Terminal({ cols: columns, rows, scrollback: 0, allowProposedApi: true });
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  // Before the alternate screen stands what a program left behind of the other one.
  return serializer.serialize().split("\u001b[?1049h").at(-1) ?? "";
}

/** A person at a governed shell, and all that was noticed. */
export type Desk = {
  shell: GovernedShell;
  channel: Channel;
  home: string;
  type(keys: string): void;
  /** Types a line that is allowed, and waits until it has ended. */
  run(line: string): Promise<void>;
  /** Ctrl-C until it is heard, as a person does: one that meets bash in its own key is lost. */
  interrupt(isHeard: () => boolean): Promise<void>;
  /** What the viewer saw. */
  shown(): string;
  asked: ShellRequest[];
  withdrawn: number[];
  told: ShellWords[];
  started: number[];
  ended: [number, number][];
  incidents: string[];
  prompts(): number;
  /** Waits until the shell is at a prompt and nothing is under way. */
  idle(): Promise<void>;
  /** Whether the home has such a file: what a line does when it runs. */
  exists(name: string): boolean;
  close(): Promise<void>;
};

/** The verdict for a line; undefined leaves it waiting. Lines that hold `forbidden` are denied unless told otherwise. */
export type Judge = (request: ShellRequest) => ShellVerdict | undefined;
export const usual: Judge = ({ text }) =>
  text.includes("forbidden") ? { kind: "deny", message: "That is forbidden here." } : { kind: "allow" };

export type DeskParts = {
  /** Files of the home by path. */
  files?: Record<string, string>;
  judge?: Judge;
  /** Shell text before the boot command: what the host's environment would be. */
  before?: string;
  limits?: Partial<ShellLimits>;
  nonce?: () => string;
  columns?: number;
  rows?: number;
};

/** A host for one test file: opens desks on it and closes them after each test. */
export function useHost(): {
  /** Waits until the shell is ready, unless told not to. */
  sit(dialect: Dialect, parts?: DeskParts & { unready?: boolean }): Promise<Desk>;
  /** Any other terminal on the host. */
  terminal(command: string, columns: number, rows: number): Promise<Channel>;
} {
  let sshd: Sshd;
  let backend: SshBackend;
  let desks: Desk[] = [];
  beforeAll(async () => {
    sshd = await startSshd();
    backend = await open(sshd);
  });
  afterEach(async () => {
    const all = desks;
    desks = [];
    await Promise.all(all.map((desk) => desk.close()));
  });
  afterAll(async () => {
    await backend.close();
    await sshd.stop();
  });
  return {
    async sit(dialect, parts = {}) {
      const desk = await openDesk({ sshd, backend }, dialect, parts);
      desks.push(desk);
      if (!parts.unready) await desk.shell.ready;
      return desk;
    },
    terminal: (command, columns, rows) => openTerminal(backend, { command, columns, rows }),
  };
}

async function openDesk(
  place: { sshd: Sshd; backend: SshBackend },
  dialect: Dialect,
  parts: DeskParts,
): Promise<Desk> {
  const home = mkdtempSync(join(place.sshd.folder, "home-"));
  const files = { ".bashrc": "PS1='$ '\n", ".zshrc": "PS1='$ '\n", ...parts.files };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const { columns = 80, rows = 24, judge = usual } = parts;
  const boot = dialect === "bash" ? bashBoot : zshBoot;
  const command = `export HOME=${home} LANG=C.UTF-8; cd; ${parts.before ?? ""}${boot}`;
  const channel = await openTerminal(place.backend, { command, columns, rows });
  let shown = "";
  let prompts = 0;
  const desk = {
    asked: [] as ShellRequest[],
    withdrawn: [] as number[],
    told: [] as ShellWords[],
    started: [] as number[],
    ended: [] as [number, number][],
    incidents: [] as string[],
  };
  const shell: GovernedShell = createGovernedShell(
    channel,
    { dialect, nonce: parts.nonce ?? nonce, after, columns, limits: { ...patient, ...parts.limits } },
    {
      output: (bytes) => {
        shown += Buffer.from(bytes).toString("utf8");
      },
      asked: (request) => {
        desk.asked.push(request);
        const verdict = judge(request);
        if (verdict) shell.answer(request.id, verdict);
      },
      withdrawn: (id) => void desk.withdrawn.push(id),
      told: (words) => void desk.told.push(words),
      started: (id) => void desk.started.push(id),
      ended: (id, status) => void desk.ended.push([id, status]),
      prompt: () => {
        prompts += 1;
      },
      incident: (why) => void desk.incidents.push(why),
    },
  );
  const type = (keys: string): void => void shell.input(Buffer.from(keys, "utf8"));
  const idle = async (): Promise<void> => until(() => shell.state === "prompt" || shell.state === "closed");
  return {
    ...desk,
    shell,
    channel,
    home,
    type,
    async run(line) {
      await idle();
      const before = desk.ended.length;
      type(`${line}\r`);
      await until(() => desk.ended.length > before || shell.state === "closed");
    },
    interrupt: (isHeard) =>
      until(() => {
        if (!isHeard()) type("\u0003");
        return isHeard();
      }),
    shown: () => shown,
    prompts: () => prompts,
    idle,
    exists: (name) => existsSync(join(home, name)),
    async close() {
      shell.close();
      await channel.closed;
    },
  };
}
