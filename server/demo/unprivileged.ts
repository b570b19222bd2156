import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { chmodSync, lchownSync, lstatSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { DemoError } from "./demo-error.ts";

/** Runs programs that refuse to run as root. */
export type Account = {
  spawn(program: string, args: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Gives a folder and all that is in it to the account. */
  own(folder: string): void;
};

/** Accounts that systems already have; none is created. */
const existingAccounts = ["postgres", "nobody"];
/** Any id but root's: within its own user namespace root's files are this one's. */
const mappedId = 1_000;

/**
 * An account that may write to `folder` (made if absent) and run `program`: the caller's own, unless that is
 * root. Root lends it to an unprivileged account that exists; where no such account gets through to both, as
 * below a home folder that is closed to others, root itself runs it under another id in a user namespace.
 * Throws DemoError where neither can be had.
 */
export function unprivileged(folder: string, program: string): Account {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = process.getuid?.();
  if (own !== 0) {
    if (own !== undefined && statSync(folder).uid !== own)
      throw new DemoError(
        `${folder} belongs to another account. Start Sluice as that account, or set SLUICE_DATA to a folder of yours.`,
      );
    return { spawn, own: () => {} };
  }

  // The way through, not the right to list: what else lies beside is each closed to others by itself.
  const beside = dirname(folder);
  chmodSync(beside, statSync(beside).mode | 0o011);
  for (const name of existingAccounts) {
    const ids = idsOf(name);
    if (ids === undefined) continue;
    const account: Account = {
      spawn: (command, args, options = {}) => spawn(command, args, { ...options, ...ids }),
      own: (path) => give(path, ids),
    };
    account.own(folder);
    if (getsThrough(["sh"], folder, program, ids)) return account;
  }

  const prefix = ["unshare", "--user", `--map-user=${mappedId}`, `--map-group=${mappedId}`, "--"] as const;
  give(folder, { uid: 0, gid: 0 });
  if (getsThrough([...prefix, "sh"], folder, program, {}))
    return {
      spawn: (command, args, options = {}) =>
        spawn(prefix[0], [...prefix.slice(1), command, ...args], options),
      own: (path) => give(path, { uid: 0, gid: 0 }),
    };

  throw new DemoError(
    [
      "PostgreSQL refuses to run as root, and no other account can reach what it needs:",
      `  the program ${program}`,
      `  the data    ${folder}`,
      "Start Sluice as an ordinary user, or move the clone out of a folder that is closed to others (such as /root)",
      "and set SLUICE_DATA to a folder that others may pass through.",
    ].join("\n"),
  );
}

type Ids = { uid: number; gid: number };

function idsOf(name: string): Ids | undefined {
  const [uid, gid] = ["-u", "-g"].map((flag) => {
    const { status, stdout } = spawnSync("id", [flag, name], { encoding: "utf8" });
    return status === 0 ? Number(stdout) : Number.NaN;
  });
  return uid !== undefined && gid !== undefined && uid > 0 && gid >= 0 ? { uid, gid } : undefined;
}

/** Asks a process of that account; the right to execute alone says nothing about the folders above. */
function getsThrough(shell: readonly string[], folder: string, program: string, ids: Partial<Ids>): boolean {
  const [command = "sh", ...rest] = shell;
  const script = 'cd "$1" && test -w . && "$2" --version';
  const asked = spawnSync(command, [...rest, "-c", script, "sh", folder, program], {
    ...ids,
    cwd: "/",
    stdio: "ignore",
  });
  return asked.status === 0;
}

function give(path: string, { uid, gid }: Ids): void {
  const stat = lstatSync(path);
  if (stat.uid !== uid || stat.gid !== gid) lchownSync(path, uid, gid);
  if (stat.isDirectory()) for (const name of readdirSync(path)) give(join(path, name), { uid, gid });
}
