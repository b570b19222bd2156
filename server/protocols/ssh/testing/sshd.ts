import { spawn, execFileSync, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { newKey } from "./key.ts";

const SSHD = "/usr/sbin/sshd";

/** A real OpenSSH server on loopback, and the key that it lets in. */
export type Sshd = {
  port: number;
  /** Its public keys as `known_hosts` has them, without the name. */
  hostKeys: string[];
  user: string;
  privateKey: string;
  /** What a target says of it; tags are up to the test. */
  asTarget: { kind: "ssh"; host: string; port: number; user: string; hostKeys: string[]; privateKey: string };
  /** A folder that its user may write, gone at the end. */
  folder: string;
  /** What it logged so far. */
  log(): string;
  /** Kills the processes of all its connections, as a lost network would end them. */
  dropConnections(): void;
  stop(): Promise<void>;
};

export type SshdOptions = {
  /** More lines of sshd_config; they win over the harness's own. */
  config?: string[];
  /** Of `ed25519`, `ecdsa`, `rsa`; each costs a key pair. */
  hostKeyTypes?: ("ed25519" | "ecdsa" | "rsa")[];
  /**
   * As root sshd does without privilege separation, and refuses the `signal` request: `unprivileged` runs it, and the
   * user's programs, as an account of this machine that may do nothing.
   */
  account?: "own" | "unprivileged";
};

/** Starts Debian's sshd with keys and a configuration of its own in a temporary folder. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  if (!existsSync(SSHD)) throw new Error(`${SSHD} is missing: apt-get install openssh-server zsh`);
  const account = accountOf(options.account ?? "own");
  // Missing after a boot without systemd; sshd wants it where it is root.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(tmpdir(), "sluice-sshd-"));
  chmodSync(folder, 0o755);
  const types = options.hostKeyTypes ?? ["ed25519", "ecdsa"];
  const files = types.map((type) => hostKeyFile(folder, type));
  const { privateKey, publicKey } = newKey();
  writeFileSync(join(folder, "authorized_keys"), `${publicKey}\n`);
  if (account.uid !== undefined)
    for (const name of ["", "authorized_keys", ...types])
      chownSync(join(folder, name), account.uid, account.gid);
  // The first of two values of one keyword wins.
  const config = [
    ...(options.config ?? []),
    "ListenAddress 127.0.0.1",
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PasswordAuthentication no",
    "PermitRootLogin yes",
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    "Subsystem sftp internal-sftp",
    "LogLevel VERBOSE",
    ...files.map((file) => `HostKey ${file}`),
  ];
  writeFileSync(join(folder, "sshd_config"), `${config.join("\n")}\n`);
  const { child, port, log } = await listening(join(folder, "sshd_config"), account);
  const hostKeys = files.map((file) =>
    readFileSync(`${file}.pub`, "utf8").split(" ").slice(0, 2).join(" ").trim(),
  );
  const user = account.name;
  return {
    ...{ port, hostKeys, user, privateKey, folder },
    asTarget: { kind: "ssh", host: "127.0.0.1", port, user, hostKeys, privateKey },
    log,
    dropConnections() {
      for (const pid of childrenOf(child.pid)) process.kill(pid, "SIGKILL");
    },
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Account = { name: string; uid: number | undefined; gid: number };

function accountOf(which: "own" | "unprivileged"): Account {
  const own = userInfo();
  if (which === "own" || own.uid !== 0) return { name: own.username, uid: undefined, gid: own.gid };
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [name = "", , uid, gid, , , shell = ""] = line.split(":");
    if (Number(uid) > 0 && /\/(ba|z|da)?sh$/.test(shell)) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("No account but root has a shell here: apt-get install postgresql-15, which brings one.");
}

function hostKeyFile(folder: string, type: string): string {
  const file = join(folder, type);
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", file]);
  return file;
}

/** Another process can take the free port first: then with the next one. */
async function listening(
  config: string,
  account: Account,
): Promise<{ child: ChildProcess; port: number; log: () => string }> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const port = await freePort();
    const child = spawn(SSHD, ["-D", "-e", "-f", config, "-p", String(port)], {
      stdio: ["ignore", "ignore", "pipe"],
      ...(account.uid !== undefined && { uid: account.uid, gid: account.gid }),
    });
    let text = "";
    const up = await new Promise<boolean>((resolve) => {
      child.stderr?.on("data", (bytes: Buffer) => {
        text += bytes.toString();
        if (text.includes(`Server listening on 127.0.0.1 port ${port}`)) resolve(true);
      });
      child.once("exit", () => resolve(false));
    });
    if (up) {
      // A test that fails stops nothing.
      process.once("exit", () => child.kill("SIGKILL"));
      return { child, port, log: () => text };
    }
    if (!/Address already in use/.test(text)) throw new Error(`sshd did not start: ${text}`);
  }
  throw new Error("sshd found no free port.");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

function childrenOf(parent: number | undefined): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => parentOf(pid) === parent);
}

/** The field after the state, which stands after the name in brackets; undefined for a process that is gone. */
function parentOf(pid: number): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}
